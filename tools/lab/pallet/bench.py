"""A bench: a technician's computer and a unit on one cable, each a network namespace with real addresses.

The unit is a fake and says so: see fake. What it does with an image is written down in its folder.
"""

import os
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

from .fake import INIT, Fake

ROOT = Path(__file__).parents[3]


class Bench:
    """The technician's computer on one end of a cable, a fake unit on the other. A context manager; needs root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "unit"
        name = uuid.uuid4().hex[:8]
        self.here, self.there = f"bench-{name}", f"unit-{name}"
        self._init: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Bench":
        _ip("netns", "add", self.here)
        _ip("netns", "add", self.there)
        _ip("link", "add", "bench", "netns", self.here, "type", "veth", "peer", "name", "unit", "netns", self.there)
        for space, device in ((self.here, "bench"), (self.there, "unit")):
            _ip("-n", space, "link", "set", "lo", "up")
            _ip("-n", space, "link", "set", device, "up")
        for address in ("192.168.0.100/24", "192.168.1.10/24"):
            _ip("-n", self.here, "addr", "add", address, "dev", "bench")
        return self

    def __exit__(self, *_: object) -> None:
        (self.folder / "on").unlink(missing_ok=True)
        for space in (self.there, self.here):
            self._kill(space)
            subprocess.run(["ip", "netns", "del", space], check=False)
        if self._init is not None:
            self._init.wait(10)

    def plug(self, unit: Fake) -> None:
        """Plug a unit in."""
        home = self.folder
        unit.lay(home)
        (home / "on").touch()
        with (home / "init.log").open("wb") as log:
            self._init = subprocess.Popen(
                ["ip", "netns", "exec", self.there, "unshare", "-m", "sh", "-c", INIT, "init", home],
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def unplug(self) -> None:
        """Take the unit away; another may come."""
        (self.folder / "on").unlink()
        self._kill(self.there)
        assert self._init is not None
        self._init.wait(10)
        shutil.rmtree(self.folder)

    def cut(self) -> None:
        """Pull the cable."""
        _ip("-n", self.here, "link", "set", "bench", "down")

    def mend(self) -> None:
        """Plug it in again."""
        _ip("-n", self.here, "link", "set", "bench", "up")

    def run(self, *words: str | Path, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        """Run `footfall device ...` on the technician's computer."""
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=timeout, check=False, cwd=ROOT
        )

    def command(self, *words: str | Path) -> list[str]:
        """The command line of `footfall device ...` on the technician's computer."""
        call = [sys.executable, "-c", "from tools.cli import main; main()", "device", *(str(word) for word in words)]
        return ["ip", "netns", "exec", self.here, *call]

    @staticmethod
    def _kill(space: str) -> None:
        pids = subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True, check=False).stdout
        subprocess.run(["kill", "-9", *pids.split()], check=False, capture_output=True)

    def wait_for(self, name: str, seconds: float = 20) -> Path:
        """Wait until the unit has this file."""
        until = time.monotonic() + seconds
        while not (self.folder / name).exists():
            if time.monotonic() > until:
                raise TimeoutError(f"the fake unit never had {name}")
            time.sleep(0.05)
        return self.folder / name


def possible() -> str:
    """Why there can be no bench here; empty where there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [name for name in ("ip", "dropbear", "tftp", "unshare") if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
