"""Upkeep: mosquitto's files follow the registry, within seconds, for as long as a collector serves.

Who is revoked or replaced is denied in the access list, on the list of revoked certificates and out of the passwords;
then mosquitto reads its files again, and his connection is cut. A quarantined sensor stays connected: what it sends is
kept aside for whoever looks into it. The certificates of broker and collector are renewed on the way.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from footfall_sensor import durable

from .. import schema
from ..errors import CollectorError
from ..ingest.address import BrokerAddress, Identity
from ..keys.authority import COLLECTOR_USER, Authority
from ..keys.certificate import due, host_names
from ..keys.issued import Certificates
from ..records.audit import Audit, Event
from ..records.standing import Standing
from . import passwords
from .eviction import evict
from .files import Files
from .signalling import reload

log = logging.getLogger(__name__)

DENIED = (Standing.REVOKED, Standing.REPLACED)


@dataclass(frozen=True, slots=True)
class Lists:
    """Who may not, and who may by a password: what the files of access rest on."""

    denied: frozenset[str]
    revoked: tuple[tuple[str, int], ...]
    passwords: tuple[tuple[str, str], ...]
    tunnels: tuple[str, ...]  # keys of lean units
    rights: str


class Upkeep:
    """One process's care for one broker. Every step may be repeated."""

    def __init__(
        self,
        files: Files,
        names: tuple[str, ...],
        command: str,
        engine: Engine,
        authority: Authority,
        identities: Mapping[str, Identity],
        tunnel: Callable[[frozenset[str]], None],
        rights: Callable[[frozenset[str]], str],
    ) -> None:
        """identities: of the collector, its workers and what publishes alerts, by their names at the broker.

        names: what the broker's certificate is for; command: what makes it read its files again, "" = a signal.

        tunnel: brings lean units' tunnels up to date; rights: the access list; both given who is denied.
        """
        self.says = ""  # what hinders it now
        self._files = files
        self._names = names
        self._command = command
        self._engine = engine
        self._certificates = Certificates(engine, authority)
        self._identities = dict(identities)
        self._own = self._identities[COLLECTOR_USER]
        self._tunnel = tunnel
        self._rights = rights
        self._lists: Lists | None = None
        self._reload_due = False
        self._evict: set[str] = set()

    def keep(self, address: BrokerAddress | None, now_ms: int) -> None:
        """Bring everything up to date. Never raises for what may pass: it is said, and tried again at the next turn.

        address: None while there is no connection of ours to cut others with, at the start.
        """
        try:
            self.renew(address, now_ms)
            self.write_lists(now_ms)
            if self._reload_due:
                self._read_again()
                self._reload_due = False
            if address is not None:
                self._cut(address, now_ms)
        except (CollectorError, OSError, OperationalError) as exc:
            says = str(getattr(exc, "orig", exc))  # a database's own words, without SQL
            if says != self.says:
                log.error("broker: %s; tried again at the next look", says)
            self.says = says
        else:
            self.says = ""

    def _read_again(self) -> None:
        reload(self._files, self._command)  # one that does not run reads them when it starts

    def _cut(self, address: BrokerAddress, now_ms: int) -> None:
        for user in sorted(self._evict):
            evict(address, self._own.authority, self._certificates.authority, user, now_ms)
            self._evict.remove(user)
            Audit(self._engine).append(Event("collector", "cut off", f"sensor {user}", "at the broker"), now_ms)

    def renew(self, address: BrokerAddress | None, now_ms: int) -> None:
        """Make the certificates that are missing or near their end, or, of the broker, for other names."""
        authority = self._certificates.authority
        for user, own in self._identities.items():
            if self._good(own.certificate, own.key, now_ms):
                continue
            pair = authority.issue_client(user, now_ms=now_ms)
            durable.replace(own.key, pair.key_pem.encode(), 0o600)
            own.certificate.write_text(pair.certificate.pem, encoding="ascii")
            if own is self._own and address is not None and address.context is not None:
                own.load(address.context)  # a worker looks by itself
        server = self._files.server_certificate
        if not self._good(server, self._files.server_key, now_ms) or host_names(_read(server)) != self._names:
            pair = authority.issue_server(self._names, now_ms)
            self._files.write(self._files.server_key, pair.key_pem)
            self._files.write(server, pair.certificate.pem)
            self._reload_due = True

    def write_lists(self, now_ms: int) -> None:
        """Write the lists of access where they have changed."""
        denied = self._denied()
        self._certificates.revoke_users(denied, now_ms)
        revoked = tuple(self._certificates.revoked(now_ms))
        lists = Lists(denied, revoked, *self._lean(denied), self._rights(denied))
        if lists == self._lists:
            return
        before = frozenset() if self._lists is None else self._lists.denied
        files, authority = self._files, self._certificates.authority
        files.write(files.authority, authority.pem)
        files.write(files.acl, lists.rights)
        files.write(files.passwords, passwords.render(lists.passwords))
        files.write(files.crl, authority.crl(lists.revoked, now_ms))
        self._tunnel(denied)
        self._evict |= self._certificates.running(denied - before, now_ms)
        self._lists, self._reload_due = lists, True

    def _denied(self) -> frozenset[str]:
        table = schema.sensors
        wanted = select(table.c.tenant, table.c.name).where(table.c.state.in_(DENIED))
        with self._engine.begin() as connection:
            return frozenset(f"{row.tenant}/{row.name}" for row in connection.execute(wanted))

    def _lean(self, denied: frozenset[str]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Users with their passwords, and keys of tunnels."""
        with self._engine.begin() as connection:
            found = connection.execute(select(schema.peers).order_by(schema.peers.c.user_name))
            rows = [row for row in found if row.user_name not in denied]
        return tuple((row.user_name, row.password) for row in rows if row.password), tuple(
            row.public_key for row in rows
        )

    @staticmethod
    def _good(certificate: Path, key: Path, now_ms: int) -> bool:
        return certificate.exists() and key.exists() and not due(_read(certificate), now_ms)


def _read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())
