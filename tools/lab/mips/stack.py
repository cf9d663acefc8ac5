"""What a unit carries for the sensor, as one tree that stands for its /usr: Python, two packages, and the agent."""

import os
import shutil
import subprocess
from collections.abc import Container
from pathlib import Path

from ...device import recipe, splits
from ...errors import ToolError
from . import bytecode
from .build import PYTHON, Built

EMULATOR = "qemu-mips"
# A 24Kc has no floating point unit: a program that was built for one ends here with SIGILL.
CPU = ("-cpu", "24Kc")
LIBRARY = f"lib/python{PYTHON[0]}.{PYTHON[1]}"
PROGRAM = f"bin/python{PYTHON[0]}.{PYTHON[1]}"
SITE = f"{LIBRARY}/site-packages"
AGENT = "lib/footfall"
GUEST = Path(__file__).parent / "guest"
RUN_S_MAX = 300


def lay(built: Built, profile: str, to: Path, only: Container[str] | None = None) -> None:
    """Make the tree `to` of all that the package's dependencies bring, or `only` these modules. Raises ToolError."""
    shutil.rmtree(to, ignore_errors=True)
    work = to.with_name(f"{to.name}.package")
    shutil.rmtree(work, ignore_errors=True)
    package = recipe.stage(profile, work)
    shutil.copytree(package.root / "usr", to)
    shutil.copytree(package.root / "etc", to / "etc")  # a few kB more; the lab's machine mounts one image
    shutil.rmtree(work)
    (to / LIBRARY / "lib-dynload").mkdir(parents=True)  # Python warns where it is missing
    shutil.copy2(built.python(profile), to / PROGRAM)
    (to / "bin" / "python3").symlink_to(Path(PROGRAM).name)
    absent = set(splits.absent(package.depends))

    def wanted(name: str) -> bool:
        return name.partition(".")[0] not in absent and (only is None or name in only)

    cache = built.folder / "bytecode"
    bytecode.copy(built.library, cache / "library", to / LIBRARY, f"/usr/{LIBRARY}", wanted)
    bytecode.copy(built.site, cache / "site", to / SITE, f"/usr/{SITE}", wanted)


def reached(tree: Path) -> set[str]:
    """The modules that the sensor can come to need, by its own word: all of it is imported there. Raises ToolError."""
    return {line.split()[0] for line in run(tree, "-m", "guest.reach").splitlines()}


def run(tree: Path, *arguments: str, path: tuple[Path, ...] = (), programs: str = "") -> str:
    """Run a tree's Python in qemu's user mode; returns what it prints. Raises ToolError.

    path: further folders of modules; programs: a folder of programs that it may start.
    """
    told = environment(tree, path) | {"PATH": f"{programs}:{os.defpath}"}
    command = [EMULATOR, *CPU, str(tree / PROGRAM), "-P", "-s", *arguments]
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=RUN_S_MAX, check=False, cwd=tree)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise ToolError(f"in {EMULATOR}, {' '.join(arguments)} ended with {done.returncode}: {' / '.join(said)}")
    return done.stdout


def environment(tree: Path, path: tuple[Path, ...] = ()) -> dict[str, str]:
    """What a tree's Python is told outside its machine."""
    return {
        "PYTHONHOME": str(tree),
        "PYTHONPATH": ":".join(map(str, (tree / AGENT, GUEST.parent, *path))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": os.defpath,
    }
