"""Windows that wait for the time: bounded, and what did not fit is counted."""

from footfall_sensor import held
from footfall_sensor.listening import Closed
from footfall_sensor.wire.batch import Columns, Counters, Sighting

WINDOW_MS = 30_000


def _window(sightings: int) -> Closed:
    rows = [Sighting(number, 0, 1, 1, 1, -60, -61, 2412, 0, 9) for number in range(sightings)]
    return Closed(0, WINDOW_MS, "today", Counters(), Columns.from_rows(rows))


def test_held_windows_are_bounded_by_their_sightings_too() -> None:
    """Crowded windows that wait for a clock in doubt take no more memory than is good."""
    waiting = held.Held()
    for _ in range(100):
        waiting.put(_window(1000))
    assert len(waiting) == held.SIGHTINGS_MAX // 1000
    assert waiting.dropped_total == 100 - len(waiting)
    while len(waiting):
        waiting.take()
    for _ in range(held.WINDOWS_MAX + 1):
        waiting.put(_window(0))
    assert len(waiting) == held.WINDOWS_MAX
