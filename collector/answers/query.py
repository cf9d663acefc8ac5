"""The query layer: a question about a site and a time becomes released numbers. The only way to a number.

It gives each metric's SQL the same few tables, already cut to the question, on either engine:

visits       stays of the site that begin in the time asked for (metrics/asked_visits.sql), with day and epoch
history      its visits of the epochs touched, numbered (metrics/history.sql)
elsewhere    visits at other sites, by those who visited here and by others (metrics/elsewhere.sql)
dwells, told_visits, panel_tokens                          see their files
ways         which ways they took (metrics/ways.sql)
comers       its visitors, and how often they have come (metrics/comers.sql)
zone_stays   where in the site a visitor was (metrics/zone_stays.sql); zones (sensor, zone)
others       (site): the tenant's other sites
windows      of the site's sensors, each with its hour
present, transactions    see collector/answers/question.py
flowed                   estimates of all people (collector/answers/flowing.py)
crossed                  shares of visitors at other sites, mended (collector/answers/crossing.py)
hours        (name, start_ms, end_ms, hour_of_day, weekday): of the site's own time; weekday 0 is Monday
heard_hours  the same hours, with how many windows each has (metrics/heard_hours.sql)
opening      (start_ms, end_ms): when the site is open in the time asked for
asked        (start_ms, end_ms): the time asked for
place        a row: site, bounce_ms, engaged_ms, planned_ms (of all its sensors), sensors, minimum_group
"""

from collections.abc import Collection, Sequence
from functools import cache
from itertools import permutations
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from .. import calendar, flows
from ..errors import QueryError
from ..metrics import Metric, inputs, sql_text
from ..metrics import metric as catalogue
from ..premises import zones
from ..records.registry import Site, Tenant
from ..stays import fold
from ..stays.turn import STAYS_SCHEMA, not_counted
from ..storage import engines
from ..storage.desk import desk
from ..storage.engines import Engine
from ..storage.manifest import StoredFile
from ..storage.shelf import readable
from ..storage.store import OPEN_STAYS, STAYS, STEPS, VISITS, WINDOWS, ZONES, Store
from ..suppression import Cell, Row, release
from . import crossing, flowing, question
from .differencing import Groups
from .intervals import spread
from .question import Question
from .sums import without_rest

DAYS_SHOWN = 31  # of what was heard, where no time is named
# Tables of estimates, by the metrics that read them: made when one is asked for: they cost as much as the rest.
ESTIMATED = {"flow": "flowed", "conversion": "flowed", "intersections_estimate": "crossed"}
ENGAGED_S = 1200  # a visit of 20 minutes is an engaged one (design; Cloud4Wi "Behaviors")

