"""Signs of people in sightings: what counts once, what counts not at all."""

import duckdb
import pyarrow as pa

from collector.counting import signs
from collector.counting.signs import STEP_MS
from collector.storage import tables

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


def scans(*pairs, **more):
    """A model class heard at the beginning and at the end of the ten minutes: it was there all the time."""
    return [sighting(token, at, model_class=one, **more) for token, one in pairs for at in (0, STEP_MS - 1000)]


def made(rows, level_dbm=-70):
    with duckdb.connect() as connection:
        connection.register("sightings", pa.Table.from_pylist(rows, schema=tables.SIGHTINGS))
        return signs.make(connection, [level_dbm]).to_pylist()


def values(rows):
    return [(round(row["lasting_devices"], 2), round(row["phones"], 2)) for row in made(rows)]


def test_a_class_is_a_phone_however_many_addresses_it_shows():
    """A phone that changes its address in a burst is one sign."""
    assert values(scans(*((token, 7) for token in range(8)))) == [(0, 1)]


def test_two_classes_are_two_phones():
    """Different models are different phones."""
    assert values(scans((1, 1), (2, 2))) == [(0, 2)]


def test_a_class_that_scans_more_than_a_phone_does_is_more_phones():
    """Thirty scans of one class in ten minutes are those of several phones, with slots shared by chance."""
    ((_, phones),) = values([sighting(n, 20_000 * n) for n in range(30)])
    assert 3 < phones < 5


def test_a_class_heard_once_was_there_for_minutes():
    """Two minutes on either side of its only scan, four of the ten: a phone that goes past is no phone that stays."""
    assert values([sighting(1, STEP_MS // 2)]) == [(0, 0.4)]
    assert values([sighting(1, STEP_MS - 1000)]) == [(0, 0.2)]


def test_a_lasting_device_counts_from_its_second_half_minute_on():
    """An address that lasts is a device when it is heard again; once may be somebody walking past."""
    assert values([*lasting(1, 0, 590_000), *lasting(2, 0)]) == [(0.98, 0)]


def test_a_device_counts_for_the_time_that_it_was_there():
    """Who comes in the last minutes was there for these; who goes on into the next ten was there to the end."""
    assert values(lasting(1, 60_000, 360_000)) == [(0.5, 0)]
    assert values(lasting(1, 300_000, 420_000, 720_000, 780_000)) == [(0.5, 0), (0.3, 0)]


def test_an_associated_station_lasts_though_its_address_is_made_up():
    """A station of the venue's own network keeps its address while it is there."""
    rows = [sighting(1, at, associated=True) for at in (0, 300_000)]
    assert values(rows) == [(0.5, 0)]


def test_what_is_never_loud_stands_outside():
    """Signals just above the level are signs of somebody who is louder in these ten minutes or those beside."""
    weak = {"rssi_dbm": -68}
    assert values([*lasting(1, 0, 540_000, **weak), *scans((2, 3), **weak)]) == []
    near = [*lasting(1, 0, 540_000, **weak), *lasting(1, STEP_MS, STEP_MS + 540_000)]
    assert values(near) == [(1, 0), (0.9, 0)]


def test_several_sensors_of_a_site_count_a_burst_once_at_its_loudest():
    """What two sensors hear of one burst is one sign, and the louder of the two decides on the level."""
    rows = [*scans((1, 7), sensor="a", rssi_dbm=-60), *scans((1, 7), sensor="b", rssi_dbm=-90)]
    assert values(rows) == [(0, 1)]
    assert values(scans((1, 7), sensor="b", rssi_dbm=-90)) == []


def test_what_goes_on_in_a_quiet_place_stands_there():
    """A device heard alone for an hour is fixed, and is left out of the busy hours of that day too."""
    quiet = [at for step in range(6) for at in (step * STEP_MS, step * STEP_MS + 6 * MINUTE_MS)]
    busy = 8 * STEP_MS
    rows = [
        *lasting(1, *quiet, busy, busy + 6 * MINUTE_MS),
        *lasting(2, busy, busy + 6 * MINUTE_MS),
        sighting(3, busy + 5 * MINUTE_MS, model_class=4),
    ]
    assert values(rows) == [(0.6, 0.4)]


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
    assert of.values.tolist() == [[0, 0], [0, 0.2], [0, 0]]
    assert of.listened.tolist() == [True, True, False]
