"""What the oracle compares: what left the emitting end, and what a store holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .journal import Key

Row = tuple[object, ...]  # sensor, token, and the other columns as the store has them
Start = tuple[str, bytes]  # sensor and boot


class Whole(NamedTuple):
    """A whole sensor that played captures to their end: it emitted batches 0 .. batches - 1, each once."""

    start: Start
    batches: int
    sightings: int


@dataclass(frozen=True, slots=True)
class Sent:
    """Everything that left the emitting end."""

    meant: Mapping[Key, bytes]  # sealed envelopes
    kept: frozenset[Key]
    left: frozenset[Key]
    gone: Mapping[str, int]  # by sensor: dropped or refused, as the senders count them
    wholes: Sequence[Whole] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything that a store holds."""

    keys: frozenset[Key]
    rows: Counter[Row]
    windows: Counter[tuple[str, int]]  # sensor and start
    ledger: Mapping[Start, tuple[int, int]]  # batches and sightings
    epochs: Mapping[tuple[str, bytes, str], tuple[int, int]] = field(default_factory=dict)  # the same by epoch
    broken: Sequence[str] = ()  # files that the manifest lists and that are not what it says
    turned_by: Mapping[str, bytes] = field(default_factory=dict)  # epoch -> key that its tokens are stored under
