"""Differences of answers: what two or more answers about overlapping times tell together, and nobody asked for.

Answers about 9 to 12 and 9 to 11 tell of 11 to 12. The ends of all times asked for cut time into pieces; an answer is
the sum over its pieces. From the answers somebody has, exactly their linear combinations follow. A new answer is given
only if none of these rests on pieces that are all too small, unless those together make a group of the minimum, as
complementary cells do ("Audit Expert": Chin and Ozsoyoglu 1981). Where one time lies within another, the difference of
the two numbers of people must be a group as well: people are counted once in each.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..suppression import Row, release

Column = np.ndarray[Any, np.dtype[np.int64]]
Spans = tuple[tuple[int, int], ...]  # UTC milliseconds, begin and end, in order
Day = tuple[Spans, ...]  # single hours of one day
Cell = tuple[str, str]  # metric and cell, as metrics/groups.sql names them

TOTALS = ("devices_seen", "visitors", "passers_by")  # of these the hours are shown as well
HOURS: Cell = ("hourly", "")
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Groups:
    """Who is in which cell, and when: by cell, two columns of equal length, in order of time."""

    tokens: dict[Cell, Column]
    start_ms: dict[Cell, Column]
    counted: dict[tuple[Cell, Spans], int] = field(default_factory=dict)  # what has been counted already

    @staticmethod
    def of(batches: "Iterable[pa.RecordBatch]") -> "Groups":
        """Rows of metrics/groups.sql (metric, cell, token, start_ms). Of each only two numbers are kept, no text."""
        parts: dict[Cell, list[tuple[Column, Column]]] = {}
        for batch in batches:
            names = pc.binary_join_element_wise(batch["metric"], batch["cell"], "\0").dictionary_encode()
            index = names.indices.to_numpy(zero_copy_only=False)
            order = np.argsort(index, kind="stable")
            bounds = np.searchsorted(index[order], np.arange(len(names.dictionary) + 1)).tolist()
            tokens, starts = (batch[name].to_numpy(zero_copy_only=False)[order] for name in ("token", "start_ms"))
            for name, (first, last) in zip(names.dictionary.to_pylist(), pairwise(bounds), strict=True):
                found = tokens[first:last].astype(np.int64), starts[first:last].astype(np.int64)
                parts.setdefault(_cell(name), []).append(found)
        sorted_ = {cell: _in_order(some) for cell, some in sorted(parts.items())}
        return Groups({cell: one[0] for cell, one in sorted_.items()}, {cell: one[1] for cell, one in sorted_.items()})

    def count(self, cell: Cell, spans: Spans) -> int:
        """People of a cell in a time, each once."""
        if (cell, spans) not in self.counted:
            parts = [self._within(cell, span) for span in spans]
            self.counted[cell, spans] = _distinct(np.concatenate(parts)) if parts else 0
        return self.counted[cell, spans]

    def _within(self, cell: Cell, span: tuple[int, int]) -> Any:
        first, last = np.searchsorted(self.start_ms[cell], span)
        return self.tokens[cell][first:last]


def _distinct(tokens: Column) -> int:
    """np.unique hashes them, which takes fifteen times as long, and Arrow's takes four times the memory."""
    tokens.sort()
    return len(tokens) and 1 + int(np.count_nonzero(tokens[1:] != tokens[:-1]))


def _in_order(parts: "list[tuple[Column, Column]]") -> tuple[Column, Column]:
    tokens, starts = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    order = np.argsort(starts, kind="stable")
    return tokens[order], starts[order]


def _cell(name: str) -> Cell:
    metric, _, cell = name.partition("\0")
    return metric, cell


def pieces(asked: Sequence[Spans]) -> list[tuple[int, int]]:
    """The times between neighbouring ends of all times asked for that lie in at least one of them."""
    cuts = sorted({end for spans in asked for span in spans for end in span})
    between = pairwise(cuts)
    return [piece for piece in between if any(inside(piece, spans) for spans in asked)]


def inside(piece: tuple[int, int], spans: Spans) -> bool:
    """Whether a piece lies within a time."""
    return any(start <= piece[0] and piece[1] <= end for start, end in spans)


def overlap(one: Spans, other: Spans) -> bool:
    """Whether two times have a moment in common."""
    return any(a < d and c < b for a, b in one for c, d in other)


