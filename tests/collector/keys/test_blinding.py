"""Blinding: what is stored of a token is no token any more, and the same for the same phone within an epoch."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from shop import DAY, TENANT, SmallShop, at, sighting, window

from collector.keys.blinding import LATE_MS, Blinding, blind
from collector.records.registry import Tenant
from collector.storage.store import SIGHTINGS

KEY = bytes(range(32))
END_MS = at(28)  # the business day turns at 04:00
TOKENS = st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=50)


@given(st.binary(min_size=32, max_size=32), TOKENS)
def test_each_token_is_turned_by_itself_by_one_block_of_aes(key: bytes, tokens: list[bytes]) -> None:
    alone = [Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(token + bytes(8))[:8] for token in tokens]
    assert blind(key, b"".join(tokens)) == b"".join(alone)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        blind(bytes(size), bytes(8))


def test_different_tokens_stay_different() -> None:
    raw = os.urandom(8 * 100_000)
    turned = blind(KEY, raw)
    assert len({turned[at : at + 8] for at in range(0, len(turned), 8)}) == 100_000
    for token in (0, 4095, 4096, 99_999):  # many are turned in parts
        assert turned[8 * token : 8 * token + 8] == blind(KEY, raw[8 * token : 8 * token + 8])


def test_an_epoch_has_one_key_also_for_another_process(tmp_path: Path) -> None:
    one, other = (Blinding(tmp_path).key(Tenant(), DAY, at(hour), at(hour)) for hour in (10, 20))
    assert one == other
    assert one != Blinding(tmp_path).key(Tenant(), "2026-03-03", at(30), at(30))
    assert one != Blinding(tmp_path).key(Tenant("other"), DAY, at(10), at(10))


def test_a_key_goes_when_nothing_more_is_waited_for_and_is_never_made_again(tmp_path: Path) -> None:
    blinding = Blinding(tmp_path)
    before = blinding.key(Tenant(), DAY, at(10), at(10))
    assert blinding.destroy_ended(END_MS + LATE_MS - 1) == []
    assert blinding.destroy_ended(END_MS + LATE_MS) == [f"{TENANT}/{DAY}"]
    late = [blinding.key(Tenant(), DAY, at(10), END_MS + LATE_MS) for _ in range(2)]
    assert len({before, *late}) == 3
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    Blinding(tmp_path).key(Tenant(), DAY, at(10), at(10))
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.blind")} == {0o600}


def test_what_is_stored_is_turned_and_the_same_phone_stays_one(tmp_path: Path) -> None:
    """Two windows of the same phones: as many tokens in the store as phones, and none of theirs."""
    shop = SmallShop(tmp_path / "collector")
    shop.sensor()
    shop.collector.store.blinding = Blinding(tmp_path / "keys", history=True)
    for number in range(2):
        shop.take([shop.message(window(at(10, number), [sighting(token) for token in range(30)]), number=number)])
    stored = {
        token
        for file in shop.collector.store.manifest.files(TENANT, SIGHTINGS)
        for token in shop.collector.store.table(file)["token"].to_pylist()
    }
    assert len(stored) == 30
    assert not stored & set(range(30))
