"""The live agent in virtual time: whatever happens to clock, key, radio and broker, nothing is lost or mislabelled.

Air, clocks and collector are SIMULATED (tests/support/virtual.py); agent, spool and signatures are the real ones.
"""

import json
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import air
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory import holds
from virtual import DAY_MS, START_MS, Frames, Unit, key_of

from footfall_sensor import held, words
from footfall_sensor.asking import RETRY_S_MAX
from footfall_sensor.clock import DRIFT_MS_MAX, STEP_MS
from footfall_sensor.interface import Link
from footfall_sensor.listening import Closed
from footfall_sensor.pseudonym import Pseudonymiser
from footfall_sensor.wire import envelope
from footfall_sensor.wire.batch import Batch, ClockState, Columns, Counters, Sighting
from footfall_sensor.wire.messages import Health, Totals

PROBE = air.plain() + air.probe()
YEAR_MS = 365 * DAY_MS
WINDOW_MS = 30_000


def steady(every_ms: int = 700, begin_ms: int = START_MS + 20_000, end_ms: int = START_MS + 40 * DAY_MS) -> Frames:
    """One phone that asks again and again."""
    return ((ms, PROBE) for ms in range(begin_ms, end_ms, every_ms))


def by_chance(seed: int, mean_ms: int = 3000) -> Frames:
    """Phones that come and go."""
    chance, ms = random.Random(seed), START_MS + 15_000
    while True:
        ms += 1 + int(chance.expovariate(1 / mean_ms))
        yield ms, air.plain(chance.randint(-90, -40)) + air.probe(b"\2\0\0\0\0" + bytes([chance.randrange(40)]))


class Recorded:
    """Frames that are also kept by their true time, to compare with."""

    def __init__(self, frames: Frames) -> None:
        self.times: list[int] = []
        self._frames = frames

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        for ms, raw in self._frames:
            self.times.append(ms)
            yield ms, raw

    def between(self, start_ms: int, end_ms: int) -> int:
        return sum(start_ms <= ms < end_ms for ms in self.times)


def _conserved(unit: Unit) -> None:
    """Every frame that was handed on is in a window, and every window in a batch, or counted as dropped."""
    totals = unit.agent.totals
    assert unit.air.handed_on == totals.frames
    assert totals.batches_emitted == totals.batches_acked + len(unit.agent.spool) + totals.batches_dropped_full


def _tiles(windows: list[Batch]) -> None:
    for before, after in pairwise(windows):
        assert before.start_ms + before.length_ms == after.start_ms


def _agrees(windows: list[Batch], heard: Recorded, slack_ms: int = STEP_MS) -> None:
    """Each window holds the frames of its own time, by the true clock."""
    for window in windows:
        end_ms = window.start_ms + window.length_ms
        least = heard.between(window.start_ms + slack_ms, end_ms - slack_ms)
        most = heard.between(window.start_ms - slack_ms, end_ms + slack_ms)
        assert least <= window.counters.frames <= most


def test_day_at_a_shop_is_windows_on_the_grid(tmp_path: Path) -> None:
    """Placed on UTC, of the configured length, with tokens of the day's key, each frame in its own window."""
    heard = Recorded(by_chance(1))
    unit = Unit(tmp_path, iter(heard))
    unit.run_s(3600)
    unit.live.finish()
    windows = unit.windows
    _conserved(unit)
    _tiles(windows)
    _agrees(windows, heard)
    assert all(window.start_ms % WINDOW_MS == 0 for window in windows[2:])
    assert {window.clock for window in windows} == {ClockState.SYNCED}
    whole = windows[3:-1]
    assert all(window.epoch and not window.counters.keyless for window in whole)
    tokens = Pseudonymiser(key_of(START_MS - 20 * 3_600_000))
    expected = {int.from_bytes(tokens.token(b"\2\0\0\0\0" + bytes([number])), "little") for number in range(40)}
    assert {row.token for window in whole for row in window.columns} == expected


# The clock.


