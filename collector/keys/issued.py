"""The certificates that were issued to sensors: each is recorded before it is handed out, so that it can be revoked."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select, update

from .. import schema
from ..database import writing
from .authority import Authority
from .certificate import BACKDATED_MS, Certificate

table = schema.certificates


@dataclass(frozen=True, slots=True)
class Issued:
    """A row of the record."""

    serial: str  # hex
    user_name: str
    not_before_ms: int
    not_after_ms: int
    revoked_ms: int | None


class Certificates:
    """Issues by an authority, and keeps the record in the registry database."""

    def __init__(self, engine: Engine, authority: Authority) -> None:
        self.authority = authority
        self._engine = engine

    def issue_sensor(self, public_raw: bytes, user: str, now_ms: int) -> Certificate:
        """A certificate for a unit's own key, recorded. Raises AuthorityError."""
        made = self.authority.issue_sensor(public_raw, user, now_ms)
        row = Issued(made.serial_hex, user, made.not_before_ms, made.not_after_ms, None)
        values = {name: getattr(row, name) for name in Issued.__slots__}
        with writing(self._engine).begin() as connection:
            connection.execute(insert(table).values(values))
        return made

    def of(self, user: str) -> list[Issued]:
        """All that this user was ever given, oldest first."""
        wanted = select(table).where(table.c.user_name == user).order_by(table.c.not_before_ms, table.c.serial)
        with self._engine.begin() as connection:
            return [Issued(**row._mapping) for row in connection.execute(wanted)]

    def revoke(self, serials: Collection[str], now_ms: int) -> None:
        """Mark certificates revoked, such as the one before when a unit was given another key."""
        with writing(self._engine).begin() as connection:
            holds = table.c.serial.in_(serials) & table.c.revoked_ms.is_(None)
            connection.execute(update(table).where(holds).values(revoked_ms=now_ms))

    def revoke_users(self, users: Collection[str], now_ms: int) -> None:
        """Mark everything that these users hold revoked."""
        holds = table.c.revoked_ms.is_(None) & table.c.user_name.in_(users)
        with self._engine.begin() as connection:
            serials = [row.serial for row in connection.execute(select(table.c.serial).where(holds))]
        if serials:  # looked at first: the housekeeper asks every few seconds, and a write locks the registry
            self.revoke(serials, now_ms)

    def revoked(self, now_ms: int) -> list[tuple[str, int]]:
        """Serial and instant of each revoked certificate that would still be good otherwise, by serial."""
        wanted = select(table.c.serial, table.c.revoked_ms).where(
            table.c.revoked_ms.is_not(None), table.c.not_after_ms > now_ms - BACKDATED_MS
        )
        with self._engine.begin() as connection:
            return [(row.serial, row.revoked_ms) for row in connection.execute(wanted.order_by(table.c.serial))]

    def running(self, users: Collection[str], now_ms: int) -> set[str]:
        """Which of these users may hold a connection made with a certificate that has not run out."""
        wanted = select(table.c.user_name).where(table.c.user_name.in_(users), table.c.not_after_ms > now_ms)
        with self._engine.begin() as connection:
            return {row.user_name for row in connection.execute(wanted)}
