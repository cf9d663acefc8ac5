"""Objections: whose phones must not be counted, and where. The addresses are sealed; nothing shows them again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Row, delete, insert, or_, select

from footfall_sensor.wire.objections import ENTRIES_MAX

from .. import schema
from ..database import writing
from ..errors import QueryError
from ..keys.vault import Vault
from ..records import audit
from ..records.audit import Event

OBJECTION, STAFF, FIXED = "objection", "staff", "fixed"  # why an address is not heard
EVERYWHERE = ""  # the site of an objection that holds at all sites of its tenant
_ADDRESS = re.compile(r"[0-9a-f]{2}([:-]?)[0-9a-f]{2}(\1[0-9a-f]{2}){4}|([0-9a-f]{4}\.){2}[0-9a-f]{4}")


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection, without the address: that one leaves the vault only to be hashed into a list."""

    id: int
    tenant: str
    site: str  # EVERYWHERE, or one of the tenant's
    since_ms: int
    until_ms: int | None  # UTC; None = until it is withdrawn
    kind: str = OBJECTION

    def holds(self, tenant: str, site: str, now_ms: int) -> bool:
        """Whether it holds at a site now."""
        here = self.tenant == tenant and self.site in (EVERYWHERE, site)
        return here and (self.until_ms is None or now_ms < self.until_ms)


def enrolled(engine: Engine, tenant: str, site: str, now_ms: int) -> dict[str, int]:
    """How many devices of the place itself are not heard at a site, by kind. Objections are in no count."""
    with engine.begin() as connection:
        holding = [one for one in map(_objection, _rows(connection)) if one.holds(tenant, site, now_ms)]
    return {kind: sum(one.kind == kind for one in holding) for kind in (STAFF, FIXED)}


def parse_address(text: str) -> bytes:
    """A phone's address as people write it: aa:bb:cc:dd:ee:ff, with -, as aabb.ccdd.eeff, or with nothing between.

    Raises QueryError; its text does not repeat what was typed.
    """
    typed = text.strip().lower()
    if not _ADDRESS.fullmatch(typed):
        raise QueryError("that is no Wi-Fi address; 12 digits 0-9 a-f are wanted, such as aa:bb:cc:dd:ee:ff")
    mac = bytes.fromhex(re.sub(r"[:.-]", "", typed))
    if mac in (bytes(6), b"\xff" * 6):
        raise QueryError("no phone has that address; look it up in the phone's settings, under Wi-Fi")
    return mac


class Objections:
    """The objections in the registry database."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def add(
        self,
        tenant: str,
        site: str,
        address: bytes,
        until_ms: int | None,
        actor: str,
        now_ms: int,
        kind: str = OBJECTION,
    ) -> tuple[Objection, bool]:
        """Take an objection; one that holds there already is given back, with False. Raises QueryError, VaultError."""
        with writing(self._engine).begin() as connection:
            rows = [row for row in _rows(connection) if row.tenant == tenant and _meet(row.site, site)]
            for row in rows:
                known = _objection(row)
                if known.holds(tenant, site, now_ms) and self._vault.open(row.sealed, _context(tenant)) == address:
                    return known, False
            if len(rows) >= ENTRIES_MAX:
                raise QueryError(
                    f"a site's list takes {ENTRIES_MAX:,} objections and is full; withdraw some, or set the site to "
                    "count without tokens: footfall collector site set SITE --sensitive"
                )
            values = {"tenant": tenant, "site": site, "since_ms": now_ms, "until_ms": until_ms, "kind": kind}
            sealed = self._vault.seal(address, _context(tenant))
            made = connection.execute(insert(schema.objections).values(**values, sealed=sealed)).inserted_primary_key
            assert made is not None
            found = Objection(made[0], tenant, site, now_ms, until_ms, kind)
            verb = "object" if kind == OBJECTION else "enrol"
            audit.append(connection, Event(actor, verb, f"{kind} {found.id}", _where(found)), now_ms)
            return found, True

    def all(self) -> list[Objection]:
        """Every objection, oldest first; also those whose time is over and which have not been dropped yet."""
        with self._engine.begin() as connection:
            return [_objection(row) for row in _rows(connection)]

    def withdraw(self, number: int, actor: str, now_ms: int) -> Objection:
        """Forget an objection and its address. Raises QueryError where there is none of this number."""
        table = schema.objections
        with writing(self._engine).begin() as connection:
            row = connection.execute(select(table).where(table.c.id == number)).first()
            if row is None:
                raise QueryError(f"there is no objection {number}; see: footfall collector objection list")
            found = _objection(row)
            connection.execute(delete(table).where(table.c.id == number))
            audit.append(connection, Event(actor, "withdraw", f"{found.kind} {number}", _where(found)), now_ms)
        return found

    def drop_ended(self, now_ms: int) -> int:
        """Forget the objections whose time is over, and their addresses. Returns how many."""
        table = schema.objections
        over = table.c.until_ms <= now_ms
        with self._engine.begin() as connection:
            if connection.execute(select(table.c.id).where(over).limit(1)).first() is None:
                return 0
        with writing(self._engine).begin() as connection:
            ended = [row.id for row in connection.execute(select(table.c.id).where(over))]
            connection.execute(delete(table).where(table.c.id.in_(ended)))
            for number in ended:
                event = Event("collector", "end", f"objection {number}", "its time is over")
                audit.append(connection, event, now_ms)
        return len(ended)

    def addresses(self, tenant: str, site: str, now_ms: int) -> list[bytes]:
        """The addresses that must not be heard at a site: for hashing, and for nothing else. Raises VaultError."""
        table = schema.objections
        here = (table.c.tenant == tenant, table.c.site.in_((EVERYWHERE, site)))
        in_time = or_(table.c.until_ms.is_(None), table.c.until_ms > now_ms)
        with self._engine.begin() as connection:
            rows = connection.execute(select(table.c.sealed).where(*here, in_time)).all()
        return [self._vault.open(row.sealed, _context(tenant)) for row in rows]


def _rows(connection: Connection) -> "Sequence[Row[tuple[object, ...]]]":
    return connection.execute(select(schema.objections).order_by(schema.objections.c.id)).all()


def _objection(row: "Row[tuple[object, ...]]") -> Objection:
    return Objection(row.id, row.tenant, row.site, row.since_ms, row.until_ms, row.kind)


def _meet(one: str, other: str) -> bool:
    """Whether there is a site at which both hold."""
    return one == other or EVERYWHERE in (one, other)


def _context(tenant: str) -> str:
    return f"objection of {tenant}"


def _where(objection: Objection) -> str:
    return f"tenant {objection.tenant}, {f'site {objection.site}' if objection.site else 'all its sites'}"
