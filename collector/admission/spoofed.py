"""Spoofed air: a window full of addresses that one transmitter made up, told from how they sound together. Pure.

People bring phones of several makes at several distances, and a phone sends several frames a burst. One card that makes
up addresses sends most of them once, at one level, with one set of elements. A window is flagged where far more new
addresses than usual are heard and at least two of these three signs are there; or where more are heard than a channel
can honestly carry. How the limits were chosen, and what escapes: docs/decisions/028.
"""

from array import array
from collections.abc import Collection
from dataclasses import dataclass, field
from statistics import median
from typing import Any, TypeAlias

import numpy as np

from footfall_sensor.window import FLAG_ASSOCIATED
from footfall_sensor.wire.batch import Batch

NEW_MIN = 60  # new addresses in a window; 70 tokens at most were heard in one in 38 days of a laboratory
NEW_MIN_UNKNOWN = 300  # while nothing is known of what is usual
USUAL_TIMES, USUAL_DEVIATIONS = 3.0, 8.0  # more than so many times the median, and so many (normal) deviations above it
ONCE_SHARE = (
    0.75  # of addresses heard in one frame only: 0.34 is the median of real windows, 0.59 their 99th percentile
)
LEVEL_SPREAD_DB = 6.0  # between the quartiles of their levels: real windows: median 16
CLASS_SHARE = 0.70  # of the most frequent model class: real windows: median 0.28, 99th percentile 0.68
SIGNS_MIN = 2
SATURATED = 4000  # addresses in 30 s: at four frames each, more than a channel has room for
HISTORY_A_HOUR = 40  # windows kept for each hour of the day
HISTORY_MIN = 20  # windows, before anything is called unusual
LIMIT_WINDOWS = 10  # for which what is usual is not found out anew
HOUR_MS = 3600 * 1000

Tokens: TypeAlias = "np.ndarray[Any, np.dtype[np.uint64]]"
Mask: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
_STRANGE = bytes(flags & FLAG_ASSOCIATED == 0 for flags in range(256))  # flags -> 1 where not associated
_NOTHING: Tokens = np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True)
class Sound:
    """How the new addresses of a window sound together."""

    new: int
    once_share: float
    level_spread_db: float
    class_share: float

    @property
    def signs(self) -> int:
        """How many of the three signs of one transmitter it shows."""
        return sum(
            (self.once_share >= ONCE_SHARE, self.level_spread_db <= LEVEL_SPREAD_DB, self.class_share >= CLASS_SHARE)
        )


@dataclass(frozen=True, slots=True)
class Usual:
    """How many new addresses a window has at this hour, as a rule; windows = 0: not known yet."""

    median: float = 0.0
    deviation: float = 0.0
    windows: int = 0

    @property
    def limit(self) -> float:
        """More than so many are unusual."""
        if self.windows < HISTORY_MIN:
            return NEW_MIN_UNKNOWN
        return max(NEW_MIN, USUAL_TIMES * self.median, self.median + USUAL_DEVIATIONS * self.deviation)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a window is not to be counted: the flag's reason, and the figures it rests on."""

    reason: str
    figures: dict[str, float]


def judge(sound: Sound, window_new: int, usual: Usual) -> Verdict | None:
    """Whether a window of `window_new` new addresses, of which a part sounds like this, is flagged."""
    figures = {
        "new": window_new,
        "usual": usual.median,
        "once_share": round(sound.once_share, 3),
        "level_spread_db": round(sound.level_spread_db, 1),
        "class_share": round(sound.class_share, 3),
    }
    if window_new >= SATURATED:
        return Verdict("saturated", figures)
    if window_new > usual.limit and sound.signs >= SIGNS_MIN:
        return Verdict("spoofed", figures)
    return None


