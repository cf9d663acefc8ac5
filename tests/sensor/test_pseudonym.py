"""Pseudonyms: keyed, stable within an epoch, and without memory."""

import hashlib
import hmac
from pathlib import Path

import air
import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory import holds

from footfall_sensor import capture, frames, pseudonym
from footfall_sensor.pseudonym import CLASS_LABEL, CLASS_UNKNOWN, MEMORY_MAX, Pseudonymiser

KEY = bytes(range(32))
ADDRESSES = st.binary(min_size=6, max_size=6)


@given(st.binary(min_size=32, max_size=32), ADDRESSES)
def test_token_is_the_first_eight_bytes_of_the_hmac(key: bytes, mac: bytes) -> None:
    """The token is HMAC-SHA256 of the address under the epoch key, as the standard library computes it."""
    assert hmac.new(key, mac, hashlib.sha256).digest()[:8] == Pseudonymiser(key).token(mac)


@given(ADDRESSES)
def test_token_does_not_depend_on_what_was_asked_before(mac: bytes) -> None:
    """Asked twice, after others, and after forgetting, the token is the same."""
    used, fresh = Pseudonymiser(KEY), Pseudonymiser(KEY)
    first = used.token(mac)
    used.token(air.PHONE)
    again = used.token(mac)
    used.forget()
    assert [first, first, first] == [again, used.token(mac), fresh.token(mac)]


def test_another_key_gives_other_tokens_and_classes() -> None:
    """Nothing links two epochs: neither a token nor a class is the same under another key."""
    one, other = Pseudonymiser(KEY), Pseudonymiser(bytes(32))
    assert one.token(air.PHONE) != other.token(air.PHONE)
    assert one.model_class(air.ELEMENTS) != other.model_class(air.ELEMENTS)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_key_of_another_length_is_refused(size: int) -> None:
    """A short key would be weak and silent about it."""
    with pytest.raises(ValueError, match="32 bytes"):
        Pseudonymiser(bytes(size))


@given(st.binary(max_size=64))
def test_class_lives_in_a_domain_of_its_own(raw: bytes) -> None:
    """What is hashed for a class can never be what is hashed for a token, whatever the elements are."""
    assert len(CLASS_LABEL) > 6
    class_ = Pseudonymiser(KEY).model_class(air.element(1, raw))
    expected = hmac.new(KEY, CLASS_LABEL + air.element(1, raw), hashlib.sha256).digest()[:2]
    assert (int.from_bytes(expected, "little") or 1) == class_


def test_elements_of_six_bytes_give_no_token() -> None:
    """Elements that look like an address do not make that address's token."""
    lookalike = air.element(1, b"\2\4\x0b\x16")
    token = Pseudonymiser(KEY).token(lookalike)
    assert int.from_bytes(token[:2], "little") != Pseudonymiser(KEY).model_class(lookalike)


@pytest.mark.parametrize("raw", [b"", air.VENDOR_ELEMENT, air.element(0, b"a network"), b"\1", b"\1\x08\2"])
def test_phone_that_says_nothing_of_itself_has_no_class(raw: bytes) -> None:
    """No capability element, or only a part of one: the class is unknown, not that of an empty list."""
    assert Pseudonymiser(KEY).model_class(raw) == CLASS_UNKNOWN


def test_class_zero_is_kept_for_unknown() -> None:
    """A hash that comes out as 0 becomes 1."""
    pseudonyms = Pseudonymiser(KEY)
    numbers = (air.element(1, number.to_bytes(4, "little")) for number in range(1 << 20))
    unlucky = next(raw for raw in numbers if pseudonyms.digest(CLASS_LABEL + raw)[:2] == b"\0\0")
    assert pseudonyms.model_class(unlucky) == 1


