"""The stage: a real collector that a simulated shop filled through the real line, with somebody of each role.

fill(folder, DAY)                       once: broker, collector, sensors, as `footfall run` has them
with opened(folder) as stage:           then: the collector with its page, of whoever signs in
    stage.url, stage.session(Role.ANALYST)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from time import monotonic, sleep

from collector import clock
from collector.database import writing
from collector.people import sessions
from collector.people.user import Role
from collector.records.registry import Site

from ..errors import ToolError
from ..run.broker import free_port
from ..run.line import TENANT, Line, Plan, SensorPlan
from ..simulate import files
from ..simulate.shop import ShopPlan, simulate
from .furnishing import ACTOR, furnish, put_zones, send_noise
from .shelf import stock

SITE, SENSOR = "shop", "door"
# Four hours with enough people that hours are shown; a few seconds to fill.
SMALL = ShopPlan(visitors=220, passers_by=700, sensors=2, opens=time(10), closes=time(14), margin_min=30)
DAY = ShopPlan(visitors=1000, passers_by=6000)  # what `footfall run` plays
SETTLE_S = 90.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A running collector. Users are called as their role."""

    line: Line

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return self.line.url.rstrip("/")

    def session(self, role: Role) -> str:
        """A session's secret for a cookie, without the second that a password's hash takes."""
        with writing(self.line.open().registry.engine).begin() as connection:
            return sessions.begin(connection, str(role), clock.now_ms())


def fill(folder: Path, day: ShopPlan) -> None:
    """Play a simulated day through broker, collector and sensors into a folder. Raises ToolError: it did not end."""
    written = files.write(simulate(day), folder / "simulated")
    sensors = tuple(SensorPlan(path.name.partition(".")[0], (path,)) for path in written.captures)
    with Line(_plan(folder, day, sensors)) as line:
        put_zones(line.open(), SITE, [sensor.name for sensor in sensors])
        line.start_sensors()
        send_noise(line, SENSOR)
        give_up_s = monotonic() + SETTLE_S
        while any(child.exit_code is None for child in line.sensors):
            if monotonic() > give_up_s:
                raise ToolError(f"the simulated day was not played within {SETTLE_S:.0f} s")
            sleep(0.1)
        furnish(line.open(), SITE)
        stock(line.open(), line.url, ACTOR)


@contextmanager
def opened(folder: Path, day: ShopPlan, open_page: bool = False) -> Iterator[Stage]:
    """Serve a filled folder; open_page: as `footfall run` does, for whoever is on this machine."""
    with Line(_plan(folder, day, (), open_page=open_page)) as line:
        yield Stage(line)


def _plan(folder: Path, day: ShopPlan, sensors: tuple[SensorPlan, ...], open_page: bool = False) -> Plan:
    opens, closes = (one.isoformat(timespec="minutes") for one in (day.opens, day.closes))
    return Plan(
        folder=folder,
        site=Site(TENANT, SITE, time_zone=day.time_zone, opens=opens, closes=closes),
        sensors=sensors,
        speed=0.0,
        http_port=free_port(),
        broker_port=free_port(),
        simulated=True,
        open_page=open_page,
    )
