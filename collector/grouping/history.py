"""History: everything that was done to a sensor, whoever did it."""

from dataclasses import dataclass

from sqlalchemy import Engine, select

from .. import schema
from ..configuration.layers import places
from ..records.roster import find
from ..rollout import naming, records


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of it."""

    time_ms: int
    actor: str
    verb: str
    object: str
    says: str


def of(engine: Engine, name: str) -> list[Deed]:
    """Audit rows of the sensor and of the layers that hold for it now, and what campaigns did. Raises QueryError.

    Oldest first. Rows of a site or group that it has left since are not among them: its own row says when it left.
    """
    audit = schema.audit
    with engine.begin() as connection:
        sensor = find(connection, name)
        mine = [f"sensor {sensor.user}", *map(str, places(sensor))]
        wanted = select(audit).where(audit.c.object.in_(set(mine))).order_by(audit.c.number)
        done = [Deed(row.time_ms, row.actor, row.verb, row.object, row.says) for row in connection.execute(wanted)]
        for row in records.told(connection, sensor.id):
            campaign = f"campaign {row.id}"
            done.append(Deed(row.told_ms, "collector", "tell", campaign, naming.says(row.kind, row.cargo)))
            if row.settled_ms:
                done.append(Deed(row.settled_ms, "collector", row.state, campaign, row.says))
    return sorted(done, key=lambda one: one.time_ms)
