"""The query layer: a question about a site and a time becomes released numbers. The only way to a number.

It gives each metric's SQL the same few tables, already cut to the question:
visits, windows, dwells, panel_tokens, hours (name, start_ms, end_ms), opening (start_ms, end_ms),
place (bounce_ms, planned_ms).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from . import calendar, fold
from .errors import QueryError
from .metrics import Metric
from .registry import Site, Tenant
from .store import OPEN_STAYS, STAYS, VISITS, WINDOWS, Store
from .suppression import MINIMUM_GROUP, Cell, Row, release
from .turn import not_counted

DAYS_MAX = 400  # in one question
DAYS_SHOWN = 31  # of what was heard, where no time is named

NO_STAYS = """SELECT '' AS day, '' AS site, 0::BIGINT AS token, 0::BIGINT AS start_ms, 0::BIGINT AS end_ms,
0::BIGINT AS inside_start_ms, 0::BIGINT AS inside_end_ms, 0::BIGINT AS frames, 0 AS rssi_max_dbm,
false AS randomised, false AS associated, 0 AS model_class, 0::BIGINT AS hours, 0::BIGINT AS inside_slots WHERE false"""


@dataclass(frozen=True, slots=True)
class Question:
    """Which site, and which time (UTC)."""

    tenant: Tenant
    site: Site
    sensors: int  # of the site, for the planned time
    span: calendar.Span


def heard_span(store: Store, tenant: Tenant, site: Site) -> calendar.Span:
    """From the first window of a site's sensors to the end of the last, in the last DAYS_SHOWN days with any.

    Raises QueryError where there is none.
    """
    days = store.manifest.days(tenant.name, WINDOWS)[-DAYS_SHOWN:]
    files = store.manifest.files(tenant.name, WINDOWS, days)
    found = None
    if files:
        with fold.engine() as connection:
            store.read(connection, files).create_view("windows")
            question = "SELECT min(start_ms), max(start_ms + length_ms) FROM windows WHERE site = ?"
            found = connection.execute(question, [site.name]).fetchone()
    if not found or found[0] is None:
        raise QueryError(f"nothing has been heard at '{site.name}' yet; is its sensor approved and connected?")
    return calendar.Span("heard", found[0], found[1])


class Answers:
    """Answers metrics for one question; a context manager, because it holds an engine open."""

    def __init__(self, store: Store, question: Question) -> None:
        self.question = question
        self._store = store
        self._connection = duckdb.connect(config={"memory_limit": fold.MEMORY_LIMIT})

    def __enter__(self) -> "Answers":
        self._tables()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def cells(self, metrics: Sequence[Metric]) -> dict[str, list[Cell]]:
        """The released cells of metrics that are shown together, by name.

        A sum is withheld with its parts: where the visitors are too few to show, the panel's size less the passers-by
        would give them away.
        """
        minimum = max(self.question.tenant.minimum_group, MINIMUM_GROUP)
        found = {}
        for metric in metrics:
            rows = self._rows(metric)
            if metric.people:
                found[metric.name] = release(rows, minimum, metric.parts)
            else:
                found[metric.name] = [Cell(row.series, row.cell, row.value, suppressed=False) for row in rows]
        for metric in metrics:
            if any(cell.suppressed for name in metric.withheld_with for cell in found[name]):
                found[metric.name] = [replace(cell, value=None, suppressed=True) for cell in found[metric.name]]
        return found

    def _rows(self, metric: Metric) -> list[Row]:
        return [
            Row(series, cell, None if value is None else float(value), None if group is None else int(group))
            for series, cell, value, group in self._connection.sql(metric.sql).fetchall()
        ]

    def _tables(self) -> None:
        asked = self.question
        span, site, tenant = asked.span, asked.site, asked.tenant
        days = _days(span, tenant)
        connection = self._connection
        self._judge(days)
        self._windows(days)
        opening = fold.opening([site], span)
        planned_ms = sum(
            end - start
            for start, end in zip(opening["start_ms"].to_pylist(), opening["end_ms"].to_pylist(), strict=True)
        )
        hours = list(calendar.hours(span, site.time_zone))
        connection.register("opening", opening)
        connection.register(
            "hours",
            pa.table(
                {
                    "name": [hour.name for hour in hours],
                    "start_ms": [hour.start_ms for hour in hours],
                    "end_ms": [hour.end_ms for hour in hours],
                }
            ),
        )
        connection.register(
            "place",
            pa.table({"bounce_ms": [site.bounce_s * 1000], "planned_ms": [max(1, planned_ms * max(1, asked.sensors))]}),
        )
        for name, source in (("visits", "visits_judged"), ("windows", "all_windows")):
            connection.execute(
                f"CREATE TABLE {name} AS SELECT * FROM {source} "  # noqa: S608 - names from above
                "WHERE site = ? AND start_ms >= ? AND start_ms < ?",
                [site.name, span.start_ms, span.end_ms],
            )
        connection.execute(
            "CREATE VIEW dwells AS SELECT token, inside_end_ms - inside_start_ms AS dwell_ms, "
            "(inside_end_ms - inside_start_ms) / 1000.0 AS dwell_s FROM visits WHERE outcome = 'visit'"
        )
        connection.execute(
            "CREATE VIEW panel_tokens AS SELECT token, max(CASE WHEN panel THEN 1.0 ELSE 0.0 END) AS panel "
            "FROM visits WHERE outcome <> 'noise' GROUP BY token"
        )

    def _judge(self, days: Sequence[calendar.Span]) -> None:
        """The site's stays of these days, each with its outcome."""
        site = self.question.site.name
        stays = self._read((STAYS, OPEN_STAYS), days) or self._connection.sql(NO_STAYS)
        stays.filter(duckdb.ColumnExpression("site") == duckdb.ConstantExpression(site)).create_view("stays")
        fold.judge(self._connection, [self.question.site], calendar.Span("", days[0].start_ms, days[-1].end_ms))
        kept = self._read((VISITS,), days)  # of days that have ended: judged for good, without tokens
        if kept is not None:
            kept.create_view("kept")
            self._connection.execute("INSERT INTO visits_judged BY NAME FROM kept WHERE site = ?", [site])

    def _windows(self, days: Sequence[calendar.Span]) -> None:
        found = self._read((WINDOWS,), days)
        if found is None:
            raise QueryError("nothing was heard in that time; choose another")
        found.create_view("all_windows")
        asked = self.question
        self._connection.register("not_counted", not_counted(self._store.flags.within(asked.tenant.name, asked.span)))

    def _read(self, kinds: Sequence[str], days: Sequence[calendar.Span]) -> duckdb.DuckDBPyRelation | None:
        """The rows of these kinds' files of these days, None where there is no file."""
        names, manifest = [day.name for day in days], self._store.manifest
        files = [file for kind in kinds for file in manifest.files(self.question.tenant.name, kind, names)]
        return self._store.read(self._connection, files) if files else None


def _days(span: calendar.Span, tenant: Tenant) -> list[calendar.Span]:
    """The business days that a span touches. Raises QueryError beyond DAYS_MAX."""
    days, at_ms = [], span.start_ms
    while at_ms < span.end_ms:
        day = calendar.day_of(at_ms, tenant.time_zone, tenant.epoch_turn_h)
        days.append(day)
        at_ms = day.end_ms
        if len(days) > DAYS_MAX:
            raise QueryError(f"a question covers at most {DAYS_MAX} days; ask for less")
    return days
