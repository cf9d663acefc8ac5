"""What the lab is made of, built once from Debian's sources: the scripts beside this file, in their order."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ...errors import ToolError

HERE = Path(__file__).parent
PROFILES = ("lean", "full")
# As long-running steps come first to mind: each script leaves at once what it finds built.
STEPS = (
    ("fetch",),
    ("build-libraries",),
    ("build-python", "lean"),
    ("build-python", "full"),
    ("build-signify",),
    ("build-kernel",),
)
PYTHON = (3, 11)  # that is built; its byte-code and its build want the same one here
LOG_LINES = 5
AGAIN = "With the cause away, type make lab-mips again: it goes on there"


@dataclass(frozen=True, slots=True)
class Built:
    """Where everything is, below `folder`."""

    folder: Path

    @property
    def kernel(self) -> Path:
        """The machine's kernel."""
        return self.folder / "vmlinux"

    @property
    def init(self) -> Path:
        """The machine's first process."""
        return self.folder / "init"

    @property
    def signify(self) -> Path:
        """What signs there."""
        return self.folder / "signify-openbsd"

    @property
    def library(self) -> Path:
        """The sources of Python's standard library."""
        return self.folder / "work" / "python" / "Lib"

    @property
    def site(self) -> Path:
        """paho-mqtt and msgpack."""
        return self.folder / "site"

    def python(self, profile: str) -> Path:
        """The interpreter: one static program."""
        return self.folder / f"python-{profile}" / "python"


def build(folder: Path) -> Built:
    """Build what is not there yet: half an hour the first time, a second afterwards. Raises ToolError."""
    if sys.version_info[:2] != PYTHON:
        here, wanted = (".".join(map(str, version)) for version in (sys.version_info[:2], PYTHON))
        raise ToolError(
            f"the lab builds Python {wanted} and needs the same one to do so; this is {here}. "
            f"Try: make clean && make PYTHON=python{wanted} lab-mips"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for script, *arguments in STEPS:
        command = ["nice", "-n", "10", str(HERE / script), str(folder), *arguments]
        done = subprocess.run(command, env={**os.environ, "PYTHON": sys.executable}, stdout=sys.stderr, check=False)
        if done.returncode:
            raise ToolError(failure(" ".join((script, *arguments)), folder / "work"))
    return Built(folder)


def failure(step: str, work: Path) -> str:
    """What to say when a step fails: the end of the log that was written last, and what may help."""
    logs = sorted(work.glob("*/*.log"), key=lambda path: path.stat().st_mtime)
    if not logs:
        return f"{step} failed; what it said stands above. {AGAIN}"
    words = logs[-1].read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    return "\n".join(
        [
            f"{step} failed; the newest log is {logs[-1]}, and ends so:",
            *(f"    {line}" for line in words),
            f"{AGAIN}. To build all of it anew, remove {work.parent}",
        ]
    )
