"""How the whole line grows: simulated fleets of growing size to one and two collector processes, and where it bends.

All of them in the busiest hour, without failures, a batch each in every window. The sensors share the machine with
broker and collectors; what each spends is told apart.
"""

import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bench.fleet_cli import SECONDS, SIZES
from tools.bench.measure import Tick
from tools.bench.result import Group, Line, Target, rounded
from tools.errors import ToolError
from tools.load.stage import Stage
from tools.simulate.fleet import run
from tools.simulate.fleet.outcome import Outcome
from tools.simulate.fleet.plan import NO_FAILURES, FleetPlan

COLLECTORS = (1, 2)
BUSIEST_HOUR = 17
LAG_S_MAX = 2.0  # the promise for 2,500 sensors; beyond it the curve has bent
KEPT_SHARE_MIN = 0.95  # of what is offered, taken while it is offered; below it the curve has bent
HARD_WINDOW_S = 10.0  # of the last point, where the curve has not bent before: three times as much from each sensor
HARD_SECONDS = 15.0
LAST_S = 120.0  # that one point takes at most

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Point:
    """One fleet on so many collectors."""

    found: Outcome
    plan: FleetPlan

    @property
    def name(self) -> str:
        """For people."""
        return _name(self.plan, _of(self))

    @property
    def offered_per_s(self) -> float:
        """Sightings that the sensors emitted in each second in which they did."""
        return self.found.account.sent / self.plan.seconds

    @property
    def kept_share(self) -> float:
        """Of the rate that was offered: what was stored a second, up to the last answer."""
        return min(1.0, self.found.sightings_per_s / self.offered_per_s)

    @property
    def cores(self) -> float:
        """That all collector processes took together."""
        return (self.found.cost.collector_cpu_s or 0.0) / self.found.cost.seconds

    @property
    def busy_share(self) -> float:
        """Of all cores of the machine: collectors, broker and sensors."""
        cost = self.found.cost
        spent_s = (cost.collector_cpu_s or 0.0) + (cost.broker_cpu_s or 0.0) + cost.sensors_cpu_s
        return spent_s / cost.seconds / (os.cpu_count() or 1)

    @property
    def bent(self) -> str:
        """Why this point is beyond the bend; empty where it is not."""
        lag_s = self.found.lag.quantile(0.99)
        if lag_s is None or lag_s > LAG_S_MAX:
            return f"p99 {lag_s or float('inf'):.1f} s is over {LAG_S_MAX:.0f} s"
        # The tail after the last window is one answer long: it must not count as falling behind.
        behind = self.found.cost.seconds - self.plan.seconds - LAG_S_MAX
        if self.kept_share < KEPT_SHARE_MIN and behind > 0:
            return f"{self.kept_share:.0%} of what was offered was stored meanwhile"
        return ""

    def figures(self) -> dict[str, object]:
        """For JSON."""
        told = {name: value for name, value in self.found.figures().items() if not name.startswith("delayed")}
        own = rounded(
            {
                "offered_per_s": self.offered_per_s,
                "collector_cores": self.cores,
                "machine_busy_share": self.busy_share,
                "bent": self.bent,
            }
        )
        return told | own


@dataclass(frozen=True, slots=True)
class FleetResult:
    """All points, in their order."""

    points: tuple[Point, ...]
    left_out: tuple[str, ...] = ()  # for want of time
    failed: tuple[str, ...] = ()  # and why

    def figures(self) -> Mapping[str, object]:
        """See result.Result; `points` holds the curve."""
        bends = {f"bend_collectors_{number}": self.bend(number) for number in sorted({_of(one) for one in self.points})}
        return {
            "points": [one.figures() for one in self.points],
            "left_out": list(self.left_out),
            "failed": list(self.failed),
            "lost": self._lost,
            **bends,
            "ok": int(self._ok),
        }

    def groups(self) -> tuple[Group, ...]:
        """See result.Result."""
        rows: tuple[tuple[str, Callable[[Point], float]], ...] = (
            ("sightings a second stored", lambda one: one.found.sightings_per_s),
            ("s from sent to the collector's word, median", lambda one: one.found.lag.quantile(0.5) or 0.0),
            ("s from sent to the collector's word, p99", lambda one: one.found.lag.quantile(0.99) or 0.0),
            ("collector CPU s a million sightings", lambda one: _a_million(one, one.found.cost.collector_cpu_s)),
            ("broker CPU s a million sightings", lambda one: _a_million(one, one.found.cost.broker_cpu_s)),
            ("MiB of all collector processes", lambda one: one.found.cost.rss_mib or 0.0),
            ("MiB of the broker", lambda one: one.found.cost.broker_rss_mib or 0.0),
            ("share of the machine that is busy", lambda one: one.busy_share),
            ("s until all were connected and keyed", lambda one: one.found.connect_s),
        )
        return tuple(Group(unit, tuple(Line(one.name, of(one)) for one in self.points)) for unit, of in rows)

    def targets(self) -> tuple[Target, ...]:
        """See result.Result."""
        lags = [one.found.lag.quantile(0.99) for one in self.points if one.plan.sensors == 2500]
        return (
            Target("sightings lost or doubled, at most 0", float(self._lost), 0, at_most=True),
            *(
                Target("s to the word, p99, 2,500 sensors, at most 2", lag_s, LAG_S_MAX, at_most=True, is_time=True)
                for lag_s in lags
                if lag_s is not None
            ),
        )

    def notes(self) -> tuple[str, ...]:
        """See result.Result."""
        bends = tuple(
            f"{number} collector(s): {self.bend(number)}." for number in sorted({_of(one) for one in self.points})
        )
        return (
            "simulated sensors, a connection each by mutual TLS, in the busiest hour: "
            f"{self.points[0].plan.sightings} sightings in each window in the mean. Sensors, broker and collectors "
            "share the machine.",
            *bends,
            *(f"left out for want of time: {name}." for name in self.left_out),
            *(f"failed: {said}." for said in self.failed),
        )

    def bend(self, collectors: int) -> str:
        """Where the curve of so many collectors bends, as a sentence; with what one core would carry."""
        line = [one for one in self.points if _of(one) == collectors]
        straight = [one for one in line if not one.bent]
        by_core = (
            f"; {straight[-1].found.sightings_per_s / straight[-1].cores:,.0f} sightings a second a collector core"
            if (straight and straight[-1].cores)
            else ""
        )
        for one in line:
            if one.bent:
                return f"bends at {one.name} ({one.bent}, {one.busy_share:.0%} of the machine busy){by_core}"
        return f"no bend up to {line[-1].name} ({line[-1].busy_share:.0%} of the machine busy){by_core}"

    @property
    def _lost(self) -> int:
        return sum(one.found.account.lost + one.found.account.doubled for one in self.points)

    @property
    def _ok(self) -> bool:
        return not self.failed and all(one.found.ok for one in self.points)


