"""Epoch keys: one a tenant and epoch, for that epoch only, and gone when it is over: also from the disk, for ever."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from collector import calendar
from collector.calendar import HOUR_MS
from collector.database import open_database
from collector.keys.epoch_book import EpochBook
from collector.keys.epochs import AHEAD_MS, EpochKeys
from collector.keys.keyfile import UNFINISHED_S
from collector.records.audit import Audit
from collector.records.registry import Tenant

TENANT = Tenant("default", "Europe/Prague")
NOON_MS = 1_781_258_400_000  # 2026-06-12 12:00 in Prague
DAY_MS = 86_400_000
ROOT = Path(__file__).parents[3]
TURN_MS = NOON_MS + 16 * HOUR_MS  # 04:00 of the next day


def opened(folder: Path, history: bool = False) -> EpochKeys:
    """As a process that has just started opens them."""
    return EpochKeys(folder / "keys", EpochBook(open_database(f"sqlite:///{folder / 'r.sqlite'}")), history)


@pytest.fixture
def keys(tmp_path: Path) -> EpochKeys:
    return opened(tmp_path)


def files(folder: Path) -> list[Path]:
    return [path for path in (folder / "keys").rglob("*") if path.is_file()]


def audit_of(keys: EpochKeys) -> list[tuple[str, str, str, str]]:
    return [(one.actor, one.verb, one.object, one.says) for one in Audit(keys.book._engine).entries()]


def test_all_sensors_of_a_tenant_get_the_same_key_for_a_day_also_after_a_restart(tmp_path: Path) -> None:
    first = opened(tmp_path).for_time(TENANT, 0, NOON_MS)
    again = opened(tmp_path).for_time(TENANT, NOON_MS, NOON_MS + 1000)
    assert first is not None
    assert again is not None
    assert (first.key, first.epoch) == (again.key, "2026-06-12")


def test_another_tenant_and_another_day_have_other_keys(keys: EpochKeys) -> None:
    asked = [
        keys.for_time(TENANT, 0, NOON_MS),
        keys.for_time(TENANT, 0, NOON_MS + DAY_MS),
        keys.for_time(Tenant("other", "Europe/Prague"), 0, NOON_MS),
    ]
    assert len({key.key for key in asked if key}) == 3


def test_no_key_of_another_day_is_given_away(keys: EpochKeys, tmp_path: Path) -> None:
    """Neither yesterday's nor tomorrow's, whatever a sensor's clock says; only a replay may ask for the past."""
    assert keys.for_time(TENANT, NOON_MS - DAY_MS, NOON_MS) is None
    assert keys.for_time(TENANT, NOON_MS + DAY_MS, NOON_MS) is None
    assert files(tmp_path) == []
    assert opened(tmp_path, history=True).for_time(TENANT, NOON_MS - DAY_MS, NOON_MS) is not None


def test_the_next_key_is_given_shortly_before_its_turn_and_not_earlier(keys: EpochKeys) -> None:
    """Both keys are there around the turn, each for its own time; the one after the next never is."""
    assert keys.for_time(TENANT, TURN_MS, TURN_MS - AHEAD_MS - 1) is None
    following = keys.for_time(TENANT, TURN_MS, TURN_MS - AHEAD_MS)
    running = keys.for_time(TENANT, 0, TURN_MS - AHEAD_MS)
    assert following is not None
    assert running is not None
    assert (running.epoch, following.epoch) == ("2026-06-12", "2026-06-13")
    assert running.end_ms == following.start_ms == TURN_MS
    after = keys.for_time(TENANT, 0, TURN_MS)
    assert after is not None
    assert after.key == following.key
    assert keys.for_time(TENANT, TURN_MS + DAY_MS, TURN_MS - 1) is None


def test_a_key_is_destroyed_when_its_day_is_over(keys: EpochKeys, tmp_path: Path) -> None:
    key = keys.for_time(TENANT, 0, NOON_MS)
    assert key is not None
    assert keys.destroy_ended(key.end_ms - 1) == []
    assert keys.destroy_ended(key.end_ms) == ["default/2026-06-12"]
    assert files(tmp_path) == []
    assert keys.destroy_ended(key.end_ms) == []


def test_its_destruction_is_in_the_audit_log_with_both_times(keys: EpochKeys) -> None:
    """Who, what, when it was made, when it ended; and the log is whole."""
    keys.for_time(TENANT, 0, NOON_MS)
    keys.destroy_ended(TURN_MS + 5)
    said = "made 2026-06-12T10:00:00+00:00, ended 2026-06-13T02:00:00+00:00; overwritten and deleted"
    assert audit_of(keys) == [("collector", "destroy", "epoch default/2026-06-12", said)]
    assert Audit(keys.book._engine).verify().broken is None


def test_its_file_is_overwritten_before_it_is_deleted(keys: EpochKeys, tmp_path: Path) -> None:
    """Whoever holds the file open sees zeros: the blocks that are freed hold no key."""
    keys.for_time(TENANT, 0, NOON_MS)
    with files(tmp_path)[0].open("rb") as held:
        keys.destroy_ended(TURN_MS)
        assert held.read() == bytes(32)


