"""The live agent in virtual time: whatever happens to clock and key, no window is mislabelled.

Air, clocks and collector are SIMULATED (tests/support/virtual.py); agent, spool and signatures are the real ones.
"""

import random
from itertools import pairwise
from pathlib import Path

import air
import pytest
from heard import Recorded, agrees, by_chance, conserved, steady, tiles
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory import holds
from virtual import DAY_MS, START_MS, Unit, key_of

from footfall_sensor import held
from footfall_sensor.asking import RETRY_S_MAX
from footfall_sensor.clock import DRIFT_MS_MAX, STEP_MS
from footfall_sensor.interface import Link
from footfall_sensor.pseudonym import Pseudonymiser

YEAR_MS = 365 * DAY_MS

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
    conserved(unit)
    tiles(unit.windows)
    agrees(unit.windows, heard)
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
    conserved(unit)
    slack_ms = STEP_MS + DRIFT_MS_MAX
    agrees(unit.windows, heard, 2 * slack_ms)
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
    conserved(unit)


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
    tiles(unit.windows)
    conserved(unit)
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
    tiles(unit.windows)
    conserved(unit)


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
