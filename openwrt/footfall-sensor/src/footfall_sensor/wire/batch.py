"""The batch: one window of one sensor, or a part of it, as columns.

Columns are little-endian arrays in msgpack `bin`: 22 bytes a sighting, and a reader needs no loop over rows.
"""

import sys
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from enum import IntEnum
from struct import iter_unpack
from typing import NamedTuple, Self

from ..errors import Malformed
from . import body
from .summary import Summary

SIGHTINGS_MAX = 512  # in one batch
PARTS_MAX = 1024  # batches of one window
WINDOW_MS_MAX = 60_000  # offsets within a window are u16 milliseconds
EPOCH_CHARS_MAX = 32
UTC_MS_MAX = 1 << 43  # the year 2248
EPOCH_NONE = ""

# name -> (struct and array letter, bytes); the order in which a batch carries them.
WIDTHS = {
    "token": ("Q", 8),
    "first_ms": ("H", 2),  # offset from the window's start
    "last_ms": ("H", 2),
    "frames": ("H", 2),
    "bursts": ("B", 1),
    "rssi_max_dbm": ("b", 1),
    "rssi_mean_dbm": ("b", 1),
    "freq_mhz": ("H", 2),
    "flags": ("B", 1),
    "model_class": ("H", 2),
}
SIGHTING_BYTES = sum(size for _, size in WIDTHS.values())


class ClockState(IntEnum):
    """How far the sensor's idea of UTC can be trusted."""

    CAPTURE = 1  # a capture file's own times
    FLOOR = 2  # not before this time; never used to place a window
    SYNCED = 3  # NTP


_CLOCK_MIN, _CLOCK_MAX = int(min(ClockState)), int(max(ClockState))  # an enum is walked through each time


class Sighting(NamedTuple):
    """What was heard of one token within one window: one row of Columns."""

    token: int
    first_ms: int
    last_ms: int
    frames: int
    bursts: int
    rssi_max_dbm: int
    rssi_mean_dbm: int
    freq_mhz: int
    flags: int
    model_class: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Sightings by column, each a little-endian array as bytes: numpy and Arrow read them where they lie."""

    token: bytes
    first_ms: bytes
    last_ms: bytes
    frames: bytes
    bursts: bytes
    rssi_max_dbm: bytes
    rssi_mean_dbm: bytes
    freq_mhz: bytes
    flags: bytes
    model_class: bytes

    @classmethod
    def of(cls, token: bytes, **columns: "array[int]") -> Self:
        """Columns from arrays of this machine's byte order; `token` is already bytes."""
        if sys.byteorder == "big":  # the arrays are the window's own and not used again
            for column in columns.values():
                column.byteswap()
        return cls(token=token, **{name: column.tobytes() for name, column in columns.items()})

    @classmethod
    def from_rows(cls, rows: list[Sighting]) -> Self:
        """Columns from rows: for tests and tools; a sensor never holds rows."""
        columns = {name: array(WIDTHS[name][0], (getattr(row, name) for row in rows)) for name in WIDTHS}
        token = b"".join(value.to_bytes(8, "little") for value in columns.pop("token"))
        return cls.of(token, **columns)

    def __len__(self) -> int:
        return len(self.token) // 8

    def __iter__(self) -> Iterator[Sighting]:
        unpacked = (
            [value for (value,) in iter_unpack("<" + letter, getattr(self, name))]
            for name, (letter, _) in WIDTHS.items()
        )
        return map(Sighting._make, zip(*unpacked, strict=True))

    def slice(self, start: int, stop: int) -> "Columns":
        """Rows start..stop."""
        return Columns(**{name: getattr(self, name)[start * size : stop * size] for name, (_, size) in WIDTHS.items()})


@dataclass(frozen=True, slots=True)
class Counters:
    """What the window counted, tokens or not; in a window of several parts only part 0 carries it."""

    frames: int = 0  # read, of any kind
    probes: int = 0
    malformed: int = 0
    overflow: int = 0  # probes of tokens beyond the window's limit
    keyless: int = 0  # probes heard without an epoch key: no token could be made
    kernel_drops: int = 0
    associations: int = 0  # requests of stations to join the venue's own networks


COUNTER_NAMES = frozenset(field.name for field in fields(Counters))


@dataclass(frozen=True, slots=True)
class Batch:
    """The body of one batch; sensor, boot and sequence number stand in its envelope."""

    epoch: str  # name of the key its tokens were made with; EPOCH_NONE where it has none
    start_ms: int  # of the window, UTC
    length_ms: int
    clock: ClockState
    part: int  # 0 .. parts - 1
    parts: int
    counters: Counters
    columns: Columns
    summary: Summary | None = None  # mode counts: then there are no columns


def encode(batch: Batch) -> bytes:
    """The batch's body."""
    counters = {name: count for name, count in asdict(batch.counters).items() if count}
    return body.pack(
        {
            "epoch": batch.epoch,
            "start": batch.start_ms,
            "len": batch.length_ms,
            "clock": int(batch.clock),
            "part": batch.part or None,
            "parts": batch.parts if batch.parts > 1 else None,
            "counts": counters or None,
            **{name: getattr(batch.columns, name) for name in WIDTHS},
            **(batch.summary.fields() if batch.summary else {}),
        }
    )


def decode(raw: bytes) -> Batch:
    """The batch in a body. Raises Malformed: not msgpack, a field out of range, columns of different lengths."""
    fields = body.unpack(raw)
    columns = _columns(fields)
    length_ms = body.integer(fields, "len", 1, WINDOW_MS_MAX)
    parts = body.integer(fields, "parts", 1, PARTS_MAX, default=1)
    clock = body.integer(fields, "clock", _CLOCK_MIN, _CLOCK_MAX)
    epoch = body.text(fields, "epoch")
    if len(epoch) > EPOCH_CHARS_MAX or (not epoch and len(columns)):
        raise Malformed(f"epoch: at most {EPOCH_CHARS_MAX} characters, and none only in a batch without tokens")
    return Batch(
        epoch=epoch,
        start_ms=body.integer(fields, "start", 0, UTC_MS_MAX),
        length_ms=length_ms,
        clock=ClockState(clock),
        part=body.integer(fields, "part", 0, parts - 1, default=0),
        parts=parts,
        counters=Counters(**body.counts(fields, "counts", COUNTER_NAMES)),
        columns=columns,
        summary=Summary.read(fields),
    )


def _columns(fields: body.Fields) -> Columns:
    token = fields.get("token")
    if type(token) is not bytes or len(token) % 8 or len(token) > 8 * SIGHTINGS_MAX:
        raise Malformed(f"token: at most {SIGHTINGS_MAX} tokens of 8 bytes are wanted")
    rows = len(token) // 8
    return Columns(**{name: body.binary(fields, name, rows * size) for name, (_, size) in WIDTHS.items()})
