"""What the kept rows say to a change of a metric's SQL: a query or a few, over stores that stay open.

The same worlds, questions and comparison as in tests/collector/test_metric_rows.py, which fails where this notices
something. A change of a metric's file is one query of each question. A change of a table's file is one as well, and
where its rows are others, the metrics that rest on them. A change of the fold's is a day folded anew.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from collector import calendar, metrics
from collector.answers import tables
from collector.answers.query import Answers
from collector.answers.question import Question
from collector.metrics import FOLD, ORDER, TABLES, inputs
from collector.stays import fold
from collector.stays.turn import STAYS_SCHEMA
from collector.storage.engines import DUCKDB, Engine
from collector.storage.store import KINDS, OPEN_STAYS, STAYS

from . import installing
from .changes import Change

_JUDGE, _OVERVIEW = "judge", "site_hours"  # what these read is not among a question's tables
_ASKED = (_JUDGE, "flow_hours")  # of the fold's files those that questions use
_REPORT_EACH = 50
_CACHES = (metrics.sql_text, metrics.metric, inputs.table, inputs.beneath, tables._grouped)


def unnoticed(changes: Sequence[Change], say: Callable[[str], object]) -> list[Change]:
    """The changes that leave every kept row as it is. tests/support must be on the path, as pytest puts it there."""
    with ExitStack() as stack:
        rows = _Rows(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="footfall-rows-"))), stack)
        left: list[Change] = []
        for number, change in enumerate(changes, start=1):
            if not rows.notice(change):
                left.append(change)
            if not number % _REPORT_EACH:
                say(f"rows: {number} of {len(changes)}, {len(left)} are as they were")
        return left


class _Rows:
    """The known worlds, unchanged, with an open Answers for each question. Closed with the stack."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        # The modules of tests/support.
        self._known: Any = import_module("known")
        self._week: Any = import_module("week")
        self._edges: Any = import_module("edges")
        self._worlds = self._known.worlds(folder)
        self._folds = self._week.premises(folder / "folds")
        self._kept = {question: self._known.said(asked) for question, asked in self._worlds.items()}
        self._folded = self._fold()
        self._open = {
            question: stack.enter_context(Answers(shop.collector.store, asked))
            for question, (shop, asked) in self._worlds.items()
        }
        for answers in self._open.values():  # what estimates rest on is there before anything changes
            for name in ORDER:
                answers.rows(metrics.metric(name))
        self._judging = stack.enter_context(_judging(*next(iter(self._worlds.values()))))
        self._resting = {name: _resting_on(name) for name in self._known.NAMES}

    def notice(self, change: Change) -> bool:
        """Whether a row is another one, or there is none because the changed SQL does not work."""
        name = Path(change.path).stem
        names = [one for one, files in self._resting.items() if name in files]
        before = self._table(name, change.before)
        try:
            if name in ORDER:
                changed = replace(metrics.metric(name), sql=change.after)
                return any(
                    self._differs(question, {name: self._known.rows(answers, changed)})
                    for question, answers in self._open.items()
                )
            if name in FOLD and name not in _ASKED:
                with _changed(change):
                    return not self._known.same(self._fold(), self._folded)
            after = self._table(name, change.after)
            with _changed(change):
                return any(
                    self._differs(question, self._known.said(asked, names))
                    for question, asked in self._worlds.items()
                    if names and (name == _OVERVIEW or before[question] != after[question])
                )
        except Exception:  # noqa: BLE001  # whatever a change brings about, it was noticed
            return True

    def _table(self, name: str, sql: str) -> dict[str, list[str]]:
        """The rows of a table made so, in each question; none of what is no table of a question."""
        if name == _JUDGE:
            return dict.fromkeys(self._open, _sorted(self._judging, sql))
        if name == _OVERVIEW or name not in (*TABLES, *_ASKED):
            return {}
        return {question: _sorted(answers._engine, sql) for question, answers in self._open.items()}

    def _fold(self) -> list[Any]:
        """The week's Saturday, folded with the SQL as it is now."""
        store, tenant = self._folds.collector.store, self._folds.site.tenant
        day = self._week.SATURDAY
        store.swap([file for kind in KINDS for file in store.manifest.files(tenant, kind)], [], None, 0)
        self._week.saturday(self._folds, self._edges.seen(), self._edges.late())
        return list(self._known.folded(self._folds, day))

    def _differs(self, question: str, found: dict[str, list[Any]]) -> bool:
        return any(not self._known.same(rows, self._kept[question][name]) for name, rows in found.items())


def _sorted(engine: Engine, sql: str) -> list[str]:
    return sorted(map(repr, engine.rows(sql)[1]))


@contextmanager
def _judging(shop: Any, question: Question) -> Iterator[Engine]:
    """An engine with what metrics/judge.sql reads, of all days and sites of a tenant."""
    store, tenant = shop.collector.store, question.tenant.name
    with fold.folding(store, DUCKDB, 0, threads=1) as engine:
        engine.read(
            "stays", [one for kind in (STAYS, OPEN_STAYS) for one in store.manifest.files(tenant, kind)], STAYS_SCHEMA
        )
        days = store.manifest.days(tenant, STAYS)
        ends = (
            calendar.day_named(day, question.tenant.time_zone, question.tenant.epoch_turn_h)
            for day in (days[0], days[-1])
        )
        first, last = ends
        for name, table in fold.judged_by(question.sites, calendar.Span("", first.start_ms, last.end_ms)).items():
            engine.give(name, table)
        yield engine


def _resting_on(name: str) -> frozenset[str]:
    """The SQL files that the rows under this name rest on."""
    return frozenset((name, *(table.made_by for table in inputs.beneath(name))))


@contextmanager
def _changed(change: Change) -> Iterator[None]:
    """While it is changed, whoever asks for the file gets it so."""
    plain = Path.read_text
    installing.read_as(change)
    _forget()
    try:
        yield
    finally:
        Path.read_text = plain  # type: ignore[method-assign]
        _forget()


def _forget() -> None:
    for cache in _CACHES:
        cache.cache_clear()
