"""The registry: who sends. Tenants, sites, sensors.

How a sensor gets from one state to another is the roster's.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Engine, Row, Table, func, select

from .. import schema
from ..database import inserting, writing
from ..errors import QueryError
from .reports import Reports
from .standing import Standing


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose sensors and sites these are, and what holds for all of them."""

    name: str = "default"
    time_zone: str = "UTC"
    epoch_turn_h: int = 4  # the business day turns at this local hour
    minimum_group: int = 10
    epoch_days: int = 1  # business days that one key holds for; more than one needs a reason
    epoch_reason: str = ""
    device_feed_reason: str = ""  # why lists of single devices may be handed on; "" = they may not


@dataclass(frozen=True, slots=True)
class Site:
    """A shop, mall or street, and what counts as seen, inside and a visit there (design defaults)."""

    tenant: str
    name: str
    time_zone: str = "UTC"
    seen_dbm: int = -90
    inside_dbm: int = -65
    visit_min_s: int = 60
    visit_gap_s: int = 900
    bounce_s: int = 300
    fixed_h: int = 10
    staff_h: int = 6  # heard inside in so many hours of a day: no visitor
    opens: str | None = None
    closes: str | None = None
    sensitive: bool = False  # nothing but counts leaves its sensors, and nothing else is taken from them
    classifier: str = ""  # JSON of collector.classifying, where the site has trained one; else the rule tells visitors


@dataclass(frozen=True, slots=True)
class Sensor:
    """A unit that may send, with the key its messages are checked with."""

    id: int
    tenant: str
    name: str
    site: str
    key_id: bytes
    public_key: bytes
    state: Standing = Standing.APPROVED
    says: str = ""  # why it is in this state
    group_name: str = ""
    changed_ms: int = 0

    @property
    def approved(self) -> bool:
        """Whether what it sends is taken."""
        return self.state is Standing.APPROVED

    @property
    def user(self) -> str:
        """Its name at the broker: user, client id and common name of its certificate, and the levels of its topics."""
        return f"{self.tenant}/{self.name}"


class Registry:
    """Reads and writes of tenants, sites and sensors; `reports`: what sensors said of themselves."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.reports = Reports(engine)
        self._insert = inserting(engine)

    def put_tenant(self, tenant: Tenant) -> None:
        """Add a tenant or change it."""
        self._put(schema.tenants, asdict(tenant), ["name"])

    def put_site(self, site: Site) -> None:
        """Add a site or change it."""
        self._put(schema.sites, asdict(site), ["tenant", "name"])

    def put_sensor(self, tenant: str, name: str, site: str, key_id: bytes, public_key: bytes) -> None:
        """Add an approved sensor or change it. Raises QueryError where another tenant has one of this name."""
        if any(sensor.name == name and sensor.tenant != tenant for sensor in self.sensors()):
            raise QueryError(f"another tenant has a sensor '{name}'; names are unique in a collector, choose another")
        values = {
            "tenant": tenant,
            "name": name,
            "site": site,
            "key_id": key_id,
            "public_key": public_key,
            "state": Standing.APPROVED,
            "says": "",
            "group_name": "",
            "changed_ms": 0,
        }
        self._put(schema.sensors, values, ["name"])

    def tenant(self, name: str) -> Tenant:
        """The tenant of this name. Raises QueryError."""
        with self.engine.begin() as connection:
            return find_tenant(connection, name)

    def tenants(self) -> list[Tenant]:
        """All tenants by name."""
        with self.engine.begin() as connection:
            return [
                Tenant(**row._mapping)
                for row in connection.execute(select(schema.tenants).order_by(schema.tenants.c.name))
            ]

    def sites(self, tenant: str) -> list[Site]:
        """The tenant's sites by name."""
        wanted = select(schema.sites).where(schema.sites.c.tenant == tenant).order_by(schema.sites.c.name)
        with self.engine.begin() as connection:
            return [Site(**row._mapping) for row in connection.execute(wanted)]

    def site(self, tenant: str, name: str) -> Site:
        """One site. Raises QueryError naming those that are there."""
        return site_named(name, tenant, self.sites(tenant))

    def sensors(self, place: tuple[str, str] | None = None) -> list[Sensor]:
        """All sensors, or those of a place (tenant, site), by tenant and name."""
        wanted = select(schema.sensors).order_by(schema.sensors.c.tenant, schema.sensors.c.name)
        if place is not None:
            wanted = wanted.where(schema.sensors.c.tenant == place[0], schema.sensors.c.site == place[1])
        with self.engine.begin() as connection:
            return [sensor_of(row) for row in connection.execute(wanted)]

    def sensors_by_site(self, tenant: str) -> dict[str, int]:
        """How many sensors each site of a tenant has; those without any are left out."""
        table = schema.sensors.c
        wanted = select(table.site, func.count()).where(table.tenant == tenant).group_by(table.site)
        with self.engine.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(wanted)}

    def approved(self, sensor_id: int) -> bool:
        """Whether a sensor is approved now; what `sensors` gave may be seconds old."""
        with self.engine.begin() as connection:
            state = select(schema.sensors.c.state).where(schema.sensors.c.id == sensor_id)
            return connection.scalar(state) == Standing.APPROVED

    def _put(self, table: Table, values: dict[str, object], key: list[str]) -> None:
        change = {name: value for name, value in values.items() if name not in key}
        statement = self._insert(table).values(values).on_conflict_do_update(index_elements=key, set_=change)
        with writing(self.engine).begin() as connection:
            connection.execute(statement)


def site_named(name: str, tenant: str, sites: Iterable[Site]) -> Site:
    """The site of this name among those of a tenant. Raises QueryError naming them."""
    found = {site.name: site for site in sites}
    if name not in found:
        there = ", ".join(found) or "none yet"
        raise QueryError(f"there is no site '{name}' of tenant '{tenant}'; there are: {there}")
    return found[name]


def find_tenant(connection: Connection, name: str) -> Tenant:
    """The tenant of this name, as a transaction sees it. Raises QueryError."""
    row = connection.execute(select(schema.tenants).where(schema.tenants.c.name == name)).first()
    if row is None:
        raise QueryError(f"there is no tenant '{name}'; see: footfall collector tenant list")
    return Tenant(**row._mapping)


def sensor_of(row: "Row[tuple[object, ...]]") -> Sensor:
    """A row of the table of sensors."""
    return Sensor(**{**row._mapping, "state": Standing(row.state)})