def within(one: Spans, other: Spans) -> bool:
    """Whether a time lies wholly within another."""
    return all(inside(span, other) for span in one)


class Known:
    """What follows from the answers given about one cell. counts: people of each piece, in order."""

    def __init__(self, counts: Sequence[int], minimum: int) -> None:
        self._counts = np.array(counts, dtype=np.int64)
        self._minimum = minimum
        # Large pieces first: what is left of a row when these are gone rests on small pieces alone.
        self._order = np.argsort(self._counts < minimum, kind="stable")
        self._large = int((self._counts >= minimum).sum())
        self._rows: list[tuple[int, Any]] = []  # by the place of their first entry

    def tells(self, vector: Any) -> bool:
        """Whether an answer, the sum over some pieces, would tell of too few together with those before."""
        rest = self._rest(vector)
        rests_on = np.abs(rest) > TINY
        if not rests_on.any() or rests_on[: self._large].any():
            return False
        return int(rests_on.sum()) == 1 or int(self._counts[self._order][rests_on].sum()) < self._minimum

    def learn(self, vector: Any) -> None:
        """Take an answer for given."""
        rest = self._rest(vector)
        found = np.flatnonzero(np.abs(rest) > TINY)
        if len(found):
            self._rows.append((int(found[0]), rest / rest[found[0]]))
            self._rows.sort(key=lambda row: row[0])

    def _rest(self, vector: Any) -> Any:
        rest = np.array(vector, dtype=np.float64)[self._order]
        for first, row in self._rows:
            if abs(rest[first]) > TINY:
                rest -= rest[first] * row
        return rest


def refused(
    groups: Groups,
    before: Sequence[Spans],
    asked: Spans,
    hours: Sequence[Day],
    minimum: int,
    listened: Spans | None = None,
) -> set[Cell]:
    """The cells of a new answer that would tell of too few beside earlier ones, in the order in which they were given.

    hours: of each day that these answers cut in different ways, the single hours; an answer shows those that lie in it
    and need not be hidden. HOURS is among those refused where the hours of the new answer must not be shown.
    listened: when anybody listened, None: always. That nobody was heard while nobody listened tells of nobody.
    """
    cut = pieces([*before, asked, *(hour for day in hours for hour in day)])
    if listened is not None:
        cut = [piece for piece in cut if overlap((piece,), listened)]
    found: set[Cell] = set()
    for cell in groups.tokens:
        days = hours if cell[0] in TOTALS else ()
        known = Known([groups.count(cell, (piece,)) for piece in cut], minimum)
        given: list[Spans] = []
        for spans in (*before, asked):
            last = spans is asked
            whole = _vector(cut, spans)
            people = groups.count(cell, spans)
            if people < minimum:
                continue  # withheld for itself
            if known.tells(whole) or any(_hardly_more(groups, cell, spans, one, minimum) for one in given):
                if last:
                    found.add(cell)
                continue
            known.learn(whole)
            given.append(spans)
            shown = [hour for day in days for hour in shown_hours(groups, cell, day, spans, minimum)]
            if not _learn_all(known, [_vector(cut, hour) for hour in shown]) and last:
                found.add(HOURS)
    return found


def shown_hours(groups: Groups, cell: Cell, day: Day, spans: Spans, minimum: int) -> list[Spans]:
    """The hours of a day that an answer shows, as the query layer lets them out."""
    within_it = [hour for hour in day if within(hour, spans)]
    sizes = [groups.count(cell, hour) for hour in within_it]
    cells = release([Row("", "", float(size), size) for size in sizes], minimum, parts=True)
    return [hour for hour, released in zip(within_it, cells, strict=True) if not released.suppressed]


def _learn_all(known: Known, vectors: Sequence[Any]) -> bool:
    """Take answers for given; False where together with the others they tell of too few: the rest is not given."""
    for vector in vectors:
        if known.tells(vector):
            return False
        known.learn(vector)
    return True


def _vector(cut: Sequence[tuple[int, int]], spans: Spans) -> Any:
    return np.array([inside(piece, spans) for piece in cut], dtype=np.float64)


def _hardly_more(groups: Groups, cell: Cell, one: Spans, other: Spans, minimum: int) -> bool:
    """Whether one of two times lies in the other, and the number of its people is larger by too few."""
    if not (within(one, other) or within(other, one)):
        return False
    return abs(groups.count(cell, one) - groups.count(cell, other)) < minimum
