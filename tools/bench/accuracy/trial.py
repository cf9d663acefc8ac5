"""A trial of counting devices: many mixes, several ways of counting, and how far each is from the truth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from collector.counting import devices
from collector.counting.heard import Heard, Ints

from . import mixes
from .mixes import Levels, Mix
from .recordings import Phone
from .scores import Score, mape, v_measure

SIZES = (5, 10, 15, 20)  # devices in a mix
OURS = "footfall"


@dataclass(frozen=True, slots=True)
class Counted:
    """What one way of counting says of a mix, and its 90 % interval where it gives one."""

    count: float
    groups: Ints  # of each row
    interval: tuple[int, int] | None = None


def _footfall(heard: Heard, window_s: int) -> Counted:
    found = devices.count(heard, mixes.START_MS, window_s)
    return Counted(found.count, found.groups, (found.low, found.high))


def _addresses(heard: Heard, _window_s: int) -> Counted:
    return Counted(len(np.unique(heard.token)), heard.token)


def _classes(heard: Heard, _window_s: int) -> Counted:
    return Counted(len(np.unique(heard.model_class)), heard.model_class)


CONTENDERS: Mapping[str, Callable[[Heard, int], Counted]] = {
    OURS: _footfall,
    "distinct_addresses": _addresses,
    "classes": _classes,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of mix: so many devices, with copies or without, at such levels."""

    levels: Levels
    copies: bool
    devices: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of the mixes of one cell: each contender's score, and how often our interval held the truth."""

    mixes: int
    heard: float  # devices heard at all, mean
    scores: Mapping[str, Score]
    coverage90: float
    width: float  # of the interval, devices, mean


def cells() -> tuple[Cell, ...]:
    """All kinds of mixes, in the order they are shown."""
    return tuple(Cell(levels, copies, size) for levels in Levels for copies in (False, True) for size in SIZES)


def measure(
    phones: Sequence[Phone], cell: Cell, mixes_wanted: int, window_s: int, seed: int, tick: Callable[[], None]
) -> Outcome | None:
    """Make and count the mixes of one cell; None where there are not enough phones for them.

    The same seed gives the same mixes, whatever else is measured.
    """
    random = Random(f"{seed} {cell.levels} {cell.copies} {cell.devices}")
    made: list[Mix] = []
    counted: dict[str, list[Counted]] = {name: [] for name in CONTENDERS}
    for _ in range(mixes_wanted):
        members = mixes.cast(phones, cell.devices, cell.copies, random)
        if members is None:
            tick()
            continue
        mix = mixes.mix(members, cell.levels, window_s, random)
        made.append(mix)
        for name, contender in CONTENDERS.items():
            counted[name].append(contender(mix.heard, window_s))
        tick()
    if not made:
        return None
    bounds = [(*found.interval, mix.devices) for found, mix in zip(counted[OURS], made, strict=True) if found.interval]
    return Outcome(
        mixes=len(made),
        heard=float(np.mean([mix.devices for mix in made])),
        scores={name: _score(made, found) for name, found in counted.items()},
        coverage90=float(np.mean([low <= truth <= high for low, high, truth in bounds])),
        width=float(np.mean([high - low for low, high, _ in bounds])),
    )


def _score(made: Sequence[Mix], counted: Sequence[Counted]) -> Score:
    truths = [mix.devices for mix in made]
    counts = [found.count for found in counted]
    pairs = list(zip(made, counted, strict=True))
    return Score(
        mape=mape(counts, truths),
        bias=float(np.mean(np.subtract(counts, truths))),
        v_measure=float(np.mean([v_measure(mix.device, found.groups, mix.heard.frames) for mix, found in pairs])),
        v_measure_bursts=float(
            np.mean([v_measure(mix.device, found.groups, mix.heard.bursts) for mix, found in pairs])
        ),
    )
