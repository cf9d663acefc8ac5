"""Upkeep of a cluster: as mosquitto's, but that users are written out, and nodes cut off by themselves who is not."""

import os
import signal
from pathlib import Path

from ..errors import BrokerError
from ..ingest.address import BrokerAddress
from ..mosquitto import upkeep
from ..mosquitto.signalling import run
from ..records.audit import Audit, Event
from .files import Files

PROGRAM = "nats-server"


class Upkeep(upkeep.Upkeep):
    """One process's care for all nodes whose files are here."""

    def _read_again(self) -> None:
        if self._command:
            run(self._command, "broker_reload")
            return
        for path in sorted((self._files.broker / "run").glob("node-*.pid")):
            pid = running(path)
            if pid is not None:
                _signal(pid)

    def _cut(self, _address: BrokerAddress, now_ms: int) -> None:
        """Nothing is left to do: a node that reads its users again cuts off who is none any more."""
        for user in sorted(self._evict):
            Audit(self._engine).append(Event("collector", "cut off", f"sensor {user}", "at the broker"), now_ms)
        self._evict.clear()


def running(pid_file: Path) -> int | None:
    """The node that runs by this file; None where that is of an earlier life."""
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if Path(os.fsdecode(command[0])).name == PROGRAM else None


def _signal(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError:
        return
    except PermissionError as exc:
        raise BrokerError(
            f"the node that is process {pid} runs under another user and cannot be told to read its files again. Run "
            "both as one user, or set broker_reload"
        ) from exc


__all__ = ["Files", "Upkeep", "running"]
