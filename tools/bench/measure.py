"""Measuring contenders against each other: in turns, so that a busy machine slows all of them alike."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

ROUNDS = 9
ROUNDS_MAX = 1000

Clock = Callable[[], float]  # seconds, never backwards
Tick = Callable[[], object]  # called after each round, the unmeasured first one included


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do the work; a call of `run` handles `items` of it."""

    name: str
    run: Callable[[], object]
    items: int


@dataclass(frozen=True, slots=True)
class Timing:
    """What an item cost a contender, over the rounds."""

    name: str
    items: int  # a round
    us_median: float
    us_best: float


def interleaved(contenders: Sequence[Contender], rounds: int, clock_s: Clock, tick: Tick) -> tuple[Timing, ...]:
    """The timing of each contender, in their order, over `rounds` rounds in which each has one turn.

    A first round is not measured: it fills caches. ValueError for fewer than one round or a contender without items.
    """
    if rounds < 1 or any(contender.items < 1 for contender in contenders):
        raise ValueError("at least one round and one item for each contender are wanted")
    for contender in contenders:
        contender.run()
    tick()
    seconds: list[list[float]] = [[] for _ in contenders]
    for _ in range(rounds):
        for contender, spent in zip(contenders, seconds, strict=True):
            begin_s = clock_s()
            contender.run()
            spent.append(clock_s() - begin_s)
        tick()
    return tuple(
        Timing(
            name=contender.name,
            items=contender.items,
            us_median=median(spent) / contender.items * 1e6,
            us_best=min(spent) / contender.items * 1e6,
        )
        for contender, spent in zip(contenders, seconds, strict=True)
    )


@contextmanager
def settled_heap() -> Iterator[None]:
    """Keep the garbage collector away from what already lives, so that a contender pays for its own objects only."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
