"""Mode counts: what a summary says, and what it must not."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor import counts
from footfall_sensor.errors import Malformed
from footfall_sensor.frames import RSSI_UNKNOWN_DBM
from footfall_sensor.wire import batch as batch_wire
from footfall_sensor.wire import summary as wire
from footfall_sensor.wire.batch import Batch, ClockState, Columns, Counters, Sighting
from footfall_sensor.wire.summary import CLASS_DEVICES_MIN, CLASSES_MAX, RSSI_BINS, Summary


def _row(number: int, rssi_dbm: int = -60, model_class: int = 9, bursts: int = 1, flags: int = 1) -> Sighting:
    return Sighting(number, 0, 1, 1, bursts, rssi_dbm, rssi_dbm, 2412, flags, model_class)


@pytest.mark.parametrize(
    ("rssi_dbm", "place"),
    [
        (RSSI_UNKNOWN_DBM, 0),
        (-127, 1),
        (-96, 1),
        (-95, 2),
        (-91, 2),
        (-90, 3),
        (-65, 8),
        (-36, 13),
        (-35, 14),
        (10, 14),
    ],
)
def test_level_is_in_its_bin(rssi_dbm: int, place: int) -> None:
    """Unknown, below -95, then steps of 5 dB, and all from -35 up together."""
    assert place == wire.rssi_bin(rssi_dbm, RSSI_UNKNOWN_DBM)


@given(st.lists(st.tuples(st.integers(-128, 20), st.integers(0, 40), st.integers(1, 255), st.integers(0, 7))))
def test_summary_adds_up_to_the_window(devices: list[tuple[int, int, int, int]]) -> None:
    """Every device is in exactly one bin; no class of fewer than three is told, and none is told twice."""
    rows = [_row(n, rssi, class_, bursts, flags) for n, (rssi, class_, bursts, flags) in enumerate(devices)]
    found = counts.summary(Columns.from_rows(rows), classes=True)
    assert len(rows) == found.devices == sum(found.levels)
    assert sum(row.bursts for row in rows) == found.bursts
    assert sum(row.flags & 1 for row in rows) == found.randomised
    families = Counter(row.model_class for row in rows)
    assert {number: families[number] for number in families if families[number] >= CLASS_DEVICES_MIN} == dict(
        found.classes
    )
    assert [count for _, count in found.classes] == sorted((count for _, count in found.classes), reverse=True)


def test_only_the_most_frequent_classes_are_told() -> None:
    """At most so many, whatever a crowd carries."""
    rows = [_row(100 * n + m, model_class=n) for n in range(1, 80) for m in range(3 + n % 2)]
    found = counts.summary(Columns.from_rows(rows), classes=True)
    assert len(found.classes) == CLASSES_MAX
    assert {count for _, count in found.classes} == {4}


def test_classes_that_mean_nothing_are_not_told() -> None:
    """Made without an epoch's key they would be another number each window."""
    assert counts.summary(Columns.from_rows([_row(n) for n in range(9)]), classes=False).classes == ()


def _batch(summary: Summary) -> Batch:
    return Batch("today", 0, 30_000, ClockState.SYNCED, 0, 1, Counters(), Columns.from_rows([]), summary)


def test_summary_travels_and_comes_back() -> None:
    """As large as it can be, it is read as it was written, and takes less than a few sightings."""
    largest = Summary(65535, 65535, 1 << 32, (65535,) * RSSI_BINS, tuple((n, 65535) for n in range(CLASSES_MAX)))
    empty = Summary(0, 0, 0, (0,) * RSSI_BINS, ())
    for summary in (largest, empty):
        assert batch_wire.decode(batch_wire.encode(_batch(summary))).summary == summary
    assert len(batch_wire.encode(_batch(largest))) < 500


def test_batch_without_a_summary_has_none() -> None:
    """Mode tokens writes no field of it: the bytes of before."""
    plain = Batch("", 0, 30_000, ClockState.SYNCED, 0, 1, Counters(), Columns.from_rows([]))
    assert b"levels" not in batch_wire.encode(plain)
    assert batch_wire.decode(batch_wire.encode(plain)).summary is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("levels", bytes(2 * RSSI_BINS - 1)),
        ("levels", "text"),
        ("classes", bytes(3)),
        ("classes", bytes(4 * CLASSES_MAX + 4)),
        ("classes", None),
        ("devices", -1),
        ("devices", 65536),
        ("randomised", "many"),
        ("bursts_all", None),
        ("bursts_all", (1 << 32) + 1),
    ],
)
def test_summary_that_breaks_its_form_is_malformed(name: str, value: object) -> None:
    """Missing, too long or of another type: the batch is refused with our own error."""
    import msgpack

    fields = msgpack.unpackb(batch_wire.encode(_batch(Summary(1, 0, 1, (1,) + (0,) * 14, ((7, 3),)))))
    fields[name] = value
    with pytest.raises(Malformed):
        batch_wire.decode(msgpack.packb({key: value for key, value in fields.items() if value is not None}))
