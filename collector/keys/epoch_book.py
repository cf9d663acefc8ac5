"""The book of epochs: which there were, when their keys were made, and that they were destroyed. It holds no key.

An epoch that stands in the book keeps its time whatever becomes of the tenant's settings; one whose key was destroyed
never gets another, also where the collector's clock has been set back.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from .. import schema
from ..calendar import Span, epoch_of
from ..database import writing
from ..records import audit
from ..records.audit import Event
from ..records.registry import Tenant

ACTOR = "collector"
_epochs = schema.epochs.c


@dataclass(frozen=True, slots=True)
class Begun:
    """An epoch in the book, or about to be."""

    tenant: str
    span: Span
    made_ms: int | None  # None = it is only planned
    destroyed_ms: int | None


class EpochBook:
    """Reads and writes of the table `epochs`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def plan(self, tenant: Tenant, utc_ms: int) -> Begun:
        """The epoch that an instant belongs to: as the book has it, else as the settings want it, not entered yet.

        Where the settings were changed it fills the time between its neighbours in the book.
        """
        with self._engine.begin() as connection:
            return _plan(connection, tenant, utc_ms)

    def enter(self, tenant: Tenant, utc_ms: int, now_ms: int) -> Begun:
        """The same, and now it stands in the book."""
        with writing(self._engine).begin() as connection:
            planned = _plan(connection, tenant, utc_ms)
            if planned.made_ms is not None:
                return planned  # another process was first
            span = planned.span
            row = {"name": span.name, "start_ms": span.start_ms, "end_ms": span.end_ms, "made_ms": now_ms}
            connection.execute(insert(schema.epochs).values(tenant=tenant.name, **row))
            return replace(planned, made_ms=now_ms)

    def ended(self, now_ms: int) -> list[Begun]:
        """The epochs that are over and whose keys are not known to be destroyed."""
        wanted = select(schema.epochs).where(_epochs.end_ms <= now_ms, _epochs.destroyed_ms.is_(None))
        with self._engine.begin() as connection:
            return [_begun(row) for row in connection.execute(wanted)]

    def destroyed(self, tenant: str, name: str, says: str, now_ms: int) -> None:
        """An epoch's key is no more: enter it, with a row in the audit log."""
        with writing(self._engine).begin() as connection:
            which = (_epochs.tenant == tenant) & (_epochs.name == name)
            connection.execute(update(schema.epochs).where(which).values(destroyed_ms=now_ms))
            audit.append(connection, Event(ACTOR, "destroy", f"epoch {tenant}/{name}", says), now_ms)


def _plan(connection: Connection, tenant: Tenant, utc_ms: int) -> Begun:
    of_tenant = _epochs.tenant == tenant.name
    wanted = select(schema.epochs).where(of_tenant, _epochs.start_ms <= utc_ms, _epochs.end_ms > utc_ms)
    row = connection.execute(wanted.limit(1)).first()
    if row is not None:
        return _begun(row)
    span = epoch_of(utc_ms, tenant.time_zone, tenant.epoch_turn_h, tenant.epoch_days)
    before = connection.scalar(select(func.max(_epochs.end_ms)).where(of_tenant, _epochs.end_ms <= utc_ms))
    after = connection.scalar(select(func.min(_epochs.start_ms)).where(of_tenant, _epochs.start_ms > utc_ms))
    start_ms = max(0, span.start_ms, before or 0)  # the day that 1970 began in began in 1969
    end_ms = min(span.end_ms, after or span.end_ms)
    return Begun(tenant.name, Span(_free_name(connection, tenant.name, span.name), start_ms, end_ms), None, None)


def _free_name(connection: Connection, tenant: str, name: str) -> str:
    """The day's name, with a number behind it where the day's turn was moved and so it has a second epoch."""
    wanted = select(func.count()).where(_epochs.tenant == tenant, _epochs.name.like(f"{name}%"))
    taken = connection.scalar(wanted) or 0
    return f"{name}.{taken}" if taken else name


def _begun(row: "Row[Any]") -> Begun:
    return Begun(row.tenant, Span(row.name, row.start_ms, row.end_ms), row.made_ms, row.destroyed_ms)