def plans(sizes: Sequence[int], seconds: float, sightings: int) -> list[FleetPlan]:
    """A plan for each size."""
    return [_plan(size, seconds, sightings) for size in sizes]


def _plan(size: int, seconds: float, sightings: int, window_s: float = 30.0) -> FleetPlan:
    return FleetPlan(size, seconds, sightings, window_s, hour=BUSIEST_HOUR, failures=NO_FAILURES)


def measure(
    tick: Tick,
    say: Say,
    sizes: Sequence[int] = SIZES,
    collectors: Sequence[int] = COLLECTORS,
    seconds: float = SECONDS,
    sightings: int = 200,
    *,
    hard: bool = True,
    limit_s: float = float("inf"),
) -> FleetResult:
    """Run all of them, one after the other, in a temporary folder of the working directory's disk.

    A point that fails is named and the others go on; an interrupt ends it with those that are there. Raises ToolError
    where there is none.
    hard: where a curve has not bent, its largest fleet once more with shorter windows; limit_s: of all points together.
    """
    curve = _Curve(say, tick, time.monotonic() + limit_s - LAST_S)
    with tempfile.TemporaryDirectory(prefix="footfall-bench-", dir=Path.cwd()) as name:
        say(f"making keys and certificates of {max(sizes):,} sensors")
        with Stage(Path(name), max(sizes)) as stage:
            try:
                for count in collectors:
                    for plan in plans(sizes, seconds, sightings):
                        curve.take(stage, plan, count)
                for count in collectors if hard else ():  # at the end: the least that may be missed
                    if not any(one.bent for one in curve.points if _of(one) == count):
                        curve.take(stage, _plan(max(sizes), HARD_SECONDS, sightings, HARD_WINDOW_S), count)
            except KeyboardInterrupt:
                if not curve.points:
                    raise
                curve.failed.append("interrupted: what comes after the last point was not measured")
    if not curve.points:
        raise ToolError("; ".join(curve.failed) or "no point could begin in time; give more --limit-min")
    return FleetResult(tuple(curve.points), tuple(curve.left_out), tuple(curve.failed))


class _Curve:
    """Points as they are measured; one that fails is named, and the others go on."""

    def __init__(self, say: Say, tick: Tick, last_s: float) -> None:
        """last_s: when the last point may begin."""
        self.points: list[Point] = []
        self.left_out: list[str] = []
        self.failed: list[str] = []
        self._say, self._tick, self._last_s = say, tick, last_s

    def take(self, stage: Stage, plan: FleetPlan, count: int) -> None:
        """Measure a point, where there is time for it."""
        name = _name(plan, count)
        if time.monotonic() > self._last_s:
            self.left_out.append(name)
            return
        try:
            self.points.append(_point(stage, plan, count, self._say))
        except ToolError as exc:
            self.failed.append(f"{name}: {exc}")
            return
        self._tick()


def _point(stage: Stage, plan: FleetPlan, count: int, say: Say) -> Point:
    name = f"{plan.sensors}-{plan.window_s:.0f}-{count}"
    prefix = f"{plan.sensors:,} sensors, {count} collector(s): "
    return Point(run.on_stage(stage, plan, count, lambda says: say(prefix + says), name), plan)


def _name(plan: FleetPlan, collectors: int) -> str:
    hard = "" if plan.window_s >= 30 else f", windows of {plan.window_s:.0f} s"
    return f"{plan.sensors:,} sensors{hard}, {collectors} collector(s)"


def _of(point: Point) -> int:
    assert point.found.collectors is not None
    return point.found.collectors


def _a_million(point: Point, cost_s: float | None) -> float:
    return (cost_s or 0.0) / max(point.found.account.committed, 1) * 1e6
