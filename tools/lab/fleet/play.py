"""A run of the lab: all connect, an upgrade meets units that fail, a site goes down and a unit goes deaf."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import func, select

from collector import schema
from collector.folder import Collector
from collector.rollout.advance import CampaignState, UnitState
from collector.rollout.book import Campaigns
from collector.watch import watchman
from collector.watch.alerts import Alert
from collector.watch.book import Book
from tools.errors import ToolError
from tools.lab.fleet.home import Home, newer
from tools.lab.fleet.scene import SITE, Roles, Scene
from tools.lab.fleet.troupe import Troupe
from tools.simulate.fleet.run import TENANT

SETTLE_S = 7 * 60  # the collector's grace after its start, and a look
MINUTE_S = 61.0  # by hand: no task of the keeper is due a moment later
GIVE_UP_S = 40 * 60
WAIT_S = 30.0  # by hand, for one minute to be over
OUTAGE_S_MAX, DEAF_S_MAX = 11 * 60, 15 * 60

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was seen. Seconds by the lab's clock, from the event itself; None = it was not noticed."""

    sensors: int
    by_hand: bool
    outage_units: int
    alerts_for_outage: int
    outage_noticed_s: float | None
    deaf_noticed_s: float | None
    other_alerts: int
    campaign_state: str
    campaign_says: str
    units_touched: int
    units_failed: int
    canary: int
    fleet_list_ms_p50: float
    fleet_list_ms_p95: float
    fleet_page_ms_p50: float
    fleet_page_ms_p95: float
    fleet_cli_ms_p50: float
    fleet_cli_ms_p95: float
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether everything but how quick the list is came out as promised; that is the machine's, too."""
        return (
            self.alerts_for_outage == 1
            and self.outage_noticed_s is not None
            and self.outage_noticed_s <= OUTAGE_S_MAX
            and self.deaf_noticed_s is not None
            and self.deaf_noticed_s <= DEAF_S_MAX
            and self.other_alerts == 0
            and self.campaign_state == CampaignState.STOPPED
            and self.units_touched <= self.canary
        )

    def figures(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self) | {"ok": self.ok}