@pytest.mark.parametrize("back_ms", [1, HOUR_MS, DAY_MS])
def test_a_clock_that_is_set_back_brings_no_key_back(tmp_path: Path, back_ms: int) -> None:
    """A destroyed day is remembered, also by the next process: it gets neither its old key nor a new one."""
    keys = opened(tmp_path)
    keys.for_time(TENANT, 0, TURN_MS - DAY_MS)
    keys.for_time(TENANT, 0, NOON_MS)
    keys.destroy_ended(TURN_MS)
    for process in (keys, opened(tmp_path)):
        assert process.for_time(TENANT, 0, TURN_MS - back_ms) is None
        assert process.for_time(TENANT, TURN_MS - back_ms, TURN_MS - back_ms) is None
    assert files(tmp_path) == []


def test_a_collector_that_was_down_at_the_turn_destroys_the_key_when_it_starts(tmp_path: Path) -> None:
    """Three days later it is still there, and the first thing to go; today's is new."""
    old = opened(tmp_path).for_time(TENANT, 0, NOON_MS)
    keys = opened(tmp_path)
    assert keys.destroy_ended(NOON_MS + 3 * DAY_MS) == ["default/2026-06-12"]
    today = keys.for_time(TENANT, 0, NOON_MS + 3 * DAY_MS)
    assert old is not None
    assert today is not None
    assert today.key != old.key


def test_a_key_file_that_somebody_deleted_is_entered_as_destroyed(keys: EpochKeys, tmp_path: Path) -> None:
    keys.for_time(TENANT, 0, NOON_MS)
    files(tmp_path)[0].unlink()
    assert keys.destroy_ended(TURN_MS) == ["default/2026-06-12"]
    assert audit_of(keys)[0][3].endswith("no key file was there")


def test_a_key_that_is_half_destroyed_is_not_handed_out(keys: EpochKeys, tmp_path: Path) -> None:
    """Killed between overwriting and deleting, with the clock set back: zeros are no key."""
    keys.for_time(TENANT, 0, NOON_MS)
    files(tmp_path)[0].write_bytes(bytes(32))
    assert keys.for_time(TENANT, 0, NOON_MS) is None


def test_what_a_killed_process_left_half_made_is_swept(keys: EpochKeys, tmp_path: Path) -> None:
    """And a whole key whose other name was left over stays what it is."""
    key = keys.for_time(TENANT, 0, NOON_MS)
    (path,) = files(tmp_path)
    left, twin = path.with_name("2026-06-11_1.7.new"), path.with_name("2026-06-12_1.8.new")
    left.write_bytes(b"k" * 32)
    os.link(path, twin)
    keys.destroy_ended(NOON_MS)
    assert len(files(tmp_path)) == 3, "another process may be at it"
    for one in (left, twin):
        os.utime(one, (time.time() - UNFINISHED_S - 1,) * 2)
    keys.destroy_ended(NOON_MS)
    again = keys.for_time(TENANT, 0, NOON_MS)
    assert files(tmp_path) == [path]
    assert key is not None
    assert again is not None
    assert again.key == key.key


def test_a_key_file_is_for_its_owner_alone(keys: EpochKeys, tmp_path: Path) -> None:
    keys.for_time(TENANT, 0, NOON_MS)
    assert {path.stat().st_mode & 0o777 for path in files(tmp_path)} == {0o600}
    assert files(tmp_path)[0].parent.stat().st_mode & 0o077 == 0


def test_a_key_does_not_show_in_its_repr(keys: EpochKeys) -> None:
    key = keys.for_time(TENANT, 0, NOON_MS)
    assert key is not None
    assert key.key.hex() not in repr(key)
    assert repr(key.key) not in repr(key)


ASK = """
import sys, time
from pathlib import Path
from collector.database import open_database
from collector.keys.epoch_book import EpochBook
from collector.keys.epochs import EpochKeys
from collector.records.registry import Tenant
folder, now_ms = Path(sys.argv[1]), int(sys.argv[2])
keys = EpochKeys(folder / "keys", EpochBook(open_database(f"sqlite:///{folder / 'r.sqlite'}")))
print("ready", flush=True)
sys.stdin.readline()
print(keys.for_time(Tenant("default", "Europe/Prague"), 0, now_ms).key.hex())
"""


def test_processes_that_begin_an_epoch_at_once_give_out_one_key(tmp_path: Path) -> None:
    """Real processes on one folder, all asked for a new day in the same moment."""
    opened(tmp_path)
    command = [sys.executable, "-c", ASK, str(tmp_path), str(NOON_MS)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)
    ]
    assert [process.stdout.readline() for process in processes if process.stdout] == ["ready\n"] * 3
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    given = {process.communicate(timeout=60)[0] for process in processes}
    assert len(given) == 1
    assert len(given.pop()) == 65
    assert len(files(tmp_path)) == 1


