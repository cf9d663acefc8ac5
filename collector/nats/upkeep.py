"""Upkeep of a cluster: as mosquitto's, but that users are written out, and nodes cut off by themselves who is not.

Whether a node has read its users again is asked of the node: a certificate of a few minutes in the name of who was
revoked, made in memory, is refused by one that has. That holds for nodes on other machines too, whose files and
signals are the administrator's command's.
"""

import os
import signal
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from .. import schema
from ..errors import BrokerError
from ..ingest.address import BrokerAddress
from ..mosquitto import upkeep
from ..mosquitto.eviction import evict
from ..mosquitto.signalling import run
from ..records.audit import Audit, Event
from .files import Files

PROGRAM = "nats-server"


class Upkeep(upkeep.Upkeep):
    """One process's care for all nodes whose files are here."""

    _told = False  # to read their users again, in this turn: not to be asked yet whether they have

    def _read_again(self) -> None:
        self._told = True
        if self._command:
            run(self._command, "broker_reload")
            return
        for path in sorted((self._files.broker / "run").glob("node-*.pid")):
            pid = running(path)
            if pid is not None:
                _signal(pid)

    def _cut(self, address: BrokerAddress, now_ms: int) -> None:
        """Ask each node whether it has cut off who is revoked, which it does as it reads its users again."""
        if self._told:
            self._told = False
            return
        faults: list[str] = []
        for user in sorted(self._evict):
            found = [self._fault(replace(address, host=host, others=()), user, now_ms) for host in _hosts(address)]
            if any(found):
                faults += filter(None, found)
                continue
            self._evict.remove(user)
            Audit(self._engine).append(Event("collector", "cut off", f"sensor {user}", "at all nodes"), now_ms)
        if faults:
            raise BrokerError(faults[0])

    def _fault(self, node: BrokerAddress, user: str, now_ms: int) -> str:
        """Why it cannot be said that this user is cut off at a node; "" where it is."""
        authority = self._certificates.authority
        try:
            known = evict(node, self._own.authority, authority, user, now_ms, self._key_of(user))
        except BrokerError as exc:
            return f"node {node.host}: {exc}"
        if known:
            self._reload_due = True
            return (
                f"node {node.host} has not read its users again: {user} may still be connected there. Look at the "
                "node's log, and at broker_reload where it is on another machine"
            )
        return ""

    def _key_of(self, user: str) -> bytes:
        """The key of the unit in a sensor's place."""
        table = schema.sensors
        tenant, _, name = user.partition("/")
        wanted = select(table.c.public_key).where(table.c.tenant == tenant, table.c.name == name)
        with self._engine.begin() as connection:
            return bytes(connection.execute(wanted).scalar_one())


def _hosts(address: BrokerAddress) -> tuple[str, ...]:
    return address.host, *address.others


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