@dataclass(slots=True)
class Air:
    """What one sensor hears as a rule, and the window before."""

    _counts: dict[int, "array[int]"] = field(default_factory=dict)  # hour of the day (UTC) -> new addresses a window
    _start_ms: int = -1
    _before: Tokens = field(default_factory=lambda: _NOTHING)
    _now: list[Tokens] = field(default_factory=list)
    _heard: int = 0  # in the window so far
    _new: int = 0  # of them
    _flagged: bool = False
    _limit_new: float = 0.0
    _limit_hour: int = -1
    _limit_windows: int = 0  # since it was found out

    def hear(self, batch: Batch) -> Verdict | None:
        """Judge one batch, a window or a part of it; whatever is not flagged becomes part of what is usual."""
        if batch.start_ms != self._start_ms:
            self._next_window(batch.start_ms)
        columns = batch.columns
        tokens = np.frombuffer(columns.token, "<u8")
        fresh = self._fresh(tokens, columns.flags)
        if self._heard < SATURATED:  # what comes beyond is of no window of ours
            self._now.append(tokens)
            self._heard += len(tokens)
        new = int(np.count_nonzero(fresh))
        self._new += new
        # The later parts of a window are on their way: all but the last hold as many rows as this one.
        window_new = max(self._new, new * (batch.parts - 1) if batch.part < batch.parts - 1 else 0)
        if new < NEW_MIN // 2 or window_new <= NEW_MIN or window_new <= self._limit(batch.start_ms):
            return None
        verdict = judge(_sound(batch, fresh), window_new, self.usual(batch.start_ms))
        self._flagged = self._flagged or verdict is not None
        return verdict

    def _fresh(self, tokens: Tokens, flags: bytes) -> Mask:
        """Which are neither of the window before nor of the venue's own network."""
        strange = np.frombuffer(flags.translate(_STRANGE), np.bool_)
        if not len(self._before):
            return strange
        nearest = self._before.searchsorted(tokens)
        new: Mask = self._before.take(nearest, mode="clip") != tokens
        return strange & new

    def usual(self, at_ms: int) -> Usual:
        """What is usual at this hour of the day: what was heard in it, and in the one before."""
        hour = at_ms // HOUR_MS % 24
        counts = [*self._counts.get(hour, ()), *self._counts.get((hour - 1) % 24, ())]
        if not counts:
            return Usual()
        middle = median(counts)
        return Usual(middle, 1.4826 * median([abs(count - middle) for count in counts]), len(counts))

    def _limit(self, at_ms: int) -> float:
        """Up to so many a window need no judgement. Kept for a few windows, because it costs more than all the rest."""
        hour = at_ms // HOUR_MS
        if self._limit_hour != hour or self._limit_windows >= LIMIT_WINDOWS:
            self._limit_new = min(SATURATED - 1, self.usual(at_ms).limit)
            self._limit_hour, self._limit_windows = hour, 0
        return self._limit_new

    def _next_window(self, start_ms: int) -> None:
        if self._start_ms >= 0 and not self._flagged:
            counts = self._counts.setdefault(self._start_ms // HOUR_MS % 24, array("H"))
            counts.append(min(self._new, 0xFFFF))
            del counts[:-HISTORY_A_HOUR]
        heard = self._now[0] if len(self._now) == 1 else np.concatenate([_NOTHING, *self._now])
        self._before = np.sort(heard)
        self._limit_windows += 1
        self._start_ms, self._now, self._heard, self._new, self._flagged = start_ms, [], 0, 0, False


def _sound(batch: Batch, fresh: Mask) -> Sound:
    columns = batch.columns
    frames = np.frombuffer(columns.frames, "<u2")[fresh]
    levels = np.frombuffer(columns.rssi_mean_dbm, np.int8)[fresh]
    _, classes = np.unique(np.frombuffer(columns.model_class, "<u2")[fresh], return_counts=True)
    low, high = np.percentile(levels, (25, 75))
    return Sound(
        new=len(frames),
        once_share=float((frames == 1).mean()),
        level_spread_db=float(high - low),
        class_share=float(classes.max() / len(frames)),
    )


@dataclass(slots=True)
class Airs:
    """The air of each registered sensor."""

    _of: dict[int, Air] = field(default_factory=dict)

    def hear(self, sensor_id: int, batch: Batch) -> Verdict | None:
        """See Air.hear."""
        return self._of.setdefault(sensor_id, Air()).hear(batch)

    def keep(self, sensor_ids: Collection[int]) -> None:
        """Forget whoever is not among these."""
        self._of = {one: air for one, air in self._of.items() if one in sensor_ids}
