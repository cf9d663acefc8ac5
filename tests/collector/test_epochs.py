"""Epoch keys: one a tenant and day, random, kept in files of their own, gone when the day is."""

from pathlib import Path

from collector.epochs import EpochKeys
from collector.registry import Tenant

TENANT = Tenant("default", "Europe/Prague")
NOON_MS = 1_781_258_400_000  # 2026-06-12 12:00 in Prague
DAY_MS = 86_400_000


def test_all_sensors_of_a_tenant_get_the_same_key_for_a_day_also_after_a_restart(tmp_path: Path) -> None:
    first = EpochKeys(tmp_path).for_time(TENANT, 0, NOON_MS)
    again = EpochKeys(tmp_path).for_time(TENANT, NOON_MS, NOON_MS + 1000)
    assert first is not None
    assert again is not None
    assert (first.key, first.epoch) == (again.key, "2026-06-12")


def test_another_tenant_and_another_day_have_other_keys(tmp_path: Path) -> None:
    keys = EpochKeys(tmp_path)
    asked = [
        keys.for_time(TENANT, 0, NOON_MS),
        keys.for_time(TENANT, 0, NOON_MS + DAY_MS),
        keys.for_time(Tenant("other", "Europe/Prague"), 0, NOON_MS),
    ]
    assert len({key.key for key in asked if key}) == 3


def test_no_key_of_another_day_is_given_away(tmp_path: Path) -> None:
    """Neither yesterday's nor tomorrow's, whatever a sensor's clock says; only a replay may ask for the past."""
    assert EpochKeys(tmp_path).for_time(TENANT, NOON_MS - DAY_MS, NOON_MS) is None
    assert EpochKeys(tmp_path).for_time(TENANT, NOON_MS + DAY_MS, NOON_MS) is None
    assert EpochKeys(tmp_path, history=True).for_time(TENANT, NOON_MS - DAY_MS, NOON_MS) is not None


def test_a_key_is_destroyed_when_its_day_is_over(tmp_path: Path) -> None:
    keys = EpochKeys(tmp_path)
    key = keys.for_time(TENANT, 0, NOON_MS)
    assert key is not None
    assert keys.destroy_ended(key.end_ms - 1) == []
    assert keys.destroy_ended(key.end_ms) == ["default/2026-06-12"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    EpochKeys(tmp_path).for_time(TENANT, 0, NOON_MS)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.key")} == {0o600}


def test_a_key_does_not_show_in_its_repr(tmp_path: Path) -> None:
    key = EpochKeys(tmp_path).for_time(TENANT, 0, NOON_MS)
    assert key is not None
    assert key.key.hex() not in repr(key)
    assert repr(key.key) not in repr(key)
