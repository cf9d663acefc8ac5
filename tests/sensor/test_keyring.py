"""The keyring: keys by their time, and nothing outlives its epoch."""

import pytest
from memory import holds

from footfall_sensor.keyring import KEYS_MAX, Keyring
from footfall_sensor.wire.messages import EpochKey

DAY_MS = 24 * 3600 * 1000
NEVER_MS = 1 << 42


def _message(day: int, key: int | None = None) -> EpochKey:
    secret = (day if key is None else key).to_bytes(32, "big")
    return EpochKey(f"day {day}", day * DAY_MS, (day + 1) * DAY_MS, secret, NEVER_MS)


def _accept(keyring: Keyring, message: EpochKey) -> None:
    keyring.accept(message, bytearray(message.key))


def _name(keyring: Keyring, utc_ms: int) -> str:
    epoch = keyring.at(utc_ms)
    return epoch.name if epoch else ""


def test_key_holds_from_its_first_to_its_last_millisecond() -> None:
    """Start inclusive, end exclusive; before and after there is no key."""
    keyring = Keyring()
    _accept(keyring, _message(5))
    times_ms = (5 * DAY_MS - 1, 5 * DAY_MS, 6 * DAY_MS - 1)
    assert [_name(keyring, time_ms) for time_ms in times_ms] == ["", "day 5", "day 5"]
    assert _name(keyring, 6 * DAY_MS) == ""


def test_next_epoch_may_be_known_before_its_turn() -> None:
    """Two keys lie ready around the turn, each for its own time."""
    keyring = Keyring()
    _accept(keyring, _message(5))
    _accept(keyring, _message(6))
    assert [_name(keyring, 6 * DAY_MS - 1), _name(keyring, 6 * DAY_MS)] == ["day 5", "day 6"]


def test_same_epoch_sent_again_replaces_its_key() -> None:
    """The collector's last word on an epoch is the one that counts."""
    keyring = Keyring()
    _accept(keyring, _message(5, key=1))
    _accept(keyring, _message(5, key=2))
    epoch = keyring.at(5 * DAY_MS)
    other = Keyring()
    _accept(other, _message(5, key=2))
    same = other.at(5 * DAY_MS)
    assert epoch is not None
    assert same is not None
    assert same.pseudonyms.token(b"phone!") == epoch.pseudonyms.token(b"phone!")
    assert len(keyring) == 1


def test_number_of_keys_is_bounded() -> None:
    """The newest keys are kept, the oldest goes."""
    keyring = Keyring()
    for day in range(10):
        _accept(keyring, _message(day))
        assert len(keyring) <= KEYS_MAX
    assert [_name(keyring, 7 * DAY_MS), _name(keyring, 8 * DAY_MS)] == ["", "day 8"]


@pytest.mark.parametrize("next_key", [True, False], ids=["the next is there", "the collector is away"])
def test_key_is_gone_when_its_epoch_is_over(next_key: bool) -> None:
    """Asked for a time after the epoch, the keyring holds nothing of its key, whether or not a new one came."""
    keyring = Keyring()
    _accept(keyring, _message(5))
    if next_key:
        _accept(keyring, _message(6))
    assert "day 5" in _epoch_names(keyring)
    keyring.at(6 * DAY_MS)
    assert _epoch_names(keyring) == ({"day 6"} if next_key else set())


def _epoch_names(keyring: Keyring) -> set[str]:
    return {epoch.name for epoch in keyring._keys}


def test_key_itself_is_not_kept() -> None:
    """Once the hash states are made, the 32 bytes are not to be found in the keyring, nor in what it shows."""
    secret = b"thirty-two bytes that are secret"
    keyring = Keyring()
    plain = bytearray(secret)
    keyring.accept(EpochKey("today", 0, DAY_MS, bytes(48), NEVER_MS, peer=bytes(32)), plain)
    assert plain == bytes(32), "what was handed over is overwritten"
    assert not holds(keyring, secret)
    assert "secret" not in repr(keyring)
