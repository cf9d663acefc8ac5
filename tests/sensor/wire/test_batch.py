"""The batch: columns there and back, and every limit refused by name."""

from dataclasses import replace

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor.errors import Malformed
from footfall_sensor.wire import batch
from footfall_sensor.wire.batch import (
    SIGHTING_BYTES,
    SIGHTINGS_MAX,
    WIDTHS,
    Batch,
    ClockState,
    Columns,
    Counters,
    Sighting,
)

RANGES = {"Q": (0, 2**64 - 1), "H": (0, 2**16 - 1), "B": (0, 255), "b": (-128, 127)}
SIGHTINGS = st.builds(Sighting, *(st.integers(*RANGES[letter]) for letter, _ in WIDTHS.values()))
COUNTERS = st.builds(Counters, *[st.integers(0, 1 << 53)] * 6)


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    rows = draw(st.lists(SIGHTINGS, max_size=20))
    parts = draw(st.integers(1, 1024))
    return Batch(
        epoch=draw(st.from_regex(r"[ -~]{1,32}", fullmatch=True)) if rows else draw(st.sampled_from(["", "today"])),
        start_ms=draw(st.integers(0, 1 << 43)),
        length_ms=draw(st.integers(1, 60_000)),
        clock=draw(st.sampled_from(ClockState)),
        part=draw(st.integers(0, parts - 1)),
        parts=parts,
        counters=draw(COUNTERS),
        columns=Columns.from_rows(rows),
    )


@given(batches())
def test_batch_survives_its_encoding(wanted: Batch) -> None:
    """Header, counters and every row come out as they went in."""
    assert wanted == batch.decode(batch.encode(wanted))


@given(st.lists(SIGHTINGS, max_size=30))
def test_columns_are_little_endian_arrays(rows: list[Sighting]) -> None:
    """numpy reads each column where it lies, on any machine, with the type that the table says."""
    columns = Columns.from_rows(rows)
    assert rows == list(columns)
    assert len(rows) == len(columns)
    for name, (letter, size) in WIDTHS.items():
        read = np.frombuffer(getattr(columns, name), dtype=np.dtype(letter).newbyteorder("<"))
        assert read.dtype.itemsize == size
        assert [getattr(row, name) for row in rows] == read.tolist()


def test_sighting_takes_22_bytes() -> None:
    """The columns are all that a sighting costs: 8 bytes of token and 14 of everything else."""
    assert SIGHTING_BYTES == 22
    rows = [Sighting(number, 0, 0, 1, 1, -60, -60, 2412, 0, 1) for number in range(200)]
    some = replace(SILENT, epoch="today", columns=Columns.from_rows(rows))
    assert (len(batch.encode(some)) - len(batch.encode(SILENT))) / 200 < 22.2


SILENT = Batch("", 1_700_000_010_000, 30_000, ClockState.SYNCED, 0, 1, Counters(), Columns.from_rows([]))
ROWS = [Sighting(number, 1, 2, 3, 4, -5, -6, 7, 1, 9) for number in range(3)]
BATCH = replace(SILENT, epoch="today", counters=Counters(frames=9, probes=9), columns=Columns.from_rows(ROWS))


@given(st.integers(0, 5), st.integers(0, 5))
def test_slice_is_that_of_the_rows(start: int, stop: int) -> None:
    """A part of the columns holds the same rows as the part of the list."""
    assert ROWS[start:stop] == list(Columns.from_rows(ROWS).slice(start, stop))


def test_limits_are_those_that_the_other_end_was_promised() -> None:
    """docs/wire.md says them to those who write one in another language; what stands at a limit is within it."""
    assert (SIGHTINGS_MAX, batch.PARTS_MAX, batch.WINDOW_MS_MAX, batch.EPOCH_CHARS_MAX) == (512, 1024, 60_000, 32)
    most = replace(BATCH, epoch="x" * 32, start_ms=1 << 43, length_ms=60_000, part=1023, parts=1024)
    least = replace(BATCH, start_ms=0, length_ms=1)
    assert [batch.decode(batch.encode(one)) for one in (most, least)] == [most, least]


def test_what_is_nothing_is_not_sent() -> None:
    """Counters of 0, part 0 and the only part take no byte."""
    assert {"part", "parts", "counts"} & set(msgpack.unpackb(batch.encode(SILENT))) == set()
    some = replace(BATCH, part=1, parts=2, counters=Counters(frames=9))
    assert msgpack.unpackb(batch.encode(some))["counts"] == {"frames": 9}


def test_silent_window_is_small() -> None:
    """A window in which nothing was heard costs little more than its columns' names."""
    assert len(batch.encode(SILENT)) < 160
    assert batch.decode(batch.encode(SILENT)) == SILENT


def test_fullest_batch_can_be_read() -> None:
    """512 sightings pass, one more is refused."""
    rows = [Sighting(number, 0, 0, 1, 1, -60, -60, 2412, 0, 1) for number in range(SIGHTINGS_MAX + 1)]
    full = replace(BATCH, columns=Columns.from_rows(rows[:-1]))
    assert full == batch.decode(batch.encode(full))
    with pytest.raises(Malformed, match=r"^token: at most 512"):
        batch.decode(batch.encode(replace(BATCH, columns=Columns.from_rows(rows))))


def _altered(**fields: object) -> bytes:
    """A good batch with fields replaced, or left out where None."""
    good = msgpack.unpackb(batch.encode(BATCH))
    return msgpack.packb({name: value for name, value in {**good, **fields}.items() if value is not None})


def test_the_table_s_own_batch_is_in_order() -> None:
    """What the table below varies is good where nothing is varied."""
    assert batch.decode(_altered()) == BATCH


REFUSED = [
    ("epoch", "x" * 33),
    ("epoch", ""),  # tokens without the name of their key
    ("epoch", "to\nday"),
    ("epoch", None),
    ("epoch", 7),
    ("start", -1),
    ("start", (1 << 43) + 1),
    ("start", 1.5),
    ("start", None),
    ("len", 0),
    ("len", 60_001),
    ("len", None),
    ("clock", 0),
    ("clock", 4),
    ("clock", None),
    ("part", 1),  # of one part
    ("part", -1),
    ("parts", 0),
    ("parts", 1025),
    ("counts", {"frames": -1}),
    ("counts", [1]),
    ("token", bytes(25)),
    ("token", bytes(32)),  # one more than the other columns
    ("token", "x" * 24),
    ("token", None),
    *((name, bytes(3 * size + 1)) for name, (_, size) in WIDTHS.items()),
    *((name, bytes(2 * size)) for name, (_, size) in WIDTHS.items()),
    *((name, None) for name in WIDTHS),
]


@pytest.mark.parametrize(("name", "value"), REFUSED, ids=[f"{name}-{str(value)[:12]!r}" for name, value in REFUSED])
def test_field_out_of_its_range_is_refused(name: str, value: object) -> None:
    """Missing, of another type, too small, too large, or columns of different lengths."""
    with pytest.raises(Malformed):
        batch.decode(_altered(**{name: value}))


def test_unknown_fields_and_counters_are_passed_over() -> None:
    """A newer sensor may say more; what is known is still read."""
    raw = _altered(colour="red", counts={"frames": 9, "probes": 9, "moths": 3})
    assert batch.decode(raw) == BATCH
