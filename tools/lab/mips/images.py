"""The machine's two disks, squashfs with xz as on a unit: the tree that is measured, and a root with all else."""

import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

from ...errors import ToolError
from . import bytecode, cargo
from .build import Built
from .guest import scene
from .stack import AGENT, GUEST

MKSQUASHFS = "mksquashfs"
# As OpenWrt makes its images: xz in blocks of 256 KiB. Without dates, so that the same tree gives the same bytes.
OPTIONS = ("-comp", "xz", "-b", "256K", "-noappend", "-all-root", "-no-xattrs", "-all-time", "0", "-mkfs-time", "0")
FOLDERS = ("proc", "sys", "dev", "tmp", "usr")


def squash(tree: Path, image: Path) -> int:
    """Make an image of a tree; returns its size in bytes. Raises ToolError."""
    command = [MKSQUASHFS, str(tree), str(image), *OPTIONS, "-quiet", "-no-progress", "-processors", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolError(f"{MKSQUASHFS} failed: {done.stderr.strip() or done.stdout.strip()}")
    return image.stat().st_size


def root(built: Built, profile: str, stack: Path, to: Path) -> Path:
    """The image of the machine's root beside its tree: first process, what signs, the script, the agent's files."""
    shutil.rmtree(to, ignore_errors=True)
    for name in (*FOLDERS, "bin", "lab"):
        (to / name).mkdir(parents=True)
    shutil.copy2(built.init, to / "init")
    shutil.copy2(built.signify, to / "bin")
    bytecode.copy(GUEST, built.folder / "bytecode" / "guest", to / "lab" / GUEST.name, "/lab/guest", lambda _name: True)
    cargo.stow(profile, to)
    prefix_code(stack, to / scene.COMPILED.relative_to("/"))
    image = to.with_suffix(".squashfs")
    squash(to, image)
    return image


def prefix_code(stack: Path, to: Path) -> None:
    """The byte-code of the agent's sources, laid out as Python looks for it below PYTHONPYCACHEPREFIX."""
    for path in sorted((stack / AGENT).rglob("*.py")):
        on_unit = Path("/usr", path.relative_to(stack))
        made = to / on_unit.relative_to("/").with_suffix(f".{sys.implementation.cache_tag}.pyc")
        made.parent.mkdir(parents=True, exist_ok=True)
        py_compile.compile(str(path), str(made), str(on_unit), True, 0, py_compile.PycInvalidationMode.UNCHECKED_HASH)
