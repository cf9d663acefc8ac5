"""A tenant's own settings, in its row of the registry: floors under them, and two people where they tell more.

They are no layer: they hold in the collector, and no sensor hears of them.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from sqlalchemy import Connection, select, update

from .. import audit, schema
from ..audit import Event
from ..errors import QueryError
from ..registry import Tenant
from . import floors

NAMES = tuple(field.name for field in fields(Tenant) if field.name != "name")


def read(connection: Connection, name: str) -> Tenant:
    """A tenant as this transaction sees it. Raises QueryError."""
    row = connection.execute(select(schema.tenants).where(schema.tenants.c.name == name)).first()
    if row is None:
        raise QueryError(f"there is no tenant '{name}'")
    return Tenant(**row._mapping)


def draft(before: Tenant, words: Mapping[str, str]) -> Tenant:
    """The tenant with these settings, above all floors. Raises QueryError naming the one that will not do."""
    changed: dict[str, Any] = {}
    for name, text in words.items():
        if name not in NAMES:
            raise QueryError(f"{name}: no setting of a tenant. Known are: {', '.join(NAMES)}")
        kind = type(getattr(before, name))
        try:
            changed[name] = kind(text)
        except ValueError as exc:
            raise QueryError(f"{name}: '{text}' is no number") from exc
    after = replace(before, **changed)
    floors.check_tenant(after.minimum_group, _epoch_days(after), getattr(after, "epoch_reason", ""))
    return after


def loosens(before: Tenant, after: Tenant) -> tuple[str, ...]:
    """What tells more of people afterwards."""
    groups = (before.minimum_group, after.minimum_group)
    return floors.loosens_tenant(groups, (_epoch_days(before), _epoch_days(after)))


def write(connection: Connection, before: Tenant, after: Tenant, actor: str, why: str, now_ms: int) -> None:
    """Carry it out, with its audit row."""
    was = asdict(before)
    changes = [f"{name}: {was[name]} -> {value}" for name, value in asdict(after).items() if was[name] != value]
    table = schema.tenants
    connection.execute(update(table).where(table.c.name == after.name).values(asdict(after)))
    says = "; ".join([*changes, why] if why else changes)
    audit.append(connection, Event(actor, "set", f"tenant {after.name}", says), now_ms)


def _epoch_days(tenant: Tenant) -> int:
    return int(getattr(tenant, "epoch_days", 1))
