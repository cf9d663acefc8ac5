"""The room: a minimal Debian in a folder, and commands run inside it, with processes and mounts of their own."""

import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import ToolError

SUITE = "bookworm"  # Debian 12, whose Python is 3.11
PACKAGES = ("python3", "python3-venv", "git", "make", "ca-certificates")  # what the README takes for granted
NO_SERVICES = "#!/bin/sh\nexit 101\n"  # Debian's way to keep packages from starting what they bring
MOUNTS = """
mount -t proc proc "$1/proc"
mount --rbind /sys "$1/sys"
mount --rbind /dev "$1/dev"
mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm" 2>/dev/null || true
cd "$1"
exec chroot "$1" /bin/sh -c "$2"
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to. lines: all that it said."""

    code: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """A Debian below `folder`."""

    folder: Path

    def furnish(self, given: Sequence[Path]) -> None:
        """Make it where it is not there, and put copies of `given` into it at their own places. Raises ToolError."""
        if os.geteuid() != 0:
            raise ToolError("a Debian in a folder is made, and entered, by root: run it as root or by sudo")
        if shutil.which("debootstrap") is None:
            raise ToolError("debootstrap is missing. Type: apt-get install debootstrap")
        if not (self.folder / "etc" / "debian_version").exists():
            self.folder.parent.mkdir(parents=True, exist_ok=True)  # debootstrap makes the last of it only
            command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(self.folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                shutil.rmtree(self.folder, ignore_errors=True)
                raise ToolError("debootstrap failed: " + " ".join((done.stdout + done.stderr).splitlines()[-3:]))
        policy = self.folder / "usr" / "sbin" / "policy-rc.d"
        policy.write_text(NO_SERVICES, encoding="utf-8")
        policy.chmod(0o755)
        for path in [Path("/etc/resolv.conf"), *given]:
            to = self.folder / path.absolute().relative_to("/")
            to.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                shutil.copytree(path, to, dirs_exist_ok=True)
            else:
                to.write_bytes(path.read_bytes())

    def clone(self, repository: Path, to: str) -> None:
        """A fresh clone of what is committed. Raises ToolError."""
        target = self.folder / to.lstrip("/")
        shutil.rmtree(target, ignore_errors=True)
        command = ["git", "clone", "-q", "--no-hardlinks", str(repository), str(target)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ToolError(f"cannot clone {repository}: {done.stderr.strip()}")

    def do(self, words: str, where: str, environment: dict[str, str]) -> Done:
        """Run a line of shell inside, as root, and show what it says while it says it."""
        settings = {"HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **environment}
        said = " ".join(f"{name}={shlex.quote(value)}" for name, value in settings.items())
        inside = f"cd {shlex.quote(where)} && env -i {said} {words}"
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", MOUNTS, "room"]
        process = subprocess.Popen(
            [*command, str(self.folder.absolute()), inside], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        lines: list[str] = []
        reader = threading.Thread(target=_read, args=(process, lines))
        reader.start()
        process.wait()
        reader.join()
        return Done(process.returncode, tuple(lines))


def _read(process: "subprocess.Popen[str]", lines: list[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        sys.stderr.write(line)
