"""The roster: sensors' states, changed one way only: allowed, with a reason, and with a row in the audit log."""

from sqlalchemy import Connection, Engine, select, update

from .. import schema
from ..database import writing
from ..errors import QueryError
from . import audit
from .audit import Event
from .registry import Sensor, sensor_of
from .standing import Standing, check_move


class Roster:
    """Changes of sensors' states in the registry database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, name: str) -> Sensor:
        """The sensor of this name. Raises QueryError."""
        with self._engine.begin() as connection:
            return find(connection, name)

    def move(self, name: str, to: Standing, says: str, actor: str, now_ms: int) -> Sensor:
        """Bring a sensor into another state, saying why and who wants it. Raises QueryError."""
        with writing(self._engine).begin() as connection:
            return move(connection, name, to, says, actor, now_ms)


def move(connection: Connection, name: str, to: Standing, says: str, actor: str, now_ms: int) -> Sensor:
    """The same within a transaction that writes. Raises QueryError."""
    sensor = find(connection, name)
    check_move(name, sensor.state, to)
    change = {"state": to, "says": says, "changed_ms": now_ms}
    connection.execute(update(schema.sensors).where(schema.sensors.c.id == sensor.id).values(change))
    audit.append(connection, Event(actor, to, f"sensor {sensor.user}", says), now_ms)
    return find(connection, name)


def everyone(connection: Connection) -> list[Sensor]:
    """All sensors, by name."""
    rows = connection.execute(select(schema.sensors).order_by(schema.sensors.c.name))
    return [sensor_of(row) for row in rows]


def find(connection: Connection, name: str) -> Sensor:
    """The sensor of this name. Raises QueryError."""
    row = connection.execute(select(schema.sensors).where(schema.sensors.c.name == name)).first()
    if row is None:
        raise QueryError(f"there is no sensor '{name}'; footfall fleet list shows those there are")
    return sensor_of(row)
