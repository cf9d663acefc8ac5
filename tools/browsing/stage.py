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

import paho.mqtt.publish

from collector import clock, schema
from collector.database import writing
from collector.notice.details import Notices
from collector.people import passwords, sessions
from collector.people.user import EVERYWHERE, Role
from collector.registry import Site

from ..errors import ToolError
from ..run.broker import free_port
from ..run.line import TENANT, Line, Plan, SensorPlan
from ..simulate import files
from ..simulate.shop import ShopPlan, simulate

SITE, SENSOR = "shop", "door"
# Four hours with enough people that hours are shown; a few seconds to fill.
SMALL = ShopPlan(visitors=220, passers_by=700, sensors=2, opens=time(10), closes=time(14), margin_min=30)
DAY = ShopPlan(visitors=1000, passers_by=6000)  # what `footfall run` plays
PASSWORD = "three blue lamps burn"  # noqa: S105 - of made-up people on a made-up collector
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
        line.start_sensors()
        _noise(line)
        give_up_s = monotonic() + SETTLE_S
        while any(child.exit_code is None for child in line.sensors):
            if monotonic() > give_up_s:
                raise ToolError(f"the simulated day was not played within {SETTLE_S:.0f} s")
            sleep(0.1)
        _people(line)
        _notice(line)


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


def _noise(line: Line) -> None:
    """A message that is none: the collector refuses it and keeps it for the operator to look at."""
    topic = f"footfall/1/{TENANT}/{SENSOR}/batch"
    plan = line.plan
    paho.mqtt.publish.single(topic, b"no batch of ours", qos=1, hostname=plan.broker_host, port=plan.broker_port)


def _notice(line: Line) -> None:
    """What stands on the sign at the door."""
    details = {"controller": "A shop", "contact": "at the till", "purposes": "opening hours", "retention": "13 months"}
    Notices(line.open().registry.engine).put(TENANT, "", details, "cli:stage", clock.now_ms())


def _people(line: Line) -> None:
    """One of each role who sees everything, all with PASSWORD."""
    kept, now_ms = passwords.hashed(PASSWORD), clock.now_ms()
    with writing(line.open().registry.engine).begin() as connection:
        for role in Role:
            row = {"name": str(role), "role": str(role), "sites": EVERYWHERE.encoded(), "password_hash": kept}
            made = schema.users.insert().values(**row, made_ms=now_ms, disabled=False, must_change=False)
            connection.execute(made)
