"""What simulated sensors hear: windows drawn once, of which each batch takes a piece and gives it fresh tokens."""

import os
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random

from footfall_sensor.wire import batch as batch_wire
from footfall_sensor.wire.batch import SIGHTINGS_MAX, Batch, ClockState, Columns, Counters
from tools.bench.batches import LASTING_SHARE, sightings

WINDOWS = 32  # that are drawn
TOKEN_BYTES = 8


@dataclass(frozen=True, slots=True)
class Heard:
    """One encoded batch, and what is true of it."""

    body: bytes
    sightings: int
    frames: int  # over all its sightings


class Air:
    """The windows of one process, of so many milliseconds each; the same seed draws the same."""

    def __init__(self, seed: int, length_ms: int) -> None:
        self._length_ms = length_ms
        self._windows = [_Window(seed * WINDOWS + number, length_ms) for number in range(WINDOWS)]

    def hear(self, chance: Random, count: int, start_ms: int, epoch: str, lasting: bytes) -> Heard:
        """A window of `count` sightings. lasting: tokens of this sensor's regulars, which come again and again."""
        drawn = chance.choice(self._windows)
        first = chance.randrange(SIGHTINGS_MAX - count + 1)
        columns, frames = drawn.piece(first, count)
        regulars = lasting[: round(count * LASTING_SHARE) * TOKEN_BYTES]
        tokens = regulars + os.urandom(count * TOKEN_BYTES - len(regulars))
        made = Batch(
            epoch,
            start_ms,
            self._length_ms,
            ClockState.SYNCED,
            0,
            1,
            Counters(frames=frames + 12, probes=frames),
            replace(columns, token=tokens),
        )
        return Heard(batch_wire.encode(made), count, frames)


class _Window:
    """As many sightings as a batch can hold."""

    def __init__(self, seed: int, length_ms: int) -> None:
        rows = sightings(SIGHTINGS_MAX, seed)
        self._rows = [
            row._replace(
                first_ms=row.first_ms % length_ms, last_ms=max(row.first_ms % length_ms, row.last_ms % length_ms)
            )
            for row in rows
        ]
        self._columns = Columns.from_rows(self._rows)

    @cached_property
    def _frames(self) -> list[int]:
        """Of the rows before each place."""
        sums = [0]
        for row in self._rows:
            sums.append(sums[-1] + row.frames)
        return sums

    def piece(self, first: int, count: int) -> tuple[Columns, int]:
        """So many sightings, and their frames."""
        return self._columns.slice(first, first + count), self._frames[first + count] - self._frames[first]
