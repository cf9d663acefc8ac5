"""Bursts: the rows of a counting window put together where they were one scan of one phone.

A phone scans in bursts of less than a second a channel. A sighting may be a part of a burst (some phones change address
within it; a sensor window may end in it) or hold several (an address that lasts). Both become bursts here, without a
loop over rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from footfall_sensor.window import BURST_GAP_MS

from .heard import Bools, Heard, Ints

Column = TypeVar("Column", Ints, Bools)


@dataclass(frozen=True, slots=True)
class Burst:
    """One scan, or the scans of one address within one sensor window. Times in seconds from the window's beginning."""

    first_s: float
    last_s: float
    scans: int  # at least 1
    level_dbm: float | None  # of the loudest frame: weaker ones leak in from neighbouring channels
    size: float  # frames a scan
    model_class: int
    address: int | None  # an index: what has the same one is one phone; None where an address was used only here
    lasting: bool  # the address is a global one, which phones do not make up
    rows: tuple[int, ...]  # of Heard

    @property
    def period_s(self) -> float:
        """Mean gap between the scans within, 0 where there is one."""
        return (self.last_s - self.first_s) / (self.scans - 1) if self.scans > 1 else 0.0


@dataclass(frozen=True, slots=True)
class _Parts:
    """Rows, or groups of rows, by column; `rank` sorts them into what may belong together."""

    rank: Ints
    first_ms: Ints
    last_ms: Ints


def families(heard: Heard, start_ms: int) -> list[list[Burst]]:
    """The bursts of the window by family of phones, in time order within each.

    A family is a model class, or several where one address sent under more than one class (some phones list fewer
    capabilities in some scans). start_ms: when the window began, UTC.
    """
    if not len(heard):
        return []
    _, token = np.unique(heard.token, return_inverse=True)
    pieces = _joined(_Parts(token, heard.first_ms, heard.last_ms))  # of each row: what it is of one address and burst
    piece_token = _first_of(pieces, token)
    scans = _sums(pieces, heard.bursts) - (np.bincount(pieces) - 1)  # a burst cut by the end of a window is one
    used = np.bincount(piece_token)[piece_token]
    fixed = ~_first_of(pieces, heard.randomised)
    alone = (used == 1) & (scans == 1) & ~fixed  # an address of one burst: others of that burst may be the same phone
    piece_class = _first_of(pieces, heard.model_class)
    together = _joined(
        _Parts(
            np.where(alone, piece_class, piece_class.max() + 1 + np.arange(len(alone))),
            _least(pieces, heard.first_ms),
            _most(pieces, heard.last_ms),
        )
    )
    group = together[pieces]
    made = list(_bursts(heard, group, start_ms, np.where(alone[pieces], -1, token), scans=_sums(together, scans)))
    family = _families(heard.model_class, token)
    found: dict[int, list[Burst]] = {}
    for burst in sorted(made, key=lambda burst: burst.first_s):
        found.setdefault(family[burst.model_class], []).append(burst)
    return list(found.values())


def _bursts(heard: Heard, group: Ints, start_ms: int, address: Ints, scans: Ints) -> Iterator[Burst]:
    level = np.full(group.max() + 1, -np.inf)
    np.maximum.at(level, group, np.nan_to_num(heard.rssi_max_dbm, nan=-np.inf))
    first_s = (_least(group, heard.first_ms) - start_ms) / 1000
    last_s = (_most(group, heard.last_ms) - start_ms) / 1000
    frames, classes = _sums(group, heard.frames), _first_of(group, heard.model_class)
    owner, fixed = _first_of(group, address), ~_first_of(group, heard.randomised)
    order = np.argsort(group, kind="stable")
    rows = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    for number, members in enumerate(rows):
        single = owner[number] < 0
        yield Burst(
            first_s=float(first_s[number]),
            last_s=float(last_s[number]),
            scans=1 if single else max(1, int(scans[number])),
            level_dbm=float(level[number]) if np.isfinite(level[number]) else None,
            size=float(frames[number]) / (1 if single else max(1, int(scans[number]))),
            model_class=int(classes[number]),
            address=None if single else int(owner[number]),
            lasting=bool(fixed[number]),
            rows=tuple(members.tolist()),
        )


def _joined(parts: _Parts) -> Ints:
    """A number for each part, the same for those of one rank with at most BURST_GAP_MS of silence between them."""
    order = np.lexsort((parts.first_ms, parts.rank))
    rank, first_ms = parts.rank[order], parts.first_ms[order]
    new_rank = np.diff(rank, prepend=rank[0] - 1) != 0
    # The latest end so far within a rank: ranks are moved so far apart that no running maximum leaks into the next.
    apart_ms = int(parts.last_ms.max() - parts.first_ms.min()) + 2 * BURST_GAP_MS
    moved_ms = np.cumsum(new_rank) * apart_ms
    ended_ms = np.maximum.accumulate(parts.last_ms[order] + moved_ms)
    quiet_ms = first_ms[1:] + moved_ms[1:] - ended_ms[:-1]
    starts = np.concatenate(([True], quiet_ms > BURST_GAP_MS))
    joined = np.empty(len(order), dtype=np.int64)
    joined[order] = np.cumsum(starts | new_rank) - 1
    return joined


def _families(classes: Ints, token: Ints) -> dict[int, int]:
    """Class -> family: classes that one address used are one family."""
    family = {int(found): int(found) for found in np.unique(classes)}
    pairs = np.unique(np.stack((token, classes), axis=1), axis=0)
    same = np.flatnonzero(np.diff(pairs[:, 0]) == 0)
    for one, other in zip(pairs[same, 1].tolist(), pairs[same + 1, 1].tolist(), strict=True):
        kept, given_up = family[one], family[other]
        family = {found: kept if head == given_up else head for found, head in family.items()}
    return family


def _first_of(groups: Ints, values: Column) -> Column:
    _, at = np.unique(groups, return_index=True)
    return values[at]


def _sums(groups: Ints, values: Ints) -> Ints:
    return np.bincount(groups, weights=values).astype(np.int64)


def _least(groups: Ints, values: Ints) -> Ints:
    least = np.full(groups.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(least, groups, values)
    return least


def _most(groups: Ints, values: Ints) -> Ints:
    most = np.full(groups.max() + 1, np.iinfo(np.int64).min)
    np.maximum.at(most, groups, values)
    return most
