"""What is kept of the known week: every row of every metric, of some questions about it."""

import math
from collections.abc import Collection, Sequence
from dataclasses import astuple
from pathlib import Path

import edges
import pyarrow as pa
import week
from shop import SITE, TENANT, SmallShop

from collector import calendar
from collector.answers.query import Answers
from collector.answers.question import EXPORT, LEVELS, PAGE, PRESENT, Question
from collector.metrics import ORDER, Metric, metric
from collector.overview import hours
from collector.reporting.sales import Transactions
from collector.stays import fold
from collector.storage.store import OPEN_STAYS, STAYS, STEPS

GROUPS, FLOW_HOURS, SITE_HOURS = "groups", "flow_hours", "site_hours"  # no metrics, and kept with them
NAMES = (*ORDER, GROUPS, FLOW_HOURS, SITE_HOURS)

DAY_MS = 90_000_000  # the longest, of 25 hours
_TIMES = ("start_ms", "end_ms", "inside_start_ms", "inside_end_ms")
_STAYS = (
    *(f"{name} - {week.on(week.SATURDAY, '04:00')}" for name in _TIMES),
    *("frames", "rssi_max_dbm", "token * frames", "CAST(randomised AS INTEGER)", "CAST(associated AS INTEGER)"),
    *("bit_count(hours)", "hours % 1021", "bit_count(inside_slots)", "inside_slots % 1021", "model_class"),
)
FOLDED = {STAYS: _STAYS, OPEN_STAYS: _STAYS, STEPS: ("last_ms - first_ms", "token % 1021", "rssi_max_dbm")}

Said = list[object]
Asked = tuple[SmallShop, Question]


def worlds(folder: Path) -> dict[str, Asked]:
    """The week, folded, and what is asked of it: a question by its name."""
    shop = week.week(folder, edges.seen(), edges.late())
    ends = between(week.THURSDAY, week.SUNDAY, "20:20")
    opened = between(week.FRIDAY, week.FRIDAY, week.OPENS, week.CLOSES)
    first = between(week.WEDNESDAY, week.THURSDAY, "12:00")
    return {
        "saturday": (shop, ask(shop, between(week.SATURDAY, week.SUNDAY, "04:00"))),
        "epochs": (shop, ask(shop, ends)),
        "evenings": (
            shop,
            ask(
                shop,
                between(week.WEDNESDAY, week.WEEK_AFTER, "15:00", "23:00"),
                hours=("17:30", "01:30"),
                audience=EXPORT,
            ),
        ),
        "ended": (shop, ask(shop, between(week.WEDNESDAY, week.THURSDAY, "05:59:30"), sensors=2)),
        "friday": (shop, ask(shop, opened, **estimates(opened))),
        "sunday": (shop, ask(shop, between(week.SUNDAY, week.SUNDAY, "15:00", "03:59"))),
        "closed": (shop, ask(shop, between(week.THURSDAY, week.THURSDAY, "04:00", "15:55"))),
        "quiet": (shop, ask(shop, between(week.THURSDAY, week.THURSDAY, "21:30", "21:40"))),
        "kiosk": (shop, ask(shop, ends, week.KIOSK)),
        "begun": (shop, ask(shop, first, week.KIOSK, hours=("09:00", "23:59"))),
        "bar": (shop, ask(shop, between(week.THURSDAY, week.THURSDAY, "14:00", "18:00"), week.BAR)),
    }


def between(first: str, last: str, clock: str, until: str = "") -> calendar.Span:
    """From a business day to another one, by the shop's clock."""
    return calendar.Span("", week.on(first, clock), week.on(last, until or clock))


def ask(shop: SmallShop, span: calendar.Span, site: str = SITE, sensors: int = 0, **more: object) -> Question:
    """A question about a site of the week."""
    registry, store = shop.collector.registry, shop.collector.store
    return Question(
        registry.tenant(TENANT),
        registry.site(TENANT, site),
        sensors or sum(of == site for of in week.SENSORS.values()),
        span,
        sites=tuple(registry.sites(TENANT)),
        zones=store.zones.of(TENANT, site),
        transactions=Transactions(registry.engine).of(TENANT, site, span),
        **more,  # type: ignore[arg-type]
    )