VISITS_SCHEMA = pa.schema(
    [
        *(one for one in STAYS_SCHEMA if one.name not in ("day", "model_class", "hours", "inside_slots")),
        ("panel", pa.bool_()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("looks", pa.int32()),
        ("bursts", pa.int32()),
    ]
)
ELSEWHERE_SCHEMA = pa.schema(
    [
        ("site", pa.string()),
        ("token", pa.int64()),
        ("start_ms", pa.int64()),
        ("end_ms", pa.int64()),
        ("span_s", pa.float64()),
        ("looks", pa.int32()),
        ("here", pa.bool_()),
    ]
)
# Only devices of the panel that were heard inside can have made a visit: a small part of all that is heard.
OTHERS_STAYS = """
SELECT s.*
FROM all_stays AS s
JOIN place AS p ON p.site <> s.site
JOIN (
    SELECT DISTINCT site, token FROM all_stays WHERE inside_start_ms IS NOT NULL AND (associated OR NOT randomised)
) AS i ON i.site = s.site AND i.token = s.token
"""
READ = (WINDOWS, STAYS, OPEN_STAYS, VISITS, STEPS, ZONES)
MADE = (  # in this order, each from those before
    ("visits", "asked_visits"),
    ("windows", "asked_windows"),
    ("heard_hours", "heard_hours"),
    ("history", "history"),
    ("comers", "comers"),
    ("dwells", "dwells"),
    ("told_visits", "told_visits"),
    ("panel_tokens", "panel_tokens"),
    ("zone_stays", "zone_stays"),
)


def heard_span(store: Store, tenant: Tenant, site: Site) -> calendar.Span:
    """From the first window of a site's sensors to the end of the last, in the last DAYS_SHOWN days with any.

    Raises QueryError where there is none.
    """
    days = store.manifest.days(tenant.name, WINDOWS)[-DAYS_SHOWN:]
    by_day: dict[str, list[StoredFile]] = {day: [] for day in days}
    for file in store.manifest.files(tenant.name, WINDOWS, days):
        by_day[file.day].append(file)
    with desk(0) as connection:
        # Days follow each other: the first one with any has the first window, the last one the last.
        heard = cache(lambda day: _heard(store, connection, by_day[day], site))
        first = next(filter(None, map(heard, days)), None)
        if first is None:
            raise QueryError(f"nothing has been heard at '{site.name}' yet; is its sensor approved and connected?")
        last = next(filter(None, map(heard, reversed(days))))
    return calendar.Span("heard", first[0], last[1])


def _heard(
    store: Store, connection: duckdb.DuckDBPyConnection, files: Sequence[StoredFile], site: Site
) -> tuple[int, int] | None:
    """From the first window of a site in some files to the end of the last; None where there is none."""
    store.read(connection, files).create_view("windows")
    asked = "SELECT min(start_ms), max(start_ms + length_ms) FROM windows WHERE site = ?"
    start_ms, end_ms = connection.execute(asked, [site.name]).fetchall()[0]
    return None if start_ms is None else (start_ms, end_ms)


class Answers:
    """Answers metrics for one question; a context manager, because it holds an engine open.

    Raises QueryError where nothing was heard in its time. once: nothing but `groups` and `listened` is asked of it.
    Then visits are read from their files each time, and not kept beside them: of many large days they are many.
    """

    def __init__(self, store: Store, asked: Question, engine: str = engines.DUCKDB, *, once: bool = False) -> None:
        self.question = asked
        self._store = store
        self._once = once
        self._days = asked.days()
        self._files = self._listed()
        if not self._files[WINDOWS]:
            raise QueryError("nothing was heard in that time; choose another")
        self._engine_name = engine
        self._engine: Engine
        self._rows: dict[str, list[Row]] = {}  # as computed: some are asked for twice
        self._estimated: set[str] = set()  # tables of estimates that are there

    def __enter__(self) -> "Answers":
        rows = sum(file.rows for some in self._files.values() for file in some)
        self._engine = engines.open_engine(self._engine_name, self._store, rows)
        try:
            with readable():
                self._tables()
        except BaseException:
            self._engine.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    def cells(self, metrics: Sequence[Metric], refused: Collection[tuple[str, str]] = ()) -> dict[str, list[Cell]]:
        """The released cells of metrics that are shown together, by name.

        A sum is withheld with its parts: where the visitors are too few to show, the panel's size less the passers-by
        would give them away. refused: groups that earlier answers would make small (see differencing.py).
        """
        found = {metric.name: self._released(metric) for metric in metrics}
        for metric in metrics:
            if any(cell.suppressed for name in metric.withheld_with for cell in found.get(name, ())):
                found[metric.name] = [cell.withheld() for cell in found[metric.name]]
        for metric in metrics:
            found[metric.name] = [_beside(metric, cell, refused) for cell in found[metric.name]]
        return found

    def groups(self, names: Collection[str] = ()) -> Groups:
        """Who is in which cell, and when; names: of these metrics alone. Never shown."""
        sql = sql_text("groups")
        if names:
            listed = ", ".join(f"'{name}'" for name in sorted(names))
            sql = f"SELECT * FROM ({sql}) AS told WHERE metric IN ({listed})"  # noqa: S608 - names of our own files
        with readable():
            return Groups.of(self._engine.stream(sql))

    def listened(self) -> tuple[tuple[int, int], ...]:
        """When at least one sensor of the site listened, in the time of the question: begin and end, in order."""
        found = self._engine.table("SELECT start_ms, start_ms + length_ms AS end_ms FROM windows ORDER BY start_ms")
        if not found.num_rows:
            return ()
        start, end = (found[name].to_numpy() for name in ("start_ms", "end_ms"))
        until = np.maximum.accumulate(end)
        first = np.flatnonzero(np.r_[True, start[1:] > until[:-1]])
        last = np.r_[first[1:], len(start)] - 1
        return tuple(zip(start[first].tolist(), until[last].tolist(), strict=True))

    def rows(self, metric: Metric) -> list[Row]:
        """A metric's rows as computed, small groups and all: for tests and for what guards them. Never shown."""
        if metric.name in self._rows:
            return self._rows[metric.name]
        if metric.name in ESTIMATED:
            self._estimate(ESTIMATED[metric.name])
        names, values = self._engine.rows(metric.sql)
        found = self._rows[metric.name] = [_row(dict(zip(names, row, strict=True))) for row in values]
        return found

    def _estimate(self, table: str) -> None:
        if table in self._estimated:
            return
        self._estimated.add(table)
        if table == "flowed":
            self._engine.give(table, flowing.flowed(self._engine, self.question))
        else:
            shares = self.rows(catalogue("intersections"))
            self._engine.give(table, crossing.crossed(self._engine, self.question, shares))

    def _released(self, metric: Metric) -> list[Cell]:
        rows, round_to = self.rows(metric), self.question.audience.round_to
        if metric.people:
            if metric.ranked:
                rows = [row for row in rows if (row.group_size or 0) >= self.question.minimum]
            if metric.sums:
                rows = self._without_rest(metric, rows)
            asked = self.question
            cells = release(rows, asked.minimum, metric.parts, round_to, metric.counts, metric.parts_by_day)
        else:
            cells = [Cell(row.series, row.cell, row.value, suppressed=False) for row in rows]
        found = [spread(metric.interval, row, cell, round_to) for row, cell in zip(rows, cells, strict=True)]
        if metric.name == "people_estimate":
            found = [cell for cell in found if (cell.series, cell.cell) not in self.question.beside]
        return found

    def _without_rest(self, metric: Metric, rows: Sequence[Row]) -> list[Row]:
        name, series = metric.sums
        parts, minimum = catalogue(name), self.question.minimum
        single = [row for row in self.rows(parts) if row.series == series]
        return without_rest(rows, single, release(single, minimum, parts.parts, by_day=parts.parts_by_day), minimum)

    def flow_input(self) -> tuple[flows.Stays, list[flows.Hour]]:
        """What flows are estimated from. Never shown. See collector/answers/flowing.py."""
        return flowing.flow_input(self._engine, self.question)

    def _tables(self) -> None:
        asked, engine = self.question, self._engine
        engine.read("all_windows", self._files[WINDOWS], pa.schema([]))
        engine.read("all_stays", [*self._files[STAYS], *self._files[OPEN_STAYS]], STAYS_SCHEMA)
        kept = self._files[VISITS]  # of days that have ended: judged for good, without tokens
        engine.read("kept", kept, VISITS_SCHEMA)
        engine.give("place", question.place(asked, ENGAGED_S))
        engine.give("days", question.days(asked, {file.day for file in kept}))
        engine.give("asked", question.spans(asked.asked))
        hours = question.hours(asked)
        engine.give("hours", hours)
        engine.give("quarters", question.quarters(hours))
        engine.give("not_counted", not_counted(self._store.flags.within(asked.tenant.name, asked.span)))
        engine.give("present", asked.present)
        engine.give("transactions", asked.transactions)
        engine.give("zones", zones.table(asked.zones))
        engine.give("others", question.others(asked))
        engine.read("steps", self._files[STEPS], zones.STEPS)
        engine.read("kept_zones", self._files[ZONES], zones.KEPT_ZONES)
        self._judge("visits_judged", [asked.site], "SELECT s.* FROM all_stays AS s JOIN place AS p ON p.site = s.site")
        engine.view("site_stays", sql_text("site_stays"))
        for name, made_by in MADE:
            if name == "visits" and self._once:
                engine.view(name, sql_text(made_by))
            elif not self._once or name in _grouped():
                engine.make(name, sql_text(made_by))
        self._elsewhere()
        engine.make("ways", sql_text("ways"))
        engine.give("opening", question.spans(asked.open()))

    def _judge(self, name: str, sites: Sequence[Site], stays: str) -> None:
        """A table of this name: the stays of a query, each with its outcome."""
        engine = self._engine
        if not (self._files[STAYS] or self._files[OPEN_STAYS]):
            engine.give(name, VISITS_SCHEMA.empty_table())
            return
        whole = calendar.Span("", self._days[0].start_ms, self._days[-1].end_ms)
        for beside, table in fold.judged_by(sites, whole).items():
            engine.give(beside, table)
        engine.make("stays", stays)
        engine.make(name, sql_text("judge"))

    def _elsewhere(self) -> None:
        others = [site for site in self.question.sites if site.name != self.question.site.name]
        if not others:
            self._engine.give("elsewhere", ELSEWHERE_SCHEMA.empty_table())
            return
        self._judge("others_judged", others, OTHERS_STAYS)
        self._engine.make("elsewhere", sql_text("elsewhere"))

    def _listed(self) -> dict[str, list[StoredFile]]:
        """The files of the days that the answer rests on, by kind."""
        names, manifest = [day.name for day in self._days], self._store.manifest
        return {kind: manifest.files(self.question.tenant.name, kind, names) for kind in READ}


@cache
def _grouped() -> frozenset[str]:
    """The tables that metrics/groups.sql rests on."""
    return frozenset(one.name for one in inputs.beneath("groups"))


def _beside(metric: Metric, cell: Cell, refused: Collection[tuple[str, str]]) -> Cell:
    """A cell, withheld where it rests on a group that earlier answers would make small."""
    pairs = [" > ".join(pair) for pair in permutations((cell.series, cell.cell))]  # of two zones, in either order
    names = ("", "all", "yes", "no", cell.cell, cell.series, *pairs)
    rests = any(name in metric.rests_on and of in names for name, of in refused)
    return cell.withheld(asked_before=True) if rests else cell


def _row(said: dict[str, Any]) -> Row:
    """A row as the SQL gives it: series, cell, value, group_size, and where the metric has them of, low, high."""

    def number(name: str) -> float | None:
        value = said.get(name)
        return None if value is None else float(value)  # of Spark's decimals too

    group = number("group_size")
    return Row(
        str(said["series"]),
        str(said["cell"]),
        number("value"),
        None if group is None else int(group),
        number("of"),
        number("low"),
        number("high"),
    )
