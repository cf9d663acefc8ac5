"""Campaigns and their units in the registry database."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from .. import schema
from ..errors import QueryError
from ..records import audit
from ..records.audit import Event
from .advance import ACTIVE, CampaignState, Course, Unit, UnitState
from .plan import Plan
from .terms import Terms


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign."""

    id: int
    kind: str
    cargo: str
    course: Course
    actor: str
    why: str
    made_ms: int
    changed_ms: int


def write_new(
    connection: Connection,
    kind: str,
    cargo: str,
    plan: Plan,
    terms: Terms,
    who: tuple[str, str],
    now_ms: int,
    words: str = "",
) -> int:
    """Write a campaign with its units; who: actor and reason; words: the cargo for a reader. Returns its number."""
    actor, why = who
    starts_ms = max(now_ms, terms.at_ms)
    row = {"kind": kind, "cargo": cargo, "terms": terms.encode(), "state": CampaignState.RUNNING.value, "stage": 0}
    row |= {"deadline_ms": starts_ms + terms.life_s * 1000, "says": "", "actor": actor, "why": why}
    row |= {"made_ms": now_ms, "changed_ms": now_ms}
    made = connection.execute(insert(schema.campaigns).values(row)).inserted_primary_key
    assert made is not None
    number = int(made[0])
    units = [Unit(turn.candidate.sensor_id, turn.turn, turn.stage) for turn in plan.turns]
    connection.execute(insert(schema.campaign_units), [_row(number, unit) for unit in units])
    says = f"{len(units)} units: {words or cargo}" + (f"; {why}" if why else "")
    audit.append(connection, Event(actor, "begin", f"campaign {number}", says), now_ms)
    return number


def read_one(connection: Connection, number: int) -> Campaign:
    """A campaign. Raises QueryError."""
    row = connection.execute(select(schema.campaigns).where(schema.campaigns.c.id == number)).first()
    if row is None:
        raise QueryError(f"there is no campaign {number}; footfall fleet campaign list shows those there are")
    return _campaign(row)


def read_all(connection: Connection, active: bool = False) -> list[Campaign]:
    """All campaigns, the newest last; active: those that are not over."""
    table = schema.campaigns
    wanted = select(table).order_by(table.c.id)
    if active:
        wanted = wanted.where(table.c.state.in_(ACTIVE))
    return [_campaign(row) for row in connection.execute(wanted)]


def read_units(connection: Connection, number: int) -> list[Unit]:
    """A campaign's units in their order."""
    table = schema.campaign_units
    names = list(Unit.__slots__)
    wanted = select(table).where(table.c.campaign_id == number).order_by(table.c.turn)
    return [
        Unit(**{**{name: getattr(row, name) for name in names}, "state": UnitState(row.state)})
        for row in connection.execute(wanted)
    ]


def counts(connection: Connection) -> dict[int, dict[str, int]]:
    """Units of each campaign by state."""
    table = schema.campaign_units
    wanted = select(table.c.campaign_id, table.c.state, func.count()).group_by(table.c.campaign_id, table.c.state)
    found: dict[int, dict[str, int]] = {}
    for number, state, count in connection.execute(wanted):
        found.setdefault(number, {})[state] = count
    return found


def busy(connection: Connection) -> dict[int, int]:
    """Which campaign, of those that are not over, each sensor is in."""
    table, units = schema.campaigns, schema.campaign_units
    wanted = (
        select(units.c.sensor_id, table.c.id)
        .join(table, table.c.id == units.c.campaign_id)
        .where(table.c.state.in_(ACTIVE))
    )
    return {row.sensor_id: row.id for row in connection.execute(wanted)}


def save(connection: Connection, campaign: Campaign, course: Course, units: Iterable[Unit], now_ms: int) -> Campaign:
    """Write what has changed of a campaign and of these units."""
    table = schema.campaign_units
    for unit in units:
        mine = (table.c.campaign_id == campaign.id, table.c.sensor_id == unit.sensor_id)
        connection.execute(update(table).where(*mine).values(_row(campaign.id, unit)))
    if course == campaign.course:
        return campaign
    said = {"state": course.state.value, "stage": course.stage, "deadline_ms": course.deadline_ms, "says": course.says}
    where = schema.campaigns.c.id == campaign.id
    connection.execute(update(schema.campaigns).where(where).values(said | {"changed_ms": now_ms}))
    return replace(campaign, course=course, changed_ms=now_ms)


def told(connection: Connection, sensor_id: int) -> Sequence[Any]:
    """What campaigns did with a sensor, the oldest first."""
    table, units = schema.campaigns, schema.campaign_units
    wanted = (
        select(
            table.c.id, table.c.kind, table.c.cargo, units.c.state, units.c.told_ms, units.c.settled_ms, units.c.says
        )
        .join(table, table.c.id == units.c.campaign_id)
        .where(units.c.sensor_id == sensor_id, units.c.told_ms > 0)
        .order_by(units.c.told_ms)
    )
    return connection.execute(wanted).all()


def _row(number: int, unit: Unit) -> dict[str, object]:
    return {"campaign_id": number, **asdict(unit), "state": unit.state.value}


def _campaign(row: Any) -> Campaign:
    course = Course(Terms.decode(row.terms), CampaignState(row.state), row.stage, row.deadline_ms, row.says)
    return Campaign(row.id, row.kind, row.cargo, course, row.actor, row.why, row.made_ms, row.changed_ms)
