"""What a place allows: no token without its list, none at a sensitive place, nobody sensed while it is closed.

Air, clocks and collector are SIMULATED (tests/support/virtual.py); agent, spool and signatures are the real ones.
"""

import random
from collections.abc import Callable
from pathlib import Path

import air
import pytest
from virtual import START_MS, Frames, Unit, key_of

from footfall_sensor.hours import Hours
from footfall_sensor.pseudonym import Pseudonymiser

OBJECTOR = bytes.fromhex("001122334455")
PROBE = air.plain() + air.probe()
HOUR_MS = 3_600_000


def two_phones(every_ms: int = 500) -> Frames:
    """One that objected and one that did not, in turns."""
    ms = START_MS + 13_000
    while True:
        yield ms, PROBE
        yield ms + 250, air.plain() + air.probe(OBJECTOR)
        ms += every_ms


def lines_of(unit: Unit) -> list[object]:
    return [(window.start_ms, window.counters, window.columns, window.summary) for window in unit.windows]


@pytest.mark.parametrize("mode", ["tokens", "counts"])
def test_unit_that_has_the_list_says_nothing_of_an_objector(tmp_path: Path, mode: str) -> None:
    """In none of its batches, from the first window on that tells anybody apart."""
    unit = Unit(tmp_path, two_phones(), mode=mode)
    unit.collector.objections = (OBJECTOR,)
    unit.run_s(200)
    unit.live.finish()
    tokens = {row.token for window in unit.windows for row in window.columns}
    objected = int.from_bytes(Pseudonymiser(key_of(START_MS - 20 * HOUR_MS)).token(OBJECTOR), "little")
    told = [window for window in unit.windows if window.summary or len(window.columns)]
    assert len(told) >= 5
    assert objected not in tokens
    assert {window.summary.devices for window in told if window.summary} <= {1}
    assert all(window.counters.frames == window.counters.probes <= 60 for window in told)
    assert unit.collector.health[-1].objections == 1


@pytest.mark.parametrize("mode", ["tokens", "counts"])
def test_no_token_and_no_device_without_the_list(tmp_path: Path, mode: str) -> None:
    """The key is here and the list that it asks for is not: frames are counted, nobody is told apart."""
    unit = Unit(tmp_path, two_phones(), mode=mode)
    unit.collector.listing = False
    unit.run_s(150)
    assert not any(window.summary or len(window.columns) or window.epoch for window in unit.windows)
    assert unit.collector.health[-1].key_wanted
    unit.collector.listing = True
    unit.run_s(90)
    unit.live.finish()
    assert any(window.summary or len(window.columns) for window in unit.windows)


def test_new_objection_holds_within_a_window(tmp_path: Path) -> None:
    """The collector says that there is another list, the unit asks for it; from the next window on there is no trace:
    long before 15 minutes.
    """
    unit = Unit(tmp_path, two_phones())
    unit.run_s(100)
    unit.collector.objections, unit.collector.list_version = (OBJECTOR,), 2
    unit.collector.announce_list("door")
    sent_ms = unit.clock.true_ms
    unit.run_s(150)
    unit.live.finish()
    objected = int.from_bytes(Pseudonymiser(key_of(START_MS - 20 * HOUR_MS)).token(OBJECTOR), "little")
    heard_ms = [w.start_ms for w in unit.windows if objected in {row.token for row in w.columns}]
    assert heard_ms
    assert max(heard_ms) <= sent_ms + 6000
    assert max(w.start_ms for w in unit.windows) > sent_ms + 60_000


@pytest.mark.parametrize("mode", ["tokens", "counts"])
def test_sensitive_place_forces_counts_on_the_unit(tmp_path: Path, mode: str) -> None:
    """Whatever its own mode: no token and no class in any batch, devices are counted window by window."""
    unit = Unit(tmp_path, two_phones(), mode=mode)
    unit.collector.sensitive = True
    unit.run_s(200)
    unit.live.finish()
    assert not any(len(window.columns) or window.epoch for window in unit.windows)
    summaries = [window.summary for window in unit.windows if window.summary]
    assert {summary.devices for summary in summaries[1:-1]} == {2}
    assert not any(summary.classes for summary in summaries)


