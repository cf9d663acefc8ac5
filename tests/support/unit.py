"""An OpenWrt unit for tests: a root folder, the package unpacked in it, and scripts run on stubs of OpenWrt's tools.

The stubs are in tests/openwrt/stubs, with what each stands for.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import footfall_sensor

STUBS = Path(__file__).parent.parent / "openwrt" / "stubs"
AGENT_PARENT = Path(footfall_sensor.__file__).parent.parent
BUSYBOX = shutil.which("busybox")
SHELL = [BUSYBOX, "sh"] if BUSYBOX else ["sh"]  # a unit's shell is busybox's; any POSIX shell will do where it is not


def unpack(ipk: Path, root: Path) -> str:
    """Put an .ipk's files into `root`, and its control files where opkg keeps them. Returns the package's name."""
    work = root / "tmp"
    work.mkdir(parents=True)
    for archive in (ipk, work / "data.tar.gz", work / "control.tar.gz"):
        folder = {"data.tar.gz": root, "control.tar.gz": work / "control"}.get(archive.name, work)
        folder.mkdir(exist_ok=True)
        subprocess.run(["tar", "-xpzf", str(archive), "-C", str(folder)], check=True)
    name = next(
        line.partition(": ")[2]
        for line in (work / "control" / "control").read_text().splitlines()
        if line.startswith("Package: ")
    )
    info = root / "usr/lib/opkg/info"
    info.mkdir(parents=True)
    for path in (work / "control").iterdir():
        shutil.copy(path, info / f"{name}.{path.name}")
    with tarfile.open(work / "data.tar.gz") as data:
        files = [f"/{member.name.removeprefix('./')}" for member in data if member.isfile()]
    (info / f"{name}.list").write_text("".join(f"{path}\n" for path in files))
    shutil.rmtree(work)
    return name


class Unit:
    """A root folder and the means to run scripts as if it were a unit's."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "stub.log"

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    def logged(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def run(self, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        self.log.unlink(missing_ok=True)
        return subprocess.run(
            [*SHELL, *command],
            env={
                "PATH": f"{STUBS / 'bin'}:{os.environ['PATH']}",
                "STUB_ROOT": str(self.root),
                "STUB_LOG": str(self.log),
                "STUB_PYTHON": sys.executable,
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
