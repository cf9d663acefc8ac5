"""Which sensors a campaign has told of a layer's change before the layer itself has changed."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection, select

from .. import schema
from ..rollout.advance import ACTIVE, REACHED
from .layers import Place, Scope
from .plan import Staged

KIND = "config"  # of campaigns that roll options out


def cargo(place: Place, options: Mapping[str, str]) -> str:
    """What such a campaign rolls out, as the database keeps it."""
    said = {"scope": place.scope.value, "tenant": place.tenant, "name": place.name, "options": dict(options)}
    return json.dumps(said, sort_keys=True)


def of_cargo(text: str) -> tuple[Place, dict[str, str]]:
    """The layer and its options in what the database keeps."""
    got = json.loads(text)
    return Place(Scope(got["scope"]), got["tenant"], got["name"]), got["options"]


def read(connection: Connection) -> dict[int, tuple[Staged, ...]]:
    """By sensor id. A campaign that was cancelled is not among them: its options are taken back."""
    table, units = schema.campaigns, schema.campaign_units
    wanted = (
        select(units.c.sensor_id, table.c.id, table.c.cargo)
        .join(table, table.c.id == units.c.campaign_id)
        .where(table.c.kind == KIND, table.c.state.in_(ACTIVE), units.c.state.in_(REACHED))
        .order_by(table.c.id)
    )
    found: dict[int, tuple[Staged, ...]] = {}
    parsed: dict[int, Staged] = {}
    for row in connection.execute(wanted):
        if row.id not in parsed:
            parsed[row.id] = Staged(*of_cargo(row.cargo), row.id)
        found[row.sensor_id] = (*found.get(row.sensor_id, ()), parsed[row.id])
    return found