def estimates(span: calendar.Span) -> dict[str, pa.Table]:
    """People present as somebody estimated them."""
    people = {"start_ms": span.start_ms, "people": 30.5, "low": 20.0, "high": 45.0}
    levels = [{"site": SITE, "part": part, "end_ms": span.end_ms, **people} for part in ("inside", "outside")]
    present = [{"series": "hour", "cell": str(hour), "peak": 33.5, **people} for hour in (16, 17)]
    return {
        "levels": pa.Table.from_pylist(levels, schema=LEVELS),
        "present": pa.Table.from_pylist(present, schema=PRESENT),
    }


def said(asked: Asked, names: Collection[str] = NAMES) -> dict[str, list[Said]]:
    """Rows by name: of a metric (series, cell, value, group, of, low, high), of the others what they have."""
    shop, question = asked
    found: dict[str, list[Said]] = {}
    if set(names) - {SITE_HOURS}:
        with Answers(shop.collector.store, question) as answers:
            found |= {name: rows(answers, metric(name)) for name in ORDER if name in names}
            if FLOW_HOURS in names:
                stays, by_hour = answers.flow_input()
                hours_of = (["", "hour", *astuple(hour)] for hour in by_hour)
                found[FLOW_HOURS] = [["", "stays", len(stays.span_s)], *hours_of]
            if GROUPS in names:
                found[GROUPS] = groups(answers, question)
    if SITE_HOURS in names and question.span.end_ms - question.span.start_ms > DAY_MS and question.hours is None:
        found[SITE_HOURS] = overview(shop, question)
    return found


def rows(answers: Answers, metric: Metric) -> list[Said]:
    """A metric's rows as computed: small groups and all."""
    return [
        [row.series, row.cell, row.value, row.group_size, row.of, row.low, row.high] for row in answers.rows(metric)
    ]


def same(found: Sequence[Said], kept: Sequence[Said]) -> bool:
    """Whether rows are these: names, gaps and counts exactly, the rest to eight digits."""
    return len(found) == len(kept) and all(
        len(one) == len(other) and all(map(_same, one, other)) for one, other in zip(found, kept, strict=True)
    )


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-8, abs_tol=1e-12)
    return one == other


def folded(shop: SmallShop, day: str) -> list[Said]:
    """What the fold has made of a day: (site, kind, rows, and of each column its sum); of places in bits, how many."""
    store = shop.collector.store
    with fold.engine() as connection:
        found: list[Said] = []
        for kind, columns in FOLDED.items():
            store.read(connection, store.manifest.files(TENANT, kind, [day])).create_view(kind)
            sums = ", ".join(f"CAST(sum({column}) AS BIGINT)" for column in columns)
            sql = f"SELECT site, '{kind}', count(*), {sums} FROM {kind} GROUP BY site ORDER BY site"
            found += map(list, connection.execute(sql).fetchall())
    return found


def groups(answers: Answers, question: Question) -> list[Said]:
    """Of each group (metric, cell, entries, people, seconds since the question's begin, added up)."""
    found = answers.groups()
    return [
        [
            *cell,
            len(tokens),
            len(set(tokens.tolist())),
            int((found.start_ms[cell] - question.span.start_ms).sum()) / 1000,
        ]
        for cell, tokens in found.tokens.items()
    ]


def overview(shop: SmallShop, question: Question) -> list[Said]:
    """The hours of all sites (site, hour, visitors, passers-by, heard ms), as they are let out."""
    told = hours.asked(shop.collector.store, question.tenant, question.sites, question.span, PAGE)
    return [
        [site, hour.name, *(hour.cells[name].value for name in hours.COUNTED), hour.heard_ms]
        for site, some in told.items()
        for hour in some
    ]
