"""The query layer: a question about a site and a time becomes released numbers. The only way to a number.

What the SQL of a metric reads stands in tables.py.
"""

from collections.abc import Collection, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from .. import flows
from ..metrics import Metric, sql_text
from ..metrics import metric as catalogue
from ..storage import engines
from ..storage.engines import Engine
from ..storage.shelf import readable
from ..storage.store import VISITS, Store
from ..suppression import Cell, Row, release
from . import crossing, flowing
from .differencing import Groups
from .intervals import spread
from .question import Question
from .sums import without_rest
from .tables import VISITS_SCHEMA, Tables

# Tables of estimates, by the metrics that read them: made when one is asked for: they cost as much as the rest.
ESTIMATED = {"flow": "flowed", "conversion": "flowed", "intersections_estimate": "crossed"}


class Answers:
    """Answers metrics for one question; a context manager, because it holds an engine open.

    Raises QueryError where nothing was heard in its time. once: nothing but `groups` and `listened` is asked of it.
    Then visits are read from their files each time, and not kept beside them: of many large days they are many.
    """

    def __init__(self, store: Store, asked: Question, engine: str = engines.DUCKDB, *, once: bool = False) -> None:
        self.question = asked
        self._store = store
        self._tables = Tables(store, asked, once=once)
        self._engine_name = engine
        self._engine: Engine
        self._rows: dict[Metric, list[Row]] = {}  # as computed: some are asked for twice
        self._estimated: set[str] = set()  # tables of estimates that are there

    def __enter__(self) -> "Answers":
        self._engine = engines.open_engine(self._engine_name, self._store, self._tables.rows)
        try:
            with readable():
                self._tables.give(self._engine)
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
        if metric in self._rows:
            return self._rows[metric]
        if metric.name in ESTIMATED:
            self._estimate(ESTIMATED[metric.name])
        names, values = self._engine.rows(metric.sql)
        found = self._rows[metric] = [_row(dict(zip(names, row, strict=True))) for row in values]
        return found

    def _estimate(self, table: str) -> None:
        if table in self._estimated:
            return
        self._estimated.add(table)
        if table == "flowed":
            days = self.question.before(flowing.RECENT_DAYS)
            files = self._store.manifest.files(self.question.tenant.name, VISITS, days)
            self._engine.read("recent", files, VISITS_SCHEMA)
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