def test_nothing_of_an_address_is_left_after_forget() -> None:
    """After forget(), no object that the pseudonymiser leads to holds an address, an element or a name."""
    pseudonyms = Pseudonymiser(KEY)
    named = air.element(221, b"Grandmother's flat") + air.ELEMENTS
    for number in range(100):
        pseudonyms.token(b"\2\xca\xfe\0\0" + bytes([number]))
    pseudonyms.model_class(named)
    assert holds(pseudonyms, b"\2\xca\xfe\0\0\7")  # the search finds what is there
    assert holds(pseudonyms, b"Grandmother")
    pseudonyms.forget()
    assert not holds(pseudonyms, b"\2\xca\xfe")
    assert not holds(pseudonyms, b"Grandmother")
    assert not holds(pseudonyms, air.RATES)


def test_flood_of_addresses_does_not_fill_the_memory() -> None:
    """However many addresses come, at most MEMORY_MAX are remembered, and their tokens stay right."""
    pseudonyms = Pseudonymiser(KEY)
    for number in range(2 * MEMORY_MAX + 10):
        mac = number.to_bytes(6, "big")
        pseudonyms.token(mac)
        pseudonyms.model_class(air.element(1, mac))
        assert len(pseudonyms._tokens) <= MEMORY_MAX
        assert len(pseudonyms._classes) <= MEMORY_MAX
    assert hmac.new(KEY, mac, hashlib.sha256).digest()[:8] == pseudonyms.token(mac)


@pytest.mark.parametrize(
    ("first", "randomised"), [(0x00, False), (0x01, False), (0x02, True), (0x04, False), (0xDA, True), (0xFF, True)]
)
def test_locally_administered_addresses_count_as_randomised(first: int, randomised: bool) -> None:
    """IEEE 802's U/L bit, and no other, tells a made-up address from a maker's."""
    assert randomised is pseudonym.is_randomised(bytes([first]) + bytes(5))


def test_without_a_key_nobody_has_a_class() -> None:
    """The classifier of a sensor without key knows nothing; the wire's word for that is 0."""
    assert pseudonym.no_class(air.ELEMENTS) == CLASS_UNKNOWN == 0


def test_a_key_that_is_let_go_is_overwritten() -> None:
    """Both states that were made of it take in random bytes, and freed memory of former states is taken over."""
    pseudonyms = Pseudonymiser(KEY)
    before = (pseudonyms._inner.copy().digest(), pseudonyms._outer.copy().digest())
    fed: list[int] = []
    pseudonyms.__del__(random=lambda size: fed.append(size) or b"\xf7" * size)
    after = (pseudonyms._inner.digest(), pseudonyms._outer.digest())
    assert fed == [64, 64], "a whole block of SHA-256: less would leave the state as it was"
    assert not set(before) & set(after)


def test_what_was_asked_lately_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of a frame's cost on a small unit: a phone repeats address and elements within a burst."""
    pseudonyms, hashed = Pseudonymiser(KEY), list[bytes]()
    plain = pseudonyms.digest
    monkeypatch.setattr(pseudonyms, "digest", lambda message: hashed.append(message) or plain(message))
    for _ in range(3):
        for number in range(5):
            pseudonyms.token(bytes([2, 0, 0, 0, 0, number]))
            pseudonyms.model_class(air.element(1, bytes([number])))
    assert len(hashed) == 10


# Phones of the labelled set whose elements do not change between standby and use.
STEADY_PHONES = "ACDHI"


@pytest.mark.shared_data
@pytest.mark.parametrize("phone", STEADY_PHONES)
def test_real_phone_has_one_class_on_every_channel_and_day(phone: str, shared_data: Path) -> None:
    """The frames of one labelled phone, on channels 1, 6 and 11 and in every mode, fall into one class."""
    pseudonyms = Pseudonymiser(KEY)
    channels = set()
    classes = set()
    for path in sorted((shared_data / "phones" / phone).iterdir()):
        for frame in capture.read(path):
            probe = frames.parse(frame.raw, frame.ts_ms, frame.link_type, pseudonyms.model_class)
            if probe:
                channels.add(probe.freq_mhz)
                classes.add(probe.model_class)
    assert {2412, 2437, 2462} <= channels
    assert len(classes) == 1
    assert CLASS_UNKNOWN not in classes