# Days that are not 24 hours long. The last of these zones turns its clocks at 04:00, where the day turns too.
ZONES = {
    "Europe/Prague": {23, 24, 25},
    "America/New_York": {23, 24, 25},
    "Australia/Lord_Howe": {23.5, 24, 24.5},
    "Asia/Kathmandu": {24},
    "Pacific/Chatham": {23, 24, 25},
    "Asia/Famagusta": {23, 24, 25},
}


@pytest.mark.parametrize("zone", ZONES)
def test_epochs_tile_the_year_in_every_zone_at_every_hour_of_the_turn(zone: str) -> None:
    """No instant is in two epochs or in none; the short and the long day are as long as the wall clock makes them."""
    begin_ms, end_ms = (calendar.day_named(day, "UTC", 0).start_ms for day in ("2026-01-01", "2027-01-01"))
    for turn_h in range(24):
        spans = [calendar.epoch_of(begin_ms, zone, turn_h, 1)]
        while spans[-1].end_ms < end_ms:
            spans.append(calendar.epoch_of(spans[-1].end_ms, zone, turn_h, 1))
        assert all(before.end_ms == after.start_ms for before, after in pairwise(spans))
        assert {(span.end_ms - span.start_ms) / HOUR_MS for span in spans} == ZONES[zone], turn_h
        assert len({span.name for span in spans}) == len(spans)


@pytest.mark.parametrize("zone", [zone for zone, hours in ZONES.items() if len(hours) > 1])
def test_a_sensor_gets_the_right_key_through_the_days_on_which_clocks_turn(tmp_path: Path, zone: str) -> None:
    """Asked every half hour for three days around each change: one key a business day, and it covers the moment."""
    keys = opened(tmp_path)
    for turn_h in (0, 2, 3, 4, 23):
        tenant = Tenant(f"turn-{turn_h}", zone, turn_h)
        span = calendar.epoch_of(calendar.day_named("2026-01-01", "UTC", 0).start_ms, zone, turn_h, 1)
        changes = []
        while span.name < "2027-01-01":
            if span.end_ms - span.start_ms != DAY_MS:
                changes.append(span)
            span = calendar.epoch_of(span.end_ms, zone, turn_h, 1)
        assert len(changes) == 2
        for change in changes:
            given: dict[str, set[bytes]] = {}
            for now_ms in range(change.start_ms - HOUR_MS, change.end_ms + HOUR_MS, HOUR_MS // 2):
                key = keys.for_time(tenant, now_ms, now_ms)
                assert key is not None
                assert key.start_ms <= now_ms < key.end_ms
                given.setdefault(key.epoch, set()).add(key.key)
            assert [len(of_day) for of_day in given.values()] == [1, 1, 1]


# Epochs of more than a day, and settings that change while one runs.


def test_an_epoch_of_a_week_has_one_key_and_ends_at_the_turn(keys: EpochKeys) -> None:
    tenant = replace(TENANT, epoch_days=7, epoch_reason="a trial that the works council agreed to")
    first = keys.for_time(tenant, 0, NOON_MS)
    assert first is not None
    days = (first.end_ms - first.start_ms) / DAY_MS
    assert days == 7
    assert calendar.day_named(first.epoch, "Europe/Prague", 4).start_ms == first.start_ms
    last = keys.for_time(tenant, 0, first.end_ms - 1)
    following = keys.for_time(tenant, 0, first.end_ms)
    assert last is not None
    assert following is not None
    assert last.key == first.key != following.key


def test_a_running_epoch_keeps_its_end_when_settings_change(keys: EpochKeys) -> None:
    """It is neither cut nor made longer; the next fills the time up to the new turn, under a name of its own."""
    before = keys.for_time(TENANT, 0, NOON_MS)
    later = replace(TENANT, epoch_turn_h=6)
    same = keys.for_time(later, 0, NOON_MS)
    assert before is not None
    assert same is not None
    assert (same.key, same.end_ms) == (before.key, TURN_MS)
    keys.destroy_ended(TURN_MS)
    between = keys.for_time(later, 0, TURN_MS)
    assert between is not None
    assert (between.epoch, between.start_ms, between.end_ms) == ("2026-06-12.1", TURN_MS, TURN_MS + 2 * HOUR_MS)
    assert keys.for_time(later, 0, TURN_MS + 2 * HOUR_MS) is not None


def test_moving_the_turn_back_and_forth_gives_no_moment_two_epochs(keys: EpochKeys) -> None:
    """Whatever the settings are in each hour of four days, epochs follow each other without gap or overlap."""
    seen = []
    for hour in range(96):
        tenant = replace(TENANT, epoch_turn_h=(hour * 7) % 24, epoch_days=1 + hour % 3, epoch_reason="a test")
        key = keys.for_time(tenant, 0, NOON_MS + hour * HOUR_MS)
        assert key is not None
        if (key.start_ms, key.end_ms) not in seen:
            seen.append((key.start_ms, key.end_ms))
    assert all(before[1] == after[0] for before, after in pairwise(seen))
