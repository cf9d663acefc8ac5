"""What the curve of fleets found: its points, and where it bends."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tools.bench.result import Group, Line, Target, rounded
from tools.simulate.fleet.outcome import Outcome
from tools.simulate.fleet.plan import FleetPlan

LAG_S_MAX = 2.0  # the promise for 2,500 sensors; beyond it the curve has bent
KEPT_SHARE_MIN = 0.95  # of what is offered, taken while it is offered; below it the curve has bent


@dataclass(frozen=True, slots=True)
class Point:
    """One fleet on so many collectors."""

    found: Outcome
    plan: FleetPlan

    @property
    def name(self) -> str:
        """For people."""
        return name_of(self.plan, self.collectors)

    @property
    def collectors(self) -> int:
        """Processes."""
        assert self.found.collectors is not None
        return self.found.collectors

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
        bends = {
            f"bend_collectors_{number}": self.bend(number) for number in sorted({one.collectors for one in self.points})
        }
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
            f"{number} collector(s): {self.bend(number)}." for number in sorted({one.collectors for one in self.points})
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
        line = [one for one in self.points if one.collectors == collectors]
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


def name_of(plan: FleetPlan, collectors: int) -> str:
    """Of a point, for people."""
    hard = "" if plan.window_s >= 30 else f", windows of {plan.window_s:.0f} s"
    return f"{plan.sensors:,} sensors{hard}, {collectors} collector(s)"


def _a_million(point: Point, cost_s: float | None) -> float:
    return (cost_s or 0.0) / max(point.found.account.committed, 1) * 1e6