def test_place_that_becomes_sensitive_is_so_from_the_next_window(tmp_path: Path) -> None:
    """A new version is announced; the unit asks, and the day's key comes again with the word that nothing but counts
    may leave: no token after the window that is open then.
    """
    unit = Unit(tmp_path, two_phones())
    unit.run_s(100)
    assert any(len(window.columns) for window in unit.windows)
    unit.collector.sensitive, unit.collector.list_version = True, 2
    unit.collector.announce_list("door")
    said_ms = unit.clock.true_ms + 6000
    unit.run_s(120)
    unit.live.finish()
    assert not any(len(window.columns) for window in unit.windows if window.start_ms > said_ms)
    assert any(window.summary for window in unit.windows)


# Opening hours.


@pytest.mark.parametrize("mode", ["tokens", "counts"])
def test_closed_place_is_not_sensed(tmp_path: Path, mode: str) -> None:
    """Not a window and not a frame while it is closed: a gap, no silence; and the unit says that it is on purpose."""
    unit = Unit(tmp_path, two_phones(), mode=mode)
    opens_ms, closes_ms = START_MS + 300_000, START_MS + 600_000
    unit.collector.open_spans = ((opens_ms, closes_ms), (START_MS + HOUR_MS, START_MS + 2 * HOUR_MS))
    unit.run_s(900)
    unit.live.finish()
    told = [window for window in unit.windows if window.summary or len(window.columns)]
    assert told[0].start_ms == pytest.approx(opens_ms, abs=2000)
    assert told[-1].start_ms + told[-1].length_ms == pytest.approx(closes_ms, abs=2000)
    assert not [w for w in unit.windows if START_MS + 60_000 <= w.start_ms < opens_ms - 2000 or w.start_ms > closes_ms]
    assert [told[0].counters.frames > 0, told[-1].counters.frames > 0] == [True, True]
    states = [health.radio for health in unit.collector.health]
    assert states[-2] == "closed"
    assert "listening" in states
    assert not unit.collector.health[-2].key_wanted
    assert sum(window.counters.frames for window in unit.windows) < unit.air.handed_on / 2


def test_unit_that_is_cut_off_keeps_to_the_hours_of_the_days_to_come() -> None:
    """After the key's end the collector's last word holds; when that is used up the place counts as closed."""
    hours = Hours()
    assert (hours.known, hours.closed(START_MS)) == (False, False)
    hours.note(((START_MS, START_MS + 10), (START_MS + 20, START_MS + 30)))
    spans = [hours.closed(START_MS + ms) for ms in (-1, 0, 9, 10, 19, 20, 29, 30, 10**9)]
    assert spans == [True, False, False, True, True, False, False, True, True]
    hours.note(None)
    assert not hours.closed(START_MS - 1)
    hours.note(())
    assert hours.closed(START_MS)


@pytest.mark.parametrize("seed", range(3))
def test_sensed_time_is_the_open_time_whatever_the_hours(tmp_path: Path, seed: int) -> None:
    """Hours at random: every window with devices lies in them, to the second, and none of them is missed."""
    chance = random.Random(seed)
    edges = sorted(START_MS + 60_000 + 1000 * second for second in chance.sample(range(1, 1400), 8))
    unit = Unit(tmp_path, two_phones())
    unit.collector.open_spans = tuple(zip(edges[::2], edges[1::2], strict=True))
    unit.run_s(1500)
    unit.live.finish()
    told = [window for window in unit.windows if window.start_ms >= START_MS + 60_000]
    sensed_ms = sum(window.length_ms for window in told)
    assert sensed_ms == pytest.approx(sum(end - start for start, end in unit.collector.open_spans), abs=8 * 1300)
    inside: Callable[[int], bool] = lambda ms: any(  # noqa: E731 - read beside its use
        start - 1300 <= ms <= end + 1300 for start, end in unit.collector.open_spans or ()
    )
    assert all(inside(window.start_ms) and inside(window.start_ms + window.length_ms) for window in told)
