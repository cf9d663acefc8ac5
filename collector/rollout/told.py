"""Units that are told: by which campaign, with which cargo, and by which order."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, select

from .. import schema
from .advance import ACTIVE, Unit, UnitState

Cargo = TypeVar("Cargo")


class Report(NamedTuple):
    """What a unit that is told has said of itself."""

    sensor_id: int
    version: str
    board: str


def running(engine: Engine, kind: str, decode: Callable[[str], Cargo]) -> list[tuple[int, Cargo]]:
    """The campaigns of this kind that are not over, each with its cargo."""
    table = schema.campaigns
    wanted = select(table.c.id, table.c.cargo).where(table.c.kind == kind, table.c.state.in_(ACTIVE))
    with engine.begin() as connection:
        return [(row.id, decode(row.cargo)) for row in connection.execute(wanted)]


def read_told(connection: Connection, kind: str, decode: Callable[[str], Cargo]) -> Iterator[tuple[Report, Cargo]]:
    """Units that campaigns of this kind have told and that have not proved anything yet, each with the cargo.

    A cargo is decoded once a campaign, however many units have it.
    """
    table, units, reports = schema.campaigns, schema.campaign_units, schema.reports
    wanted = (
        select(units.c.sensor_id, table.c.id, table.c.cargo, reports.c.version, reports.c.board)
        .join(table, table.c.id == units.c.campaign_id)
        .join(reports, reports.c.sensor_id == units.c.sensor_id)
        .where(table.c.kind == kind, table.c.state.in_(ACTIVE), units.c.state == UnitState.TOLD)
    )
    decoded: dict[int, Cargo] = {}
    for row in connection.execute(wanted):
        if row.id not in decoded:
            decoded[row.id] = decode(row.cargo)
        yield Report(row.sensor_id, row.version, row.board), decoded[row.id]


def own(command: Any, unit: Unit) -> Any:
    """A unit's order, where it is of this campaign and not of an earlier one."""
    return command if command is not None and command.made_ms >= unit.told_ms else None
