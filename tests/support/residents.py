"""One collector with two tenants, and somebody of each role in it: for tests of who may see what."""

from dataclasses import dataclass
from pathlib import Path

from browse import FakeIngest, TestClient, browser
from shop import TENANT, SmallShop, Stay, at
from sqlalchemy import Engine, update

from collector import schema
from collector.database import writing
from collector.people import passwords, sessions
from collector.people.book import People
from collector.people.tokens import Tokens
from collector.people.user import EVERYWHERE, Role, Sites
from collector.records.registry import Site, Tenant
from collector.vitals.figures import Vitals

NOW = at(24)
GOOD = "three blue lamps burn"
SEEN = Sites.of_words([f"{TENANT}/shop"])
GALLERY, RIVALS = "gallery-of-secrets", "rivals"
# What who is limited to SEEN must find nowhere.
HIDDEN = (GALLERY, RIVALS, "sensor-hidden", "sensor-rival")


@dataclass
class House:
    """A collector with people in it. Their clock is set by hand."""

    shop: SmallShop
    now_ms: int = NOW

    @property
    def engine(self) -> Engine:
        return self.shop.collector.registry.engine

    @property
    def people(self) -> People:
        return People(self.engine)

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.engine)

    def client(self, url: str = "http://footfall.example", address: str = "192.0.2.7") -> TestClient:
        """A browser of somebody who has not signed in."""
        vitals = Vitals(self.shop.collector, FakeIngest(), None, lambda: self.now_ms)  # type: ignore[arg-type]
        collector = self.shop.collector
        return browser(collector, None, lambda: self.now_ms, vitals, open_page=False, url=url, address=address)

    def enter(self, name: str, client: TestClient | None = None) -> TestClient:
        """A browser in which somebody has signed in. The session is put there: a hash takes its time."""
        client = client or self.client()
        with writing(self.engine).begin() as connection:
            secret = sessions.begin(connection, name, self.now_ms)
        found = sessions.Sessions(self.engine).find(secret, self.now_ms)
        client.cookies.set("footfall", secret)
        client.headers["x-csrf-token"] = found.csrf if found else ""
        return client

    def token(self, name: str, *scopes: str) -> dict[str, str]:
        """The header of a new token."""
        _, secret = self.tokens.add(name, "test", scopes, None, 30, "cli:test", self.now_ms)
        return {"authorization": f"Bearer {secret}"}


def house_in(folder: Path) -> House:
    """Somebody of each role for all sites (-all) and for one (-one), and a newcomer with a one-time password."""
    shop = SmallShop(folder)
    registry = shop.collector.registry
    registry.put_tenant(Tenant(RIVALS))
    registry.put_site(Site(TENANT, GALLERY))
    registry.put_site(Site(RIVALS, "shop"))
    shop.hear([Stay(n, at(10), at(10, 5)) for n in range(20)], at(10), at(10, 30))
    registry.put_sensor(TENANT, "sensor-hidden", GALLERY, b"hidden-1", bytes(32))
    registry.put_sensor(RIVALS, "sensor-rival", "shop", b"rivals-1", bytes(32))
    made, table = House(shop), schema.users
    with writing(made.engine).begin() as connection:
        kept = passwords.hashed(GOOD)
        for name, role, sites in (
            *((f"{role}-all", role, EVERYWHERE) for role in Role),
            *((f"{role}-one", role, SEEN) for role in Role if role is not Role.OPERATOR),
            ("newcomer", Role.ANALYST, SEEN),
        ):
            row = {"name": name, "role": role, "sites": sites.encoded(), "password_hash": kept, "made_ms": NOW}
            connection.execute(table.insert().values(**row, disabled=False, must_change=False))
        new = update(table).where(table.c.name == "newcomer")
        connection.execute(new.values(must_change=True, until_ms=NOW + 86_400_000))
    return made
