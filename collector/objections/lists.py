"""Lists of objections as sensors get them: keyed prefixes, with a key of one site and one week, and a version.

The key is random, never derived, and lies sealed in the database until its week is over; then another takes its place:
lists of two sites or two weeks cannot be compared.
"""

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Row, delete, select

from footfall_sensor.keyed import KEY_BYTES, KeyedHash
from footfall_sensor.wire.objections import Objections as WireList
from footfall_sensor.wire.objections import prefix, width

from .. import schema
from ..database import inserting, writing
from ..keys.vault import Vault
from .book import Objections

DAY_MS = 24 * 3_600_000
WEEK_MS = 7 * DAY_MS  # a key's life
VALID_MS = 14 * DAY_MS  # of a list on a unit that hears nothing from us


@dataclass(frozen=True, slots=True)
class Version:
    """Which list a site has, and what it rests on."""

    number: int
    rests_on: bytes
    key_made_ms: int

    def fits(self, rests_on: bytes, now_ms: int) -> bool:
        """Whether it still is the newest."""
        return self.rests_on == rests_on and now_ms < self.key_made_ms + WEEK_MS


def rests_on(*parts: object) -> bytes:
    """A hash of what a version says, to see whether it still holds. No address goes in, only objections' numbers."""
    return hashlib.sha256(repr(parts).encode()).digest()


class ObjectionLists:
    """The list of each site, in the registry database."""

    def __init__(self, engine: Engine, objections: Objections, vault: Vault) -> None:
        self._engine = engine
        self._objections = objections
        self._vault = vault
        self._insert = inserting(engine)

    def versions(self) -> dict[tuple[str, str], Version]:
        """The newest version of each site that has one, by tenant and site."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(schema.objection_lists)).all()
        return {(row.tenant, row.site): _version(row) for row in rows}

    def renew(self, tenant: str, site: str, rests_on: bytes, now_ms: int) -> Version:
        """A version that fits; a new one unless another collector has just made it. Raises VaultError."""
        with writing(self._engine).begin() as connection:
            row = _row(connection, tenant, site)
            old = _version(row) if row else None
            if old is not None and old.fits(rests_on, now_ms):
                return old
            # Numbers begin at the time of day: they grow also where an older database was put back.
            number = max(old.number + 1 if old else 1, now_ms // 1000, 1)
            sealed_key, made_ms = (row.sealed_key, row.key_made_ms) if row else (b"", -WEEK_MS)
            if now_ms >= made_ms + WEEK_MS:
                made_ms = now_ms
                sealed_key = self._vault.seal(secrets.token_bytes(KEY_BYTES), _context(tenant, site))
            values = {"version": number, "sealed_key": sealed_key, "key_made_ms": made_ms, "rests_on": rests_on}
            connection.execute(
                self._insert(schema.objection_lists)
                .values(tenant=tenant, site=site, **values)
                .on_conflict_do_update(index_elements=["tenant", "site"], set_=values)
            )
            return Version(number, rests_on, made_ms)

    def drop(self) -> None:
        """Forget all lists: each is made anew when it is asked for."""
        with writing(self._engine).begin() as connection:
            connection.execute(delete(schema.objection_lists))

    def message(self, tenant: str, site: str, now_ms: int, expires_ms: int) -> WireList:
        """The newest list as it goes to a sensor. Raises VaultError."""
        addresses = self._objections.addresses(tenant, site, now_ms)
        with self._engine.begin() as connection:
            row = _row(connection, tenant, site)
        assert row is not None  # `renew` made it
        key = self._vault.open(row.sealed_key, _context(tenant, site))
        bits, hashed = width(len(addresses)), KeyedHash(key)
        entries = {prefix(hashed.digest(address), bits) for address in addresses}
        return WireList(row.version, bits, key, b"".join(sorted(entries)), now_ms, expires_ms)


def _row(connection: Connection, tenant: str, site: str) -> "Row[tuple[object, ...]] | None":
    table = schema.objection_lists
    return connection.execute(select(table).where(table.c.tenant == tenant, table.c.site == site)).first()


def _version(row: "Row[tuple[object, ...]]") -> Version:
    return Version(row.version, row.rests_on, row.key_made_ms)


def _context(tenant: str, site: str) -> str:
    return f"list of {tenant}/{site}"
