"""Arrow tables hold what the batches held, row by row."""

from hypothesis import given
from hypothesis import strategies as st
from shop import at, window

from collector.admission.door import Admitted
from collector.records.registry import Sensor
from collector.storage import tables
from footfall_sensor.window import FLAG_ASSOCIATED, FLAG_DIRECTED, FLAG_RANDOMISED
from footfall_sensor.wire.batch import Batch, Sighting

SIGHTING = st.builds(
    Sighting,
    token=st.integers(0, 2**64 - 1),
    first_ms=st.integers(0, 65535),
    last_ms=st.integers(0, 65535),
    frames=st.integers(0, 65535),
    bursts=st.integers(0, 255),
    rssi_max_dbm=st.integers(-128, 127),
    rssi_mean_dbm=st.integers(-128, 127),
    freq_mhz=st.integers(0, 65535),
    flags=st.integers(0, 7),
    model_class=st.integers(0, 65535),
)


def admitted(batch: Batch, sensor: str = "door", site: str = "shop") -> Admitted:
    return Admitted(Sensor(1, "default", sensor, site, b"", b""), 1, 0, batch, 0)


@given(st.lists(st.lists(SIGHTING, max_size=5), min_size=1, max_size=4))
def test_every_value_of_every_sighting_arrives(parts: list[list[Sighting]]) -> None:
    batches = [admitted(window(at(10, place), rows), sensor=f"s{place}") for place, rows in enumerate(parts)]
    found = tables.sightings(batches).to_pylist()
    expected = [
        {
            "site": "shop",
            "sensor": f"s{place}",
            "token": row.token - (1 << 64) if row.token >> 63 else row.token,
            "first_ms": at(10, place) + row.first_ms,
            "last_ms": at(10, place) + row.last_ms,
            "frames": row.frames,
            "bursts": row.bursts,
            "rssi_max_dbm": None if row.rssi_max_dbm == -128 else row.rssi_max_dbm,
            "rssi_mean_dbm": None if row.rssi_mean_dbm == -128 else row.rssi_mean_dbm,
            "freq_mhz": row.freq_mhz or None,
            "randomised": bool(row.flags & FLAG_RANDOMISED),
            "associated": bool(row.flags & FLAG_ASSOCIATED),
            "directed": bool(row.flags & FLAG_DIRECTED),
            "model_class": row.model_class,
        }
        for place, rows in enumerate(parts)
        for row in rows
    ]
    assert expected == found


def test_a_window_of_several_parts_is_one_window() -> None:
    parts = [admitted(window(at(10), [], part=part, parts=3, malformed=4)) for part in range(3)]
    assert [row["malformed"] for row in tables.windows(parts).to_pylist()] == [4]
