"""The timeline: no instant before time is known, and none that a step of the wall clock could bend."""

import random
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import footfall_sensor
from footfall_sensor import BUILT_S, clock
from footfall_sensor.clock import DRIFT_MS_MAX, LEAP_MS, STEP_MS, VOUCH_MS, Grid, Timeline, Trust

FLOOR_MS = 1_790_000_000_000
TRUE_MS = 1_800_000_000_000
YEAR_MS = 365 * 86_400_000


@dataclass
class Machine:
    """Two clocks and NTP, second by second. `off_ms`: how wrong the wall clock is."""

    timeline: Timeline
    mono_ms: int = 5_000
    off_ms: int = 0
    stamp: int = 0

    def run(self, seconds: int, slew_ppm: int = 0) -> None:
        for second in range(seconds):
            self.mono_ms += 1000
            self.off_ms += slew_ppm * (second + 1) // 1000 - slew_ppm * second // 1000
            self.timeline.read(self.mono_ms, self.wall_ms, self.stamp)

    @property
    def true_ms(self) -> int:
        return self.mono_ms + TRUE_MS

    @property
    def wall_ms(self) -> int:
        return self.true_ms + self.off_ms

    def vouch(self) -> None:
        self.off_ms, self.stamp = 0, self.stamp + 1

    @property
    def error_ms(self) -> int | None:
        utc_ms = self.timeline.utc(self.mono_ms)
        return None if utc_ms is None else utc_ms - self.true_ms


def _machine(by_ntp: bool = True, off_ms: int = 0, stamp: int = 0) -> Machine:
    return Machine(Timeline(FLOOR_MS, by_ntp), off_ms=off_ms, stamp=stamp)


def test_no_time_is_known_before_ntp_says_so() -> None:
    """A wall clock that looks right is not taken for right where there is an NTP that could say so."""
    machine = _machine()
    machine.run(3600)
    assert (machine.timeline.trust, machine.error_ms) == (Trust.UNKNOWN, None)
    machine.vouch()
    machine.run(1)
    assert (machine.timeline.trust, machine.error_ms) == (Trust.SYNCED, 0)


def test_ntp_that_spoke_before_the_agent_started_is_heard() -> None:
    """After a restart of the agent alone there is nothing to wait for."""
    machine = _machine(stamp=77)
    machine.run(1)
    assert machine.timeline.trust is Trust.SYNCED


def test_clock_before_this_version_is_never_believed() -> None:
    """Whoever vouches: this program did not exist then."""
    for by_ntp in (True, False):
        machine = _machine(by_ntp, off_ms=FLOOR_MS - TRUE_MS - 1_000_000, stamp=1)
        machine.run(900)
        assert machine.timeline.trust is Trust.UNKNOWN


def test_without_ntp_a_steady_clock_is_believed() -> None:
    """It has to be later than this version, and steady for some seconds: time enough to be set after boot."""
    machine = _machine(by_ntp=False, off_ms=-3 * 3_600_000)
    machine.run(3)
    assert machine.timeline.trust is Trust.UNKNOWN
    machine.off_ms = 0
    machine.run(3)
    assert machine.timeline.trust is Trust.UNKNOWN
    machine.run(4)
    assert (machine.timeline.trust, machine.error_ms) == (Trust.ASSUMED, 0)


@pytest.mark.parametrize("ppm", [-500, -37, 200, 500])
def test_slewed_clock_is_followed(ppm: int) -> None:
    """NTP bends the clock by half a millisecond a second at most: for hours the same time as the wall clock's."""
    machine = _machine()
    machine.vouch()
    machine.run(1)
    machine.run(4 * 3600, slew_ppm=ppm)
    assert machine.timeline.trust is Trust.SYNCED
    assert machine.timeline.utc(machine.mono_ms) == machine.wall_ms


