"""Zones: parts of a site, each a set of its sensors. Where a visitor is, is where one is heard loudest.

What a zone hears of the panel is kept for as long as tokens are: see metrics/steps.sql.
"""

import re

import pyarrow as pa
from sqlalchemy import Engine, delete, insert, select

from .. import schema
from ..database import writing
from ..errors import QueryError
from ..records import audit
from ..records.audit import Event

NAME = re.compile(r"[^\s>][^>\n]{0,62}")  # ">" stands between the zones of a route

STEPS = pa.schema(
    {
        "site": pa.string(),
        "sensor": pa.string(),
        "token": pa.int64(),
        "first_ms": pa.int64(),
        "last_ms": pa.int64(),
        "rssi_max_dbm": pa.int8(),
    }
)
KEPT_ZONES = pa.schema(
    {
        "site": pa.string(),
        "token": pa.int64(),
        "zone": pa.string(),
        "visit_start_ms": pa.int64(),
        "start_ms": pa.int64(),
        "end_ms": pa.int64(),
    }
)


def check_name(zone: str) -> None:
    """Raise QueryError where a zone cannot be called so."""
    if not NAME.fullmatch(zone):
        raise QueryError(f"'{zone}' is no name of a zone: 1 to 63 characters without > are wanted")


class Zones:
    """The table `zones`. A sensor is in one zone or in none."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, tenant: str, site: str | None = None) -> tuple[tuple[str, str], ...]:
        """(sensor, zone) of a site, or of all sites of a tenant, by zone and sensor."""
        table, sensors = schema.zones.c, schema.sensors.c
        wanted = (
            select(table.sensor, table.zone)
            .join(schema.sensors, sensors.name == table.sensor)
            .where(sensors.tenant == tenant)
            .order_by(table.zone, table.sensor)
        )
        if site is not None:
            wanted = wanted.where(sensors.site == site)
        with self._engine.begin() as connection:
            return tuple((row.sensor, row.zone) for row in connection.execute(wanted))

    def put(self, tenant: str, site: str, zone: str, names: tuple[str, ...], actor: str, now_ms: int) -> None:
        """Put sensors of a site into a zone, out of any other. Raises QueryError: no such sensor there, or no name."""
        check_name(zone)
        with writing(self._engine).begin() as connection:
            sensors = schema.sensors.c
            wanted = select(sensors.name).where(sensors.tenant == tenant, sensors.site == site)
            there = set(connection.scalars(wanted))
            if missing := [name for name in names if name not in there]:
                said = ", ".join(sorted(there)) or "none yet"
                raise QueryError(f"'{missing[0]}' is no sensor of site '{site}'; there are: {said}")
            connection.execute(delete(schema.zones).where(schema.zones.c.sensor.in_(names)))
            connection.execute(insert(schema.zones), [{"sensor": name, "zone": zone} for name in names])
            said = f"{', '.join(names)} into zone {zone}"
            audit.append(connection, Event(actor, "configure", f"site {tenant}/{site}", said), now_ms)

    def take_out(self, tenant: str, site: str, sensor: str, actor: str, now_ms: int) -> None:
        """Take a sensor of a site out of its zone. Raises QueryError where it is in none there."""
        if sensor not in dict(self.of(tenant, site)):
            raise QueryError(f"'{sensor}' is in no zone of site '{site}'; there is none to take it out of")
        with writing(self._engine).begin() as connection:
            connection.execute(delete(schema.zones).where(schema.zones.c.sensor == sensor))
            audit.append(connection, Event(actor, "configure", f"site {tenant}/{site}", f"{sensor} in no zone"), now_ms)

    def remove(self, tenant: str, site: str, zone: str, actor: str, now_ms: int) -> None:
        """Take a zone away; its sensors stay. Raises QueryError naming those that are there."""
        there = self.of(tenant, site)
        names = [sensor for sensor, of in there if of == zone]
        if not names:
            said = ", ".join(sorted({of for _, of in there})) or "none yet"
            raise QueryError(f"there is no zone '{zone}' of site '{site}'; there are: {said}")
        with writing(self._engine).begin() as connection:
            connection.execute(delete(schema.zones).where(schema.zones.c.sensor.in_(names)))
            audit.append(connection, Event(actor, "configure", f"site {tenant}/{site}", f"no zone {zone}"), now_ms)


def table(zones: tuple[tuple[str, str], ...]) -> "pa.Table":
    """Zones as the SQL wants them (sensor, zone)."""
    return pa.table(
        {
            "sensor": pa.array([sensor for sensor, _ in zones], pa.string()),
            "zone": pa.array([zone for _, zone in zones], pa.string()),
        }
    )
