"""Signs of people in sightings: what counts once, what counts not at all."""

import duckdb
import pyarrow as pa

from collector import tables
from collector.counting import signs
from collector.counting.signs import STEP_MS

START_MS = 1_700_000_400_000  # a multiple of ten minutes
MINUTE_MS = 60_000


def sighting(token, at_ms, model_class=7, randomised=True, rssi_dbm=-50, sensor="a", associated=False):
    return {
        "site": "shop",
        "sensor": sensor,
        "token": token,
        "first_ms": START_MS + at_ms,
        "last_ms": START_MS + at_ms,
        "frames": 1,
        "bursts": 1,
        "rssi_max_dbm": rssi_dbm,
        "rssi_mean_dbm": rssi_dbm,
        "freq_mhz": 2412,
        "randomised": randomised,
        "associated": associated,
        "directed": False,
        "model_class": model_class,
    }


def lasting(token, *at_ms, **more):
    return [sighting(token, at, randomised=False, **more) for at in at_ms]


def made(rows, level_dbm=-70):
    with duckdb.connect() as connection:
        connection.register("sightings", pa.Table.from_pylist(rows, schema=tables.SIGHTINGS))
        return signs.make(connection, [level_dbm]).to_pylist()


def values(rows):
    return [(row["lasting_devices"], row["phones"]) for row in made(rows)]


def test_a_class_is_a_phone_however_many_addresses_it_shows():
    """A phone that changes its address in a burst is one sign."""
    assert values([sighting(token, 100 * token) for token in range(8)]) == [(0, 1)]


def test_two_classes_are_two_phones():
    """Different models are different phones."""
    assert values([sighting(1, 0, model_class=1), sighting(2, 0, model_class=2)]) == [(0, 2)]


def test_a_class_that_scans_more_than_a_phone_does_is_more_phones():
    """Thirty scans of one class in ten minutes are those of several phones, with slots shared by chance."""
    ((_, phones),) = values([sighting(n, 20_000 * n) for n in range(30)])
    assert 3 < phones < 5


def test_a_lasting_device_is_one_from_its_second_half_minute_on():
    """An address that lasts is a device when it is heard again; once may be somebody walking past."""
    assert values([*lasting(1, 0, 330_000), *lasting(2, 0)]) == [(1, 0)]


def test_a_device_that_was_there_for_a_half_counts_for_a_half():
    """Who comes or goes in the middle of ten minutes was there for half of them."""
    assert values(lasting(1, 0, 90_000)) == [(0.5, 0)]


def test_an_associated_station_lasts_though_its_address_is_made_up():
    """A station of the venue's own network keeps its address while it is there."""
    rows = [sighting(1, at, associated=True) for at in (0, 330_000)]
    assert values(rows) == [(1, 0)]


def test_several_sensors_of_a_site_count_a_burst_once_at_its_loudest():
    """What two sensors hear of one burst is one sign, and the louder of the two decides on the level."""
    rows = [sighting(1, 0, sensor="a", rssi_dbm=-60), sighting(1, 30, sensor="b", rssi_dbm=-90)]
    assert values(rows) == [(0, 1)]
    assert values([sighting(1, 0, sensor="b", rssi_dbm=-90)]) == []


def test_what_goes_on_in_a_quiet_place_stands_there():
    """A device heard alone for an hour is fixed, and is left out of the busy hours of that day too."""
    quiet = [at for step in range(6) for at in (step * STEP_MS, step * STEP_MS + 6 * MINUTE_MS)]
    busy = 8 * STEP_MS
    rows = [
        *lasting(1, *quiet, busy, busy + 6 * MINUTE_MS),
        *lasting(2, busy, busy + 6 * MINUTE_MS),
        sighting(3, busy + 1, model_class=4),
    ]
    assert values(rows) == [(1, 1)]


def test_no_signal_is_no_sign():
    """A capture that knows no RSSI cannot say what is inside, and shows nothing."""
    assert values([sighting(1, 0, rssi_dbm=None)]) == []


def test_no_token_is_left():
    """The table of signs has no column that a token could stand in."""
    columns = set(made([sighting(1, 0)])[0])
    assert columns == {"site", "level_dbm", "start_ms", "end_ms", "lasting_devices", "phones"}


def test_signs_are_spread_over_whole_steps():
    """Steps without a row are zero where somebody listened, and unknown where nobody did."""
    rows = pa.Table.from_pylist(made([sighting(1, STEP_MS)]))
    listened = {START_MS: STEP_MS, START_MS + STEP_MS: STEP_MS}
    of = signs.spread(rows, -70, listened, START_MS - 1, START_MS + 3 * STEP_MS + 5)
    assert of.start_ms.tolist() == [START_MS, START_MS + STEP_MS, START_MS + 2 * STEP_MS]
    assert of.values.tolist() == [[0, 0], [0, 1], [0, 0]]
    assert of.listened.tolist() == [True, True, False]
