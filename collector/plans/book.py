"""Plans and positions in the registry: changed one way only, and each change is in the audit log."""

from collections.abc import Mapping
from math import isfinite

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, insert, select, update

from .. import schema
from ..database import writing
from ..records import audit
from ..records.audit import Event
from . import geojson, imdf, picture
from .errors import PlanError
from .plan import Plan, Spot

UPLOAD_BYTES_MAX = 4 * 1024 * 1024
SAME_SHAPE = (
    0.02  # of the ratio of the sides: a plan of another shape is another place, and positions on it mean nothing
)
METRES_LEAST, METRES_MOST = 1e-4, 1000.0


def read(content: bytes, metres: float | None = None, level: int = 0) -> Plan:
    """The plan of an uploaded file, by what it is and not by how it is called. Raises PlanError.

    metres: a pixel of a picture; level: of an IMDF archive.
    """
    if not content:
        raise PlanError("no file was sent; choose one")
    if len(content) > UPLOAD_BYTES_MAX:
        raise PlanError(f"a plan has at most {UPLOAD_BYTES_MAX:,} bytes; make it smaller")
    if metres is not None and not (isfinite(metres) and METRES_LEAST <= metres <= METRES_MOST):
        raise PlanError(
            f"a pixel is {METRES_LEAST} to {METRES_MOST:.0f} m wide"
            "; measure a wall, and divide its metres by its pixels"
        )
    if content.startswith(b"PK"):
        return imdf.read(content, level)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return geojson.read(content)
    return picture.read(content, metres)


class Plans:
    """The tables `plans` and `placements`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, tenant: str, site: str) -> Plan | None:
        """A site's plan."""
        table = schema.plans.c
        wanted = select(schema.plans).where(table.tenant == tenant, table.site == site)
        with self._engine.begin() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else Plan(row.kind, row.content, row.width, row.height, row.metres, row.changed_ms)

    def changed_ms(self, tenant: str, site: str) -> int | None:
        """When the plan of a site last changed; None where it has none."""
        table = schema.plans.c
        with self._engine.begin() as connection:
            found = connection.scalar(select(table.changed_ms).where(table.tenant == tenant, table.site == site))
        return None if found is None else int(found)

    def spots(self, tenant: str, site: str) -> dict[str, Spot]:
        """Where the sensors of a site hang, by name; of those that are still there."""
        table, sensors = schema.placements.c, schema.sensors.c
        here = (sensors.name == table.sensor) & (sensors.tenant == table.tenant) & (sensors.site == table.site)
        wanted = (
            select(table.sensor, table.x, table.y)
            .join(schema.sensors, here)
            .where(table.tenant == tenant, table.site == site)
            .order_by(table.sensor)
        )
        with self._engine.begin() as connection:
            return {row.sensor: Spot(row.x, row.y) for row in connection.execute(wanted)}

    def put(self, tenant: str, site: str, plan: Plan, actor: str, now_ms: int) -> bool:
        """Make this the site's plan. Says whether positions went because the plan has another shape than before."""
        before = self.of(tenant, site)
        ratio = plan.width / plan.height
        other = before is not None and abs(before.width / before.height - ratio) > SAME_SHAPE * ratio
        row = {
            "tenant": tenant,
            "site": site,
            "kind": plan.kind,
            "content": plan.content,
            "width": plan.width,
            "height": plan.height,
            "metres": plan.metres,
            "changed_ms": now_ms,
        }
        with writing(self._engine).begin() as connection:
            connection.execute(delete(schema.plans).where(*_of(schema.plans, tenant, site)))
            connection.execute(insert(schema.plans).values(row))
            if other:
                connection.execute(delete(schema.placements).where(*_of(schema.placements, tenant, site)))
            said = f"plan: a {plan.kind} of {plan.width:.0f} x {plan.height:.0f}, {len(plan.content)} bytes"
            said += "; of another shape than before, so positions went" if other else ""
            audit.append(connection, Event(actor, "configure", f"site {tenant}/{site}", said), now_ms)
        return other

    def remove(self, tenant: str, site: str, actor: str, now_ms: int) -> None:
        """Take the plan and the positions on it away. Raises PlanError: there is none."""
        if self.of(tenant, site) is None:
            raise PlanError("there is no plan of this site; upload one first")
        with writing(self._engine).begin() as connection:
            for table in (schema.plans, schema.placements):
                connection.execute(delete(table).where(*_of(table, tenant, site)))
            audit.append(connection, Event(actor, "configure", f"site {tenant}/{site}", "no plan"), now_ms)

    def place(self, tenant: str, site: str, spots: Mapping[str, Spot | None], actor: str, now_ms: int) -> None:
        """Say where sensors hang; None: nowhere on the plan. All or none. Raises PlanError."""
        if self.of(tenant, site) is None:
            raise PlanError("there is no plan of this site yet; upload one first")
        for spot in filter(None, spots.values()):
            if not (0 <= spot.x <= 100 and 0 <= spot.y <= 100):  # what is no number is not within either
                raise PlanError(
                    "a place on the plan is 0 to 100 per cent from the left, and from the top; choose one within"
                )
        with writing(self._engine).begin() as connection:
            sensors = schema.sensors.c
            there = set(connection.scalars(select(sensors.name).where(sensors.tenant == tenant, sensors.site == site)))
            if missing := sorted(set(spots) - there):
                raise PlanError(f"'{missing[0][:32]}' is no sensor of this site; name one that is")
            for name in sorted(spots):
                put = spots[name]
                _put(connection, tenant, site, name, put)
                said = f"{name} at {put.x:.1f} %, {put.y:.1f} % of the plan" if put else f"{name} off the plan"
                audit.append(connection, Event(actor, "configure", f"site {tenant}/{site}", said), now_ms)


def _put(connection: Connection, tenant: str, site: str, sensor: str, spot: Spot | None) -> None:
    table = schema.placements
    mine = table.c.sensor == sensor
    if spot is None:
        connection.execute(delete(table).where(mine))
        return
    row = {"tenant": tenant, "site": site, "x": round(spot.x, 2), "y": round(spot.y, 2)}
    if not connection.execute(update(table).where(mine).values(row)).rowcount:
        connection.execute(insert(table).values(row | {"sensor": sensor}))


def _of(table: Table, tenant: str, site: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.tenant == tenant, table.c.site == site