class Lab:
    """One run, while its stage is open."""

    def __init__(self, home: Home, scene: Scene, opened: Collector, troupe: Troupe, say: Say) -> None:
        self._home, self._scene, self._opened, self._troupe, self._say = home, scene, opened, troupe, say
        self._engine = opened.registry.engine

    def until(self, over: Callable[[], bool], says: str) -> None:
        """Let time pass until something is so, or has not come to be for long."""
        began_ms = self._home.clock.now_ms()
        while not over() and self._home.clock.now_ms() - began_ms < GIVE_UP_S * 1000:
            self._say(says)
            self._minute() if self._scene.by_hand else time.sleep(1.0)

    def settle(self) -> None:
        """The collector's grace passes."""
        began_ms = self._home.clock.now_ms()
        self.until(
            lambda: self._home.clock.now_ms() - began_ms >= SETTLE_S * 1000, "the collector's grace after its start"
        )

    def upgrade(self) -> int:
        """Begin a campaign of a newer package by the API, as it was planned, and wait for its end; its number."""
        name = f"footfall-sensor-{newer()}-r1.ipk"
        stages = f"{self._scene.canary},100%"
        body: dict[str, object] = {"package": name, "url": f"{self._home.url}/image", "stages": stages}
        body |= {"stop_at": self._scene.stop_at, "at_once": 1000, "why": "lab"}
        planned = self._home.ask("/api/fleet/campaigns/packages", body | {"dry": True}).json()
        begun = self._home.ask("/api/fleet/campaigns/packages", body).json()
        if planned["stages"] != begun["stages"]:
            raise ToolError("the dry run planned another campaign than the one that began")
        number = int(begun["campaign"])
        book = Campaigns(self._engine)
        self.until(lambda: book.one(number)[0].course.state is not CampaignState.RUNNING, "an upgrade goes out")
        return number

    def bad_day(self, roles: Roles) -> int:
        """A site goes down, a unit goes deaf; until both are noticed. When that was, UTC ms."""
        began_ms = self._home.clock.now_ms()
        self._troupe.tell("deaf", roles.deaf)
        if self._scene.by_hand:  # as words of a site are spread over the minute: some had their last one before a look
            self._troupe.tell("away", roles.away[: len(roles.away) // 3])
            self._minute()
        self._troupe.tell("away", roles.away)
        self.until(lambda: self._noticed(began_ms, roles), "a site is down, a unit is deaf")
        return began_ms

    def alerts(self, since_ms: int) -> list[Alert]:
        """Those that were raised since."""
        return [one for one in Book(self._engine).recent(since_ms) if one.raised_ms >= since_ms]

    def _noticed(self, began_ms: int, roles: Roles) -> bool:
        found = {(one.cause.site, one.cause.sensor) for one in self.alerts(began_ms)}
        return (SITE, "") in found and all(any(name == sensor for _, sensor in found) for name in roles.deaf)

    def _minute(self) -> None:
        """Everybody says how it is, that has come in, a minute passes, and the collector has looked at it."""
        said_ms = self._home.clock.now_ms()
        there = self._troupe.tell("say")["there"]
        self._wait(lambda: self._heard(said_ms) >= there, "the words of all sensors")
        self._home.clock.forward(MINUTE_S)
        now_ms, looked = self._home.clock.now_ms(), self._home.clock.file.with_suffix(".looked")
        self._wait(lambda: looked.exists() and int(looked.read_text() or 0) >= now_ms - 1000, "the collector's look")
        self._wait(lambda: self._troupe.tell("count")["orders"] >= self._told(), "orders")

    def _wait(self, over: Callable[[], bool], what: str) -> None:
        give_up_s = time.monotonic() + WAIT_S
        while not over():
            if time.monotonic() > give_up_s:
                raise ToolError(
                    f"{what} did not come within {WAIT_S:.0f} s; this machine is too busy, or a part has died"
                )
            time.sleep(0.02)

    def _heard(self, since_ms: int) -> int:
        table = schema.reports
        with self._engine.begin() as connection:
            return connection.scalar(select(func.count()).where(table.c.received_ms >= since_ms)) or 0

    def _told(self) -> int:
        with self._engine.begin() as connection:
            return connection.scalar(select(func.count()).where(schema.campaign_units.c.told_ms > 0)) or 0


def run(folder: Path, scene: Scene, say: Say) -> Outcome:
    """Play it all in this folder, which must be empty. Raises ToolError."""
    began_s = time.monotonic()
    say(f"making keys and certificates of {scene.sensors:,} sensors")
    with Home(folder, scene) as home:
        roles = scene.roles([one.name for one in home.members])
        opened = home.opened()
        try:
            home.arrange(opened, roles)
            child = home.serve()
            with Troupe(scene, roles, home.lines_to, TENANT, home.members, home.clock.file) as troupe:
                say("connecting")
                troupe.wait_ready()
                lab = Lab(home, scene, opened, troupe, say)
                lab.settle()
                number = lab.upgrade()
                day_ms = lab.bad_day(roles)
                outcome = _outcome(lab, home, opened, scene, roles, number, day_ms, began_s)
            child.stop()
        finally:
            opened.close()
    return outcome


def _outcome(
    lab: Lab, home: Home, opened: Collector, scene: Scene, roles: Roles, number: int, day_ms: int, began_s: float
) -> Outcome:
    campaign, units = Campaigns(opened.registry.engine).one(number)
    alerts = lab.alerts(0)
    of_outage = [one for one in alerts if one.cause.site == SITE or one.cause.sensor in roles.away]
    of_deaf = [one for one in alerts if one.cause.sensor in roles.deaf and one.cause.state == "deaf"]
    listed = _times(scene.looks, lambda: home.ask("/api/fleet/sensors"))
    page = _times(scene.looks, lambda: home.ask("/fleet"))
    local = _times(scene.looks, lambda: watchman.roll(opened, home.clock.now_ms()))
    return Outcome(
        sensors=scene.sensors,
        by_hand=scene.by_hand,
        outage_units=len(roles.away),
        alerts_for_outage=len(of_outage),
        outage_noticed_s=min(((one.raised_ms - day_ms) / 1000 for one in of_outage), default=None),
        deaf_noticed_s=min(((one.raised_ms - day_ms) / 1000 for one in of_deaf), default=None),
        other_alerts=len(alerts) - len(of_outage) - len(of_deaf),
        campaign_state=str(campaign.course.state),
        campaign_says=campaign.course.says,
        units_touched=sum(unit.told_ms > 0 for unit in units),
        units_failed=sum(unit.state is UnitState.FAILED for unit in units),
        canary=sum(unit.stage == 0 for unit in units),
        fleet_list_ms_p50=listed[0],
        fleet_list_ms_p95=listed[1],
        fleet_page_ms_p50=page[0],
        fleet_page_ms_p95=page[1],
        fleet_cli_ms_p50=local[0],
        fleet_cli_ms_p95=local[1],
        seconds=round(time.monotonic() - began_s, 1),
    )


def _times(looks: int, do: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds, median and 95th percentile, of so many looks one after the other."""
    took = []
    for _ in range(looks):
        began_s = time.perf_counter()
        do()
        took.append(1000 * (time.perf_counter() - began_s))
    cuts = statistics.quantiles(took, n=20)
    return round(statistics.median(took), 1), round(cuts[-1], 1)
