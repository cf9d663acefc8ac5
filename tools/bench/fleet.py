"""How the whole line grows: simulated fleets of growing size to one and two collector processes, and where it bends.

All of them in the busiest hour, without failures, a batch each in every window. The sensors share the machine with
broker and collectors; what each spends is told apart.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.bench.fleet_cli import SECONDS, SIZES
from tools.bench.fleet_result import FleetResult, Point, name_of
from tools.bench.measure import Tick
from tools.errors import ToolError
from tools.load.stage import Stage
from tools.simulate.fleet import run
from tools.simulate.fleet.plan import NO_FAILURES, FleetPlan

COLLECTORS = (1, 2)
BUSIEST_HOUR = 17
HARD_WINDOW_S = 10.0  # of the last point, where the curve has not bent before: three times as much from each sensor
HARD_SECONDS = 15.0
LAST_S = 120.0  # that one point takes at most

Say = Callable[[str], None]


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
                    if not any(one.bent for one in curve.points if one.collectors == count):
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
        name = name_of(plan, count)
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
