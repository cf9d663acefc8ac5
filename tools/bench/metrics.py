"""What a report costs from stored visits, whether both engines say the same, and what the differencing attack gets."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from collector import calendar
from collector.answers import query
from collector.answers.question import Question
from collector.folder import Collector
from collector.metrics import metrics
from collector.reporting import report
from collector.spark import session
from collector.storage import engines
from collector.suppression import Row

from . import attack, site_days
from .catalogue import PAIRS_A_TICK
from .measure import Tick
from .result import Figure, Group, Line, Target, rounded

REPORT_MS_MAX = 300.0
UNGUARDED_PAIRS = 1000
ATTACKED = site_days.Size(visits=300, passers_by=300, unlinked=400)  # quiet: on busy days no group is small
ATTACKED_DAYS = 3


@dataclass(frozen=True, slots=True)
class MetricsResult:
    """See figures."""

    size: site_days.Size
    report_ms: float
    cold_ms: float
    metrics: int
    spark_says: str  # why Spark was not asked; "" = it was
    different: tuple[str, ...]  # metrics of which the engines say different things
    guarded: attack.Attack
    unguarded: attack.Attack

    def figures(self) -> dict[str, Figure]:
        """See result.Result. engines_equal: true, false, or why Spark could not be asked."""
        equal: Figure = self.spark_says or not self.different
        return rounded(
            {
                "report_ms": self.report_ms,
                "report_cold_ms": self.cold_ms,
                "engines_equal": equal,
                "metrics": self.metrics,
                "visits": self.size.visits,
                "stays": self.size.visits + self.size.passers_by + self.size.unlinked,
                "attack_pairs": self.guarded.pairs,
                "attack_recoveries": self.guarded.recoveries,
                "attack_refused": self.guarded.refused,
                "unguarded_pairs": self.unguarded.pairs,
                "unguarded_recoveries": self.unguarded.recoveries,
            }
        )

    def groups(self) -> Sequence[Group]:
        """See result.Result."""
        return (
            Group(
                "ms a report of a site-day",
                (Line("all metrics, warm", self.report_ms), Line("the first of a process", self.cold_ms)),
            ),
        )

    def targets(self) -> Sequence[Target]:
        """See result.Result."""
        return (
            Target(
                "the whole report of a site-day under 300 ms", self.report_ms, REPORT_MS_MAX, at_most=True, is_time=True
            ),
            Target("metrics on which the engines disagree", float(len(self.different)), 0, at_most=True),
            Target(
                f"groups recovered by {self.guarded.pairs:,} pairs", float(self.guarded.recoveries), 0, at_most=True
            ),
        )

    def notes(self) -> Sequence[str]:
        """See result.Result."""
        engine = self.spark_says or f"{self.metrics} metrics compared on DuckDB and Spark, whole results"
        wrong = f"; different: {', '.join(self.different)}" if self.different else ""
        return (
            f"simulated day: {self.size.visits:,} visits, {self.size.passers_by:,} passers-by, "
            f"{self.size.unlinked:,} addresses outside the panel, two sites, three zones",
            engine + wrong,
            f"the attack solves for every withheld group; {self.guarded.refused:,} of its pairs met the memory of "
            f"answers. Without it {self.unguarded.pairs:,} pairs gave {self.unguarded.recoveries:,} groups away",
            "values in the attack are counted from the groups that the metrics count, not printed by 20,000 reports",
        )


def measure(rounds: int, tick: Tick, pairs: int) -> MetricsResult:
    """Measure; `rounds` reports, and so many pairs of answers."""
    size = site_days.Size()
    with site_days.stored(1, size, seed=1) as collector:
        times_ms = [_report_ms(collector) for _ in range(rounds + 1)]
        tick()
        different = () if session.obstacle() else _different(collector)
        tick()
    guarded, unguarded = _attacks(pairs, tick)
    return MetricsResult(
        size=size,
        report_ms=median(times_ms[1:]),
        cold_ms=times_ms[0],
        metrics=len(metrics()),
        spark_says=session.obstacle(),
        different=different,
        guarded=guarded,
        unguarded=unguarded,
    )


def comparable(rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """Rows as they stand, in their order; numbers to 12 digits, because engines add up in different orders."""

    def near(value: float | None) -> object:
        return None if value is None else f"{value:.12g}" if math.isfinite(value) else str(value)

    return [
        (row.series, row.cell, near(row.value), row.group_size, near(row.of), near(row.low), near(row.high))
        for row in rows
    ]


def _report_ms(collector: Collector) -> float:
    begun_s = time.perf_counter()
    report.build(collector.store, collector.registry, site_days.TENANT, site_days.SITE, None, 0)
    return (time.perf_counter() - begun_s) * 1000


def _question(collector: Collector, days: int) -> Question:
    first = calendar.day_named(site_days.FIRST_DAY, "UTC", 4)
    registry = collector.registry
    return Question(
        registry.tenant(site_days.TENANT),
        registry.site(site_days.TENANT, site_days.SITE),
        len(site_days.SENSORS),
        calendar.Span("", first.start_ms, first.start_ms + days * 24 * calendar.HOUR_MS),
        sites=tuple(registry.sites(site_days.TENANT)),
        zones=collector.store.zones.of(site_days.TENANT, site_days.SITE),
    )


def _different(collector: Collector) -> tuple[str, ...]:
    """Names of metrics of which the engines do not give the same rows."""
    rows: list[Mapping[str, object]] = []
    for engine in engines.NAMES:
        with query.Answers(collector.store, _question(collector, 1), engine) as answers:
            rows.append({one.name: comparable(answers.rows(one)) for one in metrics()})
    duck, spark = rows
    return tuple(name for name in duck if duck[name] != spark[name])


def _attacks(pairs: int, tick: Tick) -> tuple[attack.Attack, attack.Attack]:
    with site_days.stored(ATTACKED_DAYS, ATTACKED, seed=2) as collector:
        asked = _question(collector, ATTACKED_DAYS)
        with query.Answers(collector.store, asked) as answers:
            groups = answers.groups()
    first_ms, hours = asked.span.start_ms, ATTACKED_DAYS * 24
    parts = []
    for number, begun in enumerate(range(0, pairs, PAIRS_A_TICK)):
        parts.append(attack.run(groups, first_ms, hours, min(PAIRS_A_TICK, pairs - begun), seed=number))
        tick()
    whole = attack.Attack(*(sum(getattr(part, name) for part in parts) for name in ("pairs", "recoveries", "refused")))
    return whole, attack.run(groups, first_ms, hours, min(pairs, UNGUARDED_PAIRS), seed=0, guarded=False)
