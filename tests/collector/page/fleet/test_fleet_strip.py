"""The strip of a sensor's states: what is known of a time, and no more."""

from collector.page.fleet.strip import strip
from collector.watch.past import StateChange


def test_bands_of_states_fill_the_time_that_is_known_and_no_more() -> None:
    changes = [StateChange(1, 0, "ok", ""), StateChange(1, 150, "silent", ""), StateChange(1, 180, "ok", "")]
    assert [(one.x, one.width, one.kind) for one in strip(changes, 100, 200)] == [
        (0, 500, "good"),
        (500, 300, "bad"),
        (800, 200, "good"),
    ]
    assert strip([], 100, 200) == []
    (well,) = strip([StateChange(1, 0, "ok", "")], 0, 1_000_000, heard_ms=320_000)
    assert (well.x, well.width) == (0, 500), "nobody knows how it was when it had been quiet for three minutes"
    assert strip([StateChange(1, 150, "ok", "")], 100, 200)[0].x == 500, "before that nothing is known"
