"""Frames for a unit in virtual time (see virtual.py), kept beside it to compare its windows with."""

import random
from collections.abc import Iterator
from itertools import pairwise

import air
from virtual import DAY_MS, START_MS, Frames, Unit

from footfall_sensor.clock import STEP_MS
from footfall_sensor.wire.batch import Batch

PROBE = air.plain() + air.probe()


def steady(every_ms: int = 700, begin_ms: int = START_MS + 20_000, end_ms: int = START_MS + 40 * DAY_MS) -> Frames:
    """One phone that asks again and again."""
    return ((ms, PROBE) for ms in range(begin_ms, end_ms, every_ms))


def by_chance(seed: int, mean_ms: int = 3000) -> Frames:
    """Phones that come and go."""
    chance, ms = random.Random(seed), START_MS + 15_000
    while True:
        ms += 1 + int(chance.expovariate(1 / mean_ms))
        yield ms, air.plain(chance.randint(-90, -40)) + air.probe(b"\2\0\0\0\0" + bytes([chance.randrange(40)]))


class Recorded:
    """Frames that are also kept by their true time, to compare with."""

    def __init__(self, frames: Frames) -> None:
        self.times: list[int] = []
        self._frames = frames

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        for ms, raw in self._frames:
            self.times.append(ms)
            yield ms, raw

    def between(self, start_ms: int, end_ms: int) -> int:
        return sum(start_ms <= ms < end_ms for ms in self.times)


def conserved(unit: Unit) -> None:
    """Every frame that was handed on is in a window, and every window in a batch, or counted as dropped."""
    totals = unit.agent.totals
    assert unit.air.handed_on == totals.frames
    assert totals.batches_emitted == totals.batches_acked + len(unit.agent.spool) + totals.batches_dropped_full


def tiles(windows: list[Batch]) -> None:
    for before, after in pairwise(windows):
        assert before.start_ms + before.length_ms == after.start_ms


def agrees(windows: list[Batch], heard: Recorded, slack_ms: int = STEP_MS) -> None:
    """Each window holds the frames of its own time, by the true clock."""
    for window in windows:
        end_ms = window.start_ms + window.length_ms
        least = heard.between(window.start_ms + slack_ms, end_ms - slack_ms)
        most = heard.between(window.start_ms - slack_ms, end_ms + slack_ms)
        assert least <= window.counters.frames <= most