@pytest.mark.parametrize("wrong_ms", [-10 * YEAR_MS, -YEAR_MS, -7_200_000, -40_000, 90_000, YEAR_MS])
def test_hour_without_time_is_placed_afterwards(wrong_ms: int, tmp_path: Path) -> None:
    """NTP comes after an hour: every window of that hour gets its true place, whatever the wall clock said before."""
    heard = Recorded(by_chance(2))
    unit = Unit(tmp_path, iter(heard), synced=False)
    unit.clock.wall_offset_ms += wrong_ms
    unit.run_s(3600)
    assert unit.windows == []
    assert unit.collector.health[-1].held >= 118
    assert (unit.collector.health[-1].clock, unit.collector.health[-1].epoch) == ("unknown", "")
    unit.vouch()
    unit.run_s(120)
    unit.live.finish()
    _conserved(unit)
    _tiles(unit.windows)
    _agrees(unit.windows, heard)
    assert sum(window.counters.frames for window in unit.windows) == unit.air.handed_on
    early = [window for window in unit.windows if window.start_ms < START_MS + 3_600_000]
    assert not any(len(window.columns) or window.epoch for window in early)
    assert sum(window.counters.keyless for window in early) >= sum(window.counters.frames for window in early[:-1])


def test_time_that_never_comes_costs_the_oldest_and_says_so(tmp_path: Path) -> None:
    """What waits is bounded; what did not fit, or was still waiting at the end, is counted."""
    unit = Unit(tmp_path, steady(5_000), synced=False)
    unit.run_s((held.WINDOWS_MAX + 30) * 30)
    health = unit.collector.health[-1]
    assert health.held == held.WINDOWS_MAX
    assert 25 <= health.totals.windows_dropped <= 30
    unit.live.finish()
    health = unit.collector.health[-1]
    assert (health.held, unit.windows) == (0, [])
    assert health.totals.windows_dropped == health.totals.windows


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32))
def test_steps_of_the_clock_mislabel_nothing(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """The wall clock jumps by seconds to decades, back, and is put right by NTP, again and again: each window that is
    sent stands where its frames were heard, none is lost, none overlaps another."""
    chance = random.Random(seed)
    heard = Recorded(by_chance(seed))
    unit = Unit(tmp_path_factory.mktemp("steps"), iter(heard), synced=chance.random() < 0.7)
    for _ in range(chance.randrange(1, 8)):
        unit.run_s(chance.choice((1, 17, 200, 1000)))
        size_ms = round(10 ** chance.uniform(2, 12))
        unit.clock.wall_offset_ms = unit.clock.true_offset_ms + chance.choice((-1, 0, 1)) * size_ms
        unit.run_s(chance.choice((0, 3, 31, 400, 1000)))
        if chance.random() < 0.5:
            unit.vouch()
    unit.vouch()
    unit.run_s(90)
    unit.live.finish()
    _conserved(unit)
    slack_ms = STEP_MS + DRIFT_MS_MAX
    _agrees(unit.windows, heard, 2 * slack_ms)
    for before, after in pairwise(sorted(unit.windows, key=lambda window: window.start_ms)):
        assert abs(before.start_ms + before.length_ms - after.start_ms) <= 2 * slack_ms
    assert sum(window.counters.frames for window in unit.windows) == unit.air.handed_on
    assert unit.collector.health[-1].totals.windows_dropped == 0


def test_tokens_of_another_day_are_not_sent(tmp_path: Path) -> None:
    """The clock was a day behind, and NTP puts it right while a window is open: its tokens were made with the wrong
    day's key. It is sent as a window without tokens."""
    unit = Unit(tmp_path, steady(), synced=False)
    unit.collector.clock = type(unit.clock)(true_offset_ms=START_MS - DAY_MS)  # the collector shares the error
    unit.collector.clock.mono = 10**6
    unit.clock.wall_offset_ms -= DAY_MS
    unit.stamp_path.write_text("step 3 0.0\n")
    unit.run_s(100)
    assert unit.windows[-1].epoch
    unit.clock.wall_offset_ms += DAY_MS
    unit.run_s(2)
    unit.vouch()
    unit.run_s(40)
    unit.live.finish()
    moved = [window for window in unit.windows if window.start_ms > START_MS]
    assert moved
    assert not any(len(window.columns) for window in moved)
    assert all(window.counters.keyless == window.counters.probes for window in moved)
    _conserved(unit)


# The key.


def test_tokens_begin_when_the_key_comes(tmp_path: Path) -> None:
    """Until then probes are counted; the window is cut there, so that nobody waits for its end."""
    unit = Unit(tmp_path, steady())
    unit.collector.giving_keys = False
    unit.run_s(95)
    assert unit.collector.health[-1].key_wanted
    assert sum(len(window.columns) for window in unit.windows) == 0
    unit.collector.giving_keys = True
    for _ in range(round(RETRY_S_MAX)):  # nobody has answered for a while: it asks once a minute
        unit.run_s(0 if unit.live._epoch else 1)
    unit.run_s(5)
    assert unit.live._epoch is not None
    unit.live.finish()
    _tiles(unit.windows)
    _conserved(unit)
    keyless = [window for window in unit.windows if not window.epoch][-1]
    keyed = next(window for window in unit.windows if window.epoch)
    assert keyless.counters.keyless == keyless.counters.probes
    assert keyed.counters.keyless == 0
    assert len(keyed.columns) == 1


def test_epoch_turns_at_its_hour(tmp_path: Path) -> None:
    """At four o'clock the old key is gone from memory, the new one is asked for, and no token of one day has the key
    of another."""
    unit = Unit(tmp_path, steady(5_000), beacons="on")
    unit.air.beacons_a_s = 1.0
    unit.run_s(4 * 3600 - 60)
    old_key = unit.live._epoch
    assert old_key is not None
    secret = Pseudonymiser(key_of(START_MS - 20 * 3_600_000)).token(air.PHONE)
    unit.run_s(120)
    unit.live.finish()
    turn_ms = START_MS + 4 * 3_600_000
    names = {window.epoch for window in unit.windows if window.start_ms < turn_ms and window.epoch}
    later = {window.epoch for window in unit.windows if window.start_ms >= turn_ms and window.epoch}
    assert len(names) == len(later) == 1
    assert names != later
    tokens = {row.token for window in unit.windows if window.start_ms >= turn_ms for row in window.columns}
    assert int.from_bytes(secret, "little") not in tokens
    missed = [window for window in unit.windows if window.start_ms >= turn_ms and window.counters.keyless]
    assert sum(window.length_ms for window in missed) <= 3000
    assert not holds(unit.agent.courier.keyring, key_of(START_MS - 20 * 3_600_000))
    _tiles(unit.windows)
    _conserved(unit)


def test_key_outlives_no_epoch_while_the_radio_is_away(tmp_path: Path) -> None:
    """Gone over four o'clock: nobody listens, and the old key is dropped all the same."""
    unit = Unit(tmp_path, steady())
    unit.collector.giving_keys = True
    unit.run_s(60)
    assert unit.live._epoch is not None
    unit.air.link = Link.GONE
    unit.run_s(2)
    assert unit.live._epoch is None
    unit.collector.giving_keys = False
    unit.run_s(5 * 3600)
    assert len(unit.agent.courier.keyring) == 0


# The radio.


@pytest.mark.parametrize("state", [Link.GONE, Link.DOWN, Link.NOT_MONITOR, Link.NO_PERMISSION, Link.REFUSED])
def test_radio_that_is_away_makes_a_gap_and_no_silence(state: Link, tmp_path: Path) -> None:
    """No window says that nobody was there while nobody listened; the state is said at once, and so is the return."""
    unit = Unit(tmp_path, steady(), health_s=60)
    unit.run_s(100)
    unit.air.link = state
    unit.run_s(300)
    assert unit.collector.health[-1].radio == state.value
    unit.air.link = Link.LISTENING
    unit.run_s(100)
    unit.live.finish()
    assert [health.radio for health in unit.collector.health if health.radio == "listening"]
    away = START_MS + 12_345 + 100_000 + 2_000, START_MS + 12_345 + 400_000 - 2_000
    during = [w for w in unit.windows if w.start_ms < away[1] and w.start_ms + w.length_ms > away[0]]
    assert during == []
    _conserved(unit)


def test_deaf_radio_is_kicked_said_and_makes_a_gap(tmp_path: Path) -> None:
    """Its beacons vanish: kicked, deaf, and no windows until it hears again."""
    unit = Unit(tmp_path, steady(3000))
    unit.air.beacons_a_s = 5.0
    unit.run_s(200)
    unit.air.deaf = True
    unit.run_s(300)
    states = [health.radio for health in unit.collector.health]
    assert states[-1] == "deaf"
    assert "kicked" in states
    assert unit.air.kicks
    last_ms = max(window.start_ms + window.length_ms for window in unit.windows)
    assert last_ms < START_MS + 12_345 + 200_000 + 60_000
    unit.air.deaf = False
    unit.run_s(100)
    assert unit.collector.health[-1].radio == "listening"
    assert unit.collector.health[-1].totals.kicks == len(unit.air.kicks)
    unit.live.finish()
    _conserved(unit)


def test_kernel_drops_are_in_the_window_that_lost_them(tmp_path: Path) -> None:
    """What the kernel dropped is counted where it would have been heard, once."""
    unit = Unit(tmp_path, steady())
    unit.run_s(95)
    unit.air.dropped_total += 17
    unit.run_s(60)
    unit.live.finish()
    assert [window.counters.kernel_drops for window in unit.windows if window.counters.kernel_drops] == [17]
    assert unit.agent.totals.kernel_drops == 17


# Broker, end, modes.


def test_cable_that_is_pulled_loses_nothing(tmp_path: Path) -> None:
    """An hour without a broker waits in the spool; it is sent when the broker is back, and the tally is whole."""
    heard = Recorded(by_chance(3))
    unit = Unit(tmp_path, iter(heard))
    unit.run_s(300)
    unit.collector.disconnect()
    unit.run_s(3600)
    assert len(unit.agent.spool) >= 119
    assert unit.agent.spool.oldest_s > 3500
    unit.collector.connect()
    unit.run_s(60)
    unit.live.finish()
    assert len(unit.agent.spool) == 0
    _conserved(unit)
    _tiles(unit.windows)
    _agrees(unit.windows, heard)


def test_end_says_everything_and_then_goodbye(tmp_path: Path) -> None:
    """SIGTERM: the last frames are heard, the open window is closed where it stands, and the death message comes
    last."""
    unit = Unit(tmp_path, steady(100))
    unit.run_s(101.2)
    unit.live.stop()
    unit.live.run()
    last = unit.windows[-1]
    assert last.start_ms + last.length_ms == pytest.approx(unit.clock.true_ms, abs=50)
    assert unit.collector.said["death"] == 1
    assert len(unit.agent.spool) == 0
    assert sum(window.counters.frames for window in unit.windows) == unit.air.handed_on
    _conserved(unit)


def test_mode_counts_sends_no_token(tmp_path: Path) -> None:
    """The same air: as many probes, devices by level and by class, and not one token in any batch."""
    for name in "ab":
        (tmp_path / name).mkdir()
    with_tokens = Unit(tmp_path / "a", by_chance(4))
    only_counts = Unit(tmp_path / "b", by_chance(4), mode="counts")
    for unit in (with_tokens, only_counts):
        unit.run_s(600)
        unit.live.finish()
        _conserved(unit)
    assert [window.counters.probes for window in with_tokens.windows] == [
        window.counters.probes for window in only_counts.windows
    ]
    assert not any(len(window.columns) for window in only_counts.windows)
    for one, other in zip(with_tokens.windows[2:], only_counts.windows[2:], strict=True):
        assert other.summary is not None
        assert len(one.columns) == other.summary.devices == sum(other.summary.levels)
        assert sum(row.bursts for row in one.columns) == other.summary.bursts
        classes = [row.model_class for row in one.columns]
        assert all(count == classes.count(number) >= 3 for number, count in other.summary.classes)


def test_mode_counts_needs_no_running_key(tmp_path: Path) -> None:
    """When the day's key ends and no other comes, devices are still told apart, but no class is told: it would mean
    nothing elsewhere. Before the collector's first word nobody is: it might be closed, and somebody may have objected.
    """
    unit = Unit(tmp_path, by_chance(5), mode="counts")
    unit.collector.giving_keys = False
    unit.run_s(120)
    unit.collector.day_ends_ms = unit.clock.true_ms + round(2000 * RETRY_S_MAX)
    unit.collector.giving_keys = True
    unit.run_s(1.5 * RETRY_S_MAX)  # nobody has answered for a while: it asks once a minute
    unit.collector.giving_keys = False
    unit.run_s(300)
    unit.live.finish()
    before = [window for window in unit.windows if window.start_ms < START_MS + 90_000]
    after = [window for window in unit.windows if window.start_ms >= unit.collector.day_ends_ms]
    assert not any(window.summary for window in before)
    assert sum(window.counters.keyless for window in before) > 10
    assert sum(window.summary.devices for window in after if window.summary) > 50
    assert not any(window.summary.classes for window in after if window.summary)
    assert {window.epoch for window in after} == {""}


def test_full_disk_ends_no_agent(tmp_path: Path) -> None:
    """Status that cannot be written is left out; batches that cannot be spooled are counted; it goes on."""
    unit = Unit(tmp_path, steady())
    unit.run_s(60)
    for path in sorted(Path(unit.config.run_dir).rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    Path(unit.config.run_dir).rmdir()
    Path(unit.config.run_dir).write_text("a file where the folder was")
    unit.run_s(120)
    totals = unit.agent.totals
    assert totals.batches_dropped_full > 0
    assert unit.collector.health[-1].totals.windows > 3


# What waits.


@pytest.mark.parametrize("hundredth", range(10))
def test_words_just_left_are_of_an_agent_that_runs(
    hundredth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks at the moment they are written does not take them for those of an earlier start."""
    unit = Unit(tmp_path)
    now_s = 5000 + hundredth / 100
    monkeypatch.setattr("footfall_sensor.agent.time", SimpleNamespace(monotonic=lambda: now_s))
    unit.agent.report(Health(Totals(), uptime_s=1.0, time_ms=START_MS, radio="listening"))
    said = json.loads(unit.config.status_path.read_text())
    assert not words.has_stopped(said, now_s - said["written_s"])


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


def test_own_stations_are_heard_only_where_that_is_configured(tmp_path: Path) -> None:
    """A phone that joins the venue's network is a sighting flagged associated; by default such a frame is nothing."""
    frame = bytearray(air.probe(control=0x0000))
    frame[4:10] = frame[16:22] = bytes.fromhex("5c628bd1e200")
    joining = air.plain() + bytes(frame[:24])
    flags = []
    for name, options in (("on", {"associated": "on", "bssid": "5c:62:8b:d1:e2:00"}), ("off", {})):
        (tmp_path / name).mkdir()
        unit = Unit(tmp_path / name, iter([(START_MS + 40_000, joining)]), **options)
        unit.run_s(100)
        unit.live.finish()
        flags.append([row.flags & 2 for window in unit.windows for row in window.columns])
        assert unit.agent.totals.associations == len(flags[-1])
    assert flags == [[2], []]


def test_each_connection_has_a_will_of_its_own(tmp_path: Path) -> None:
    """A collector takes a death once, so an old will, replayed, must not be that of the running connection."""
    unit = Unit(tmp_path)
    wills = []
    for _ in range(3):
        unit.collector.connect()
        unit.run_s(2)
        unit.collector.disconnect()
        unit.run_s(2)
        wills.append(envelope.unpack(unit.collector.will))
    assert {will.kind for will in wills} == {envelope.Kind.DEATH}
    numbers = [will.number for will in wills]
    assert numbers == sorted(set(numbers))
