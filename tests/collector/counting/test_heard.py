import numpy as np

from collector.counting.heard import Heard
from footfall_sensor.frames import RSSI_UNKNOWN_DBM
from footfall_sensor.window import FLAG_DIRECTED, FLAG_RANDOMISED
from footfall_sensor.wire.batch import Columns, Sighting

FIRST = Sighting(7, 100, 900, 5, 2, -60, -64, 2412, FLAG_RANDOMISED, 300)
SECOND = Sighting((1 << 64) - 1, 0, 40, 1, 1, RSSI_UNKNOWN_DBM, RSSI_UNKNOWN_DBM, 0, FLAG_DIRECTED, 0)


def test_sightings_stand_at_the_time_of_their_window():
    """Offsets of two windows become times of one clock, in the order given."""
    heard = Heard.of([(30_000, Columns.from_rows([FIRST])), (60_000, Columns.from_rows([SECOND]))])
    assert heard.first_ms.tolist() == [30_100, 60_000]
    assert heard.last_ms.tolist() == [30_900, 60_040]
    assert (heard.frames.tolist(), heard.bursts.tolist()) == ([5, 1], [2, 1])


def test_flags_and_unknown_levels_are_told():
    """A level that the capture does not give is no very weak signal."""
    heard = Heard.of([(0, Columns.from_rows([FIRST, SECOND]))])
    assert heard.randomised.tolist() == [True, False]
    assert heard.directed.tolist() == [False, True]
    assert heard.rssi_max_dbm[0] == -60
    assert np.isnan(heard.rssi_max_dbm[1])
    assert heard.token.tolist() == [7, -1]  # as the store keeps them


def test_nothing_heard_is_no_row():
    """Windows in which nobody sent anything."""
    assert len(Heard.of([])) == len(Heard.of([(0, Columns.from_rows([]))])) == 0