@pytest.mark.parametrize("step_ms", [-YEAR_MS * 30, -YEAR_MS, -3_600_000, -1500, 1500, 86_400_000, YEAR_MS * 10])
def test_step_that_nobody_vouches_for_changes_nothing(step_ms: int) -> None:
    """Forwards, backwards, by years: in doubt at first, and then the time from before goes on."""
    machine = _machine()
    machine.vouch()
    machine.run(100)
    machine.off_ms = step_ms
    machine.run(60)
    assert (machine.timeline.trust, machine.error_ms) == (Trust.UNSURE, None)
    machine.run(VOUCH_MS // 1000)
    assert (machine.timeline.trust, machine.error_ms) == (Trust.HOLDOVER, 0)
    machine.run(3600)
    assert machine.error_ms == 0


def test_step_that_is_taken_back_was_none() -> None:
    """Somebody set the clock wrong and right again: trusted at once."""
    machine = _machine()
    machine.vouch()
    machine.run(100)
    for step_ms in (YEAR_MS, -YEAR_MS):
        machine.off_ms = step_ms
        machine.run(30)
        machine.off_ms = 0
        machine.run(1)
        assert (machine.timeline.trust, machine.error_ms) == (Trust.SYNCED, 0)


def test_step_that_ntp_made_is_taken_at_once() -> None:
    """The wall clock was wrong, and NTP says that now it is right, be it in the same second or in the next."""
    for late in (0, 1):
        machine = _machine(off_ms=-90_000, stamp=1)
        machine.run(100)
        assert machine.error_ms == -90_000
        machine.off_ms = 0
        machine.run(late)
        machine.vouch()
        machine.run(1)
        assert (machine.timeline.trust, machine.error_ms) == (Trust.SYNCED, 0)


def test_ntp_without_peers_leaves_the_time_that_was() -> None:
    """The flag is gone: the clock runs on, and it is said that nobody sees to it."""
    machine = _machine()
    machine.vouch()
    machine.run(10)
    machine.stamp = 0
    machine.run(3600, slew_ppm=50)
    assert machine.timeline.trust is Trust.HOLDOVER
    assert machine.error_ms == machine.off_ms


@pytest.mark.parametrize(("step_ms", "after_s"), [(5_000, 10), (-5_000, 10), (2 * LEAP_MS, 600), (-2 * LEAP_MS, 600)])
def test_without_ntp_a_step_is_believed_when_it_lasts(step_ms: int, after_s: int) -> None:
    """A small one soon, a leap of hours only when it has lasted: until then nothing is placed."""
    machine = _machine(by_ntp=False)
    machine.run(10)
    machine.off_ms = step_ms
    machine.run(after_s - 1)
    assert machine.timeline.trust is Trust.UNSURE
    machine.run(3)
    assert (machine.timeline.trust, machine.error_ms) == (Trust.ASSUMED, step_ms)


@settings(max_examples=300)
@given(st.integers(0, 2**32))
def test_no_weather_bends_a_time_that_ntp_has_given(seed: int) -> None:
    """Steps of any size that come, go, and are put right by NTP: whenever time is known, it is the true time."""
    chance = random.Random(seed)
    machine = _machine(off_ms=chance.choice((0, -10 * YEAR_MS, YEAR_MS, -3_600_000)))
    known = 0
    for _ in range(chance.randrange(1, 25)):
        match chance.randrange(4):
            case 0:
                machine.vouch()
            case 1:
                magnitude = 10 ** chance.uniform(3, 12)
                machine.off_ms = chance.choice((-1, 1)) * round(magnitude)
            case 2:
                machine.off_ms = 0
            case 3:
                machine.stamp = 0 if chance.random() < 0.3 else machine.stamp
        for _ in range(chance.choice((1, 5, 60, 1000))):
            machine.run(1)
            if machine.error_ms is not None:
                known += 1
                assert abs(machine.error_ms) <= STEP_MS + DRIFT_MS_MAX
    if machine.stamp and machine.off_ms == 0 and known:
        machine.run(1)
        assert machine.timeline.known


def _read(timeline: Timeline, *moments: tuple[int, int]) -> Trust:
    """Read both clocks at these moments (monotonic, how far the wall clock is off); NTP has vouched for the first."""
    for mono_ms, off_ms in moments:
        timeline.read(mono_ms, TRUE_MS + mono_ms + off_ms, stamp=1)
    return timeline.trust


@pytest.mark.parametrize(
    ("silence_ms", "followed_ms"),
    [(0, 250), (1_000, 251), (249_999, 499), (250_000, 500), (10_000_000, 500)],
    ids=str,
)
def test_how_far_a_clock_may_bend_before_it_has_jumped(silence_ms: int, followed_ms: int) -> None:
    """A quarter of a second, and a millisecond more for each second since the last reading, up to half a second."""
    hour = 3_600_000
    for off_ms in (followed_ms, -followed_ms):
        assert _read(Timeline(FLOOR_MS, by_ntp=True), (hour, 0), (hour + silence_ms, off_ms)) is Trust.SYNCED
    for off_ms in (followed_ms + 1, -followed_ms - 1):
        assert _read(Timeline(FLOOR_MS, by_ntp=True), (hour, 0), (hour + silence_ms, off_ms)) is Trust.UNSURE


def test_a_clock_at_the_floor_is_believed() -> None:
    """This version was made at that moment; a millisecond before it, it was not."""
    for wall_ms, trust in ((FLOOR_MS, Trust.SYNCED), (FLOOR_MS - 1, Trust.UNKNOWN)):
        timeline = Timeline(FLOOR_MS, by_ntp=True)
        timeline.read(0, wall_ms, stamp=1)
        assert timeline.trust is trust
    timeline.read(0, FLOOR_MS + 3_600_000, stamp=2)
    timeline.read(1_000, FLOOR_MS, stamp=3)
    assert timeline.trust is Trust.SYNCED


def test_a_jump_is_doubted_for_fifteen_minutes() -> None:
    """Then NTP, which would have spoken by now, will not; the time from before goes on."""
    jump = ((0, 0), (1_000, 5_000))
    assert _read(Timeline(FLOOR_MS, by_ntp=True), *jump, (900_999, 5_000)) is Trust.UNSURE
    assert _read(Timeline(FLOOR_MS, by_ntp=True), *jump, (901_000, 5_000)) is Trust.HOLDOVER


@pytest.mark.parametrize(
    ("jump_ms", "wait_ms"), [(5_000, 10_000), (3_600_000, 10_000), (3_600_001, 600_000), (-3_600_001, 600_000)]
)
def test_without_ntp_a_jump_is_believed_after_its_wait_and_no_sooner(jump_ms: int, wait_ms: int) -> None:
    """Ten seconds; ten minutes where it is of more than an hour, which no daemon makes twice."""
    jump = ((0, 0), (5_000, 0), (6_000, jump_ms))
    timeline = Timeline(FLOOR_MS, by_ntp=False)
    assert _read(timeline, *jump, (6_000 + wait_ms - 1, jump_ms)) is Trust.UNSURE
    assert _read(timeline, (6_000 + wait_ms, jump_ms)) is Trust.ASSUMED
    assert timeline.steps_total == 1


def test_without_ntp_the_first_time_is_believed_after_five_seconds() -> None:
    timeline = Timeline(FLOOR_MS, by_ntp=False)
    assert _read(timeline, (70_000, 0), (74_999, 0)) is Trust.UNKNOWN
    assert _read(timeline, (75_000, 0)) is Trust.ASSUMED


# Windows on the grid.


@pytest.mark.parametrize("window_ms", [5_000, 7_000, 30_000, 60_000])
def test_windows_end_with_those_of_other_sensors(window_ms: int) -> None:
    """Whatever the monotonic clock shows: from the second window on they stand on multiples of their length."""
    for mono_ms in (0, 1, 777, 29_999, 123_456_789):
        timeline = Timeline(FLOOR_MS, by_ntp=True)
        timeline.read(mono_ms, TRUE_MS + mono_ms, stamp=1)
        grid, places = Grid(timeline, window_ms), []
        begin = mono_ms
        for _ in range(5):
            begin, end = grid.span(begin)
            places.append(grid.place(begin, end - begin))
            begin = end
        assert all(place.start_ms % window_ms == 0 for place in places[1:])
        assert all(place.length_ms == window_ms for place in places[1:])
        assert places[0].start_ms + places[0].length_ms == places[1].start_ms


def test_what_is_left_to_the_next_line_is_a_window_or_joins_the_one_after_it() -> None:
    """A quarter of a second joins, more is a window of its own; one that lies within the slack has a length."""
    timeline = Timeline(FLOOR_MS, by_ntp=True)
    timeline.read(0, TRUE_MS - TRUE_MS % 30_000, stamp=1)
    grid = Grid(timeline, 30_000)
    assert [grid.span(30_000 - left_ms)[1] for left_ms in (250, 251)] == [60_000, 30_000]
    assert grid.place(29_900, 100) == (timeline.offset_ms + 29_900, 100)


@settings(max_examples=200)
@given(st.integers(-500, 500), st.sampled_from((5, 7, 30, 59, 60)), st.integers(0, 10**9))
def test_slewed_windows_tile_without_gap_and_overlap(ppm: int, window_s: int, mono_ms: int) -> None:
    """For an hour of the strongest slew every window begins exactly where the one before ended."""
    machine = _machine()
    machine.mono_ms = mono_ms
    machine.vouch()
    machine.run(1)
    grid = Grid(machine.timeline, window_s * 1000)
    begin, end = grid.span(machine.mono_ms)
    placed = []
    for _ in range(3600):
        machine.run(1, slew_ppm=ppm)
        while machine.mono_ms >= end:
            placed.append(grid.place(begin, end - begin))
            begin, end = grid.span(end)
    for before, after in pairwise(placed):
        assert before.start_ms + before.length_ms == after.start_ms
    assert all(place.start_ms % (window_s * 1000) == 0 for place in placed[1:])
    assert all(0 < place.length_ms <= 60_000 for place in placed)


@pytest.mark.parametrize("ppm", [-500, -400, 400, 500])
@pytest.mark.parametrize("window_s", [5, 30, 60])
def test_window_that_opens_just_before_a_multiple_tiles_too(ppm: int, window_s: int) -> None:
    """A few hundred milliseconds that are left to the grid's next line are a window, or join the one after it."""
    for left_ms in range(1, 400, 7):
        mono_ms = -TRUE_MS % (window_s * 1000) - left_ms + window_s * 1000 - 1000
        test_slewed_windows_tile_without_gap_and_overlap.hypothesis.inner_test(ppm, window_s, mono_ms)  # type: ignore[attr-defined]


def test_this_version_knows_when_it_was_made() -> None:
    """The floor is the date that the package is built with."""
    date = Path(footfall_sensor.__file__).parent.parent / "version.date"
    assert int(date.read_text()) == BUILT_S
    assert clock.STEADY_MS < clock.RESTEADY_MS < clock.RELEAP_MS < VOUCH_MS
