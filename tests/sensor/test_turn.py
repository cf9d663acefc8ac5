"""The turn of the day on a unit, in virtual time: whatever is away when the key changes, tokens are never mislabelled.

Clocks, air and collector are SIMULATED; the agent, its keyring and its signatures are real.
"""

from collections.abc import Iterator
from pathlib import Path

import air
from virtual import DAY_MS, START_MS, Unit, key_of

from footfall_sensor.pseudonym import Pseudonymiser
from footfall_sensor.wire.batch import Batch

TURN_MS = START_MS + 4 * 3_600_000
MAC = bytes.fromhex("0211223344aa")


def _frames(begin_ms: int, end_ms: int) -> Iterator[tuple[int, bytes]]:
    for number, at_ms in enumerate(range(begin_ms, end_ms, 2000)):
        yield at_ms, air.plain(-50) + air.probe(mac=MAC, seq=number & 0xFFF)


def _unit(folder: Path, before_s: int, seconds: int) -> Unit:
    """A unit that starts so long before the turn, and hears one phone all the time."""
    begin_ms = TURN_MS - before_s * 1000
    unit = Unit(folder, _frames(begin_ms, begin_ms + seconds * 1000))
    unit.clock.true_offset_ms = unit.clock.wall_offset_ms = begin_ms - unit.clock.mono
    unit.vouch()
    return unit


def _check(unit: Unit) -> tuple[list[Batch], list[Batch]]:
    """Windows before and after the turn; each token is that of its own day's key."""
    before = [window for window in unit.windows if window.start_ms < TURN_MS]
    after = [window for window in unit.windows if window.start_ms >= TURN_MS]
    for windows, turn_ms in ((before, TURN_MS - DAY_MS), (after, TURN_MS)):
        token = int.from_bytes(Pseudonymiser(key_of(turn_ms)).token(MAC), "little")
        assert {row.token for window in windows for row in window.columns} <= {token}
        assert {window.epoch for window in windows if len(window.columns)} <= {f"day-{turn_ms // DAY_MS}"}
    return before, after


def _keyless(windows: list[Batch]) -> int:
    return sum(window.counters.keyless for window in windows)


def test_a_unit_goes_from_one_key_to_the_next_without_a_gap(tmp_path: Path) -> None:
    """It has asked before the turn: not one probe after it is without a token."""
    unit = _unit(tmp_path, 900, 1200)
    unit.run_s(890)
    assert len(unit.agent.courier.keyring) == 2
    unit.run_s(310)
    unit.live.finish()
    _, after = _check(unit)
    assert after
    assert _keyless(after) == 0
    assert len(unit.agent.courier.keyring) == 1


def test_a_unit_that_missed_the_turn_counts_without_tokens_until_the_collector_is_back(tmp_path: Path) -> None:
    """The old key is gone at the turn all the same; a minute after the collector's return there are tokens again."""
    unit = _unit(tmp_path, 900, 1500)
    unit.run_s(60)
    unit.collector.giving_keys = False
    unit.run_s(1100)
    assert len(unit.agent.courier.keyring) == 0
    unit.collector.giving_keys = True
    unit.run_s(220)
    unit.live.finish()
    before, after = _check(unit)
    assert any(len(window.columns) for window in before)
    assert _keyless(after) > 100
    assert len(after[-1].columns) == 1


def test_a_unit_that_was_offline_for_three_days_gets_the_key_of_the_day_it_comes_back(tmp_path: Path) -> None:
    """Its clock ran on: it asks for now, not for the day that it missed."""
    unit = _unit(tmp_path, 60, 30)
    unit.run_s(30)
    unit.collector.disconnect()
    unit.clock.mono += 3 * DAY_MS
    unit.run_s(30)
    assert len(unit.agent.courier.keyring) == 0
    unit.collector.connect()
    unit.run_s(70)
    epoch = unit.agent.courier.keyring.at(unit.clock.true_ms)
    assert epoch is not None
    assert epoch.start_ms == TURN_MS + 3 * DAY_MS


def test_a_unit_that_starts_again_at_noon_asks_anew_and_gets_the_same_key(tmp_path: Path) -> None:
    """Nothing of the key was on its flash; the answer is sealed for another key pair."""
    epochs = []
    for start in ("first", "second"):
        folder = tmp_path / start
        folder.mkdir()
        unit = _unit(folder, -8 * 3600, 60)
        unit.run_s(20)
        assert unit.live._epoch is not None
        epochs.append((unit.live._epoch.name, unit.live._epoch.pseudonyms.token(MAC)))
    assert epochs[0] == epochs[1]
