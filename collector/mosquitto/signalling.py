"""Telling mosquitto to read its files again: SIGHUP to the process of its pid file, or a command of the operator's.

What 2.0.11 does with the signal was measured (docs/decisions/013-revocation.md): files of access, passwords, revoked
certificates and its own certificate are read anew; who connected by password and no longer may is cut off; who
connected by certificate is not.
"""

import os
import shlex
import signal
import subprocess
from pathlib import Path

from ..errors import BrokerError
from .files import Files

COMMAND_WAIT_S = 30.0


def reload(files: Files, command: str) -> bool:
    """Have the files read again; False where no mosquitto runs on them. command: instead of the signal, or "".

    Raises BrokerError.
    """
    if command:
        run(command, "broker_reload")
        return True
    pid = running(files)
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError:
        return False
    except PermissionError as exc:
        raise BrokerError(
            f"mosquitto (process {pid}) runs under another user and cannot be told to read its files again. Run both "
            "as one user, or set broker_reload, for instance to: sudo systemctl reload mosquitto"
        ) from exc
    return True


def running(files: Files) -> int | None:
    """The process that runs on these files, by its pid file; None where that is of an earlier life."""
    try:
        pid = int(files.pid.read_text(encoding="ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if Path(os.fsdecode(command[0])).name == "mosquitto" else None


def run(command: str, setting: str) -> None:
    """Run a command of the operator's. Raises BrokerError naming the setting it stands in."""
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=COMMAND_WAIT_S, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired) as exc:
        raise BrokerError(f"{setting} ({command}) cannot be run: {exc}. Correct {setting}") from exc
    if done.returncode:
        raise BrokerError(
            f"{setting} ({command}) failed with {done.returncode}: {done.stderr.strip()}. Correct {setting}, or what "
            "it calls"
        )
