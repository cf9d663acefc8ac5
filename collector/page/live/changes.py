"""What may change on pages, by kind: who may hear of it, and a value that is another one when it has changed.

The values never leave this process: a browser hears the kind's name alone, and no number of anything.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from ... import schema
from ...people.user import Person, Right

Look = Callable[[Connection], Hashable]


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that pages show. pace_s: at most so often is a page told of it."""

    right: Right
    look: Look
    pace_s: float = 2.0


def _stored(connection: Connection) -> Hashable:
    """Every commit and every turn of the fold lists files."""
    return tuple(connection.execute(select(func.max(schema.files.c.id))).one())


def _fleet(connection: Connection) -> Hashable:
    said, known = schema.reports.c, schema.sensors.c
    heard = connection.execute(select(func.count(), func.max(said.received_ms)).where(said.connected)).one()
    return *heard, *connection.execute(select(func.count(known.id), func.max(known.changed_ms))).one()


def _campaigns(connection: Connection) -> Hashable:
    campaign, unit = schema.campaigns.c, schema.campaign_units.c
    newest = select(func.max(campaign.id)).scalar_subquery()
    units = select(func.sum(unit.told_ms), func.max(unit.settled_ms), func.count(unit.settled_ms))
    settled = units.where(unit.campaign_id == newest, unit.told_ms > 0)
    changed = select(func.count(campaign.id), func.max(campaign.changed_ms))
    return *connection.execute(settled).one(), *connection.execute(changed).one()


def _alerts(connection: Connection) -> Hashable:
    alert = schema.alerts.c
    stands = select(func.count(), func.max(alert.id), func.sum(alert.snoozed_until_ms)).where(alert.ended_ms.is_(None))
    seen = select(func.count()).where(alert.ended_ms.is_(None), alert.acknowledged_by != "")
    return *connection.execute(stands).one(), connection.scalar(seen)


def _quarantine(connection: Connection) -> Hashable:
    return tuple(connection.execute(select(func.count(), func.max(schema.quarantine.c.id))).one())


def _recorded(connection: Connection) -> Hashable:
    """Whatever somebody changes is in the audit log."""
    return tuple(connection.execute(select(func.max(schema.audit.c.number))).one())


KINDS: Mapping[str, Kind] = {
    "site": Kind(Right.READ_REPORT, _stored, 5.0),
    "fleet": Kind(Right.READ_FLEET, _fleet, 5.0),
    "campaigns": Kind(Right.READ_FLEET, _campaigns),
    "alerts": Kind(Right.READ_FLEET, _alerts),
    "quarantine": Kind(Right.READ_OPERATION, _quarantine),
    "audit": Kind(Right.READ_OPERATION, _recorded),
    "people": Kind(Right.READ_PEOPLE, _recorded),
}
TICK = "operation"  # figures of this process, which change all the time
TICK_RIGHT, TICK_S = Right.READ_OPERATION, 5.0


def heard_by(person: Person) -> frozenset[str]:
    """The kinds that somebody may hear of."""
    found = {name for name, kind in KINDS.items() if person.may(kind.right)}
    return frozenset(found | {TICK} if person.may(TICK_RIGHT) else found)


def look(engine: Engine) -> dict[str, Hashable]:
    """Every kind's value now. Raises sqlalchemy's DBAPIError."""
    with engine.begin() as connection:
        return {name: kind.look(connection) for name, kind in KINDS.items()}


def pace_s(name: str) -> float:
    """How often a page is told of a kind at most."""
    return TICK_S if name == TICK else KINDS[name].pace_s
