"""A sealed secret is opened by the one key and for the one purpose it was sealed for, and by nothing else."""

import os
from dataclasses import replace

import pytest
from memory import holds

from footfall_sensor import sealing
from footfall_sensor.errors import Malformed
from footfall_sensor.sealing import SECRET_BYTES_MAX, TAG_BYTES, Opener, context, seal
from footfall_sensor.wire.epoch import EpochKey

SECRET = b"thirty-two bytes that are secret"
PURPOSE = context("a test", "door", 7)


def _in_c(monkeypatch: pytest.MonkeyPatch, whether: bool) -> None:
    monkeypatch.setattr(sealing, "_in_c", lambda: whether)


@pytest.fixture(params=["with cryptography", "in plain Python"], autouse=True)
def _both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_c(monkeypatch, request.param == "with cryptography")


@pytest.mark.parametrize("size", [1, 31, 32, 33, SECRET_BYTES_MAX])
def test_what_was_sealed_is_opened_again(size: int) -> None:
    secret, opener = os.urandom(size), Opener()
    sealed = seal(opener.public, secret, PURPOSE)
    assert len(sealed.box) == size + TAG_BYTES
    assert opener.open(sealed, PURPOSE) == secret
    assert opener.open(sealed, PURPOSE) == secret, "the broker may deliver it twice"


def test_plain_python_opens_what_cryptography_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The collector has the package, a lean unit has not."""
    _in_c(monkeypatch, False)
    opener = Opener()
    _in_c(monkeypatch, True)
    sealed = seal(opener.public, SECRET, PURPOSE)
    _in_c(monkeypatch, False)
    assert opener.open(sealed, PURPOSE) == SECRET


def test_nobody_else_opens_it() -> None:
    """Another key pair, another purpose, another sender's key and any flipped bit: refused, not wrongly opened."""
    opener = Opener()
    sealed = seal(opener.public, SECRET, PURPOSE)
    with pytest.raises(Malformed, match="another key"):
        Opener().open(sealed, PURPOSE)
    with pytest.raises(Malformed, match="another"):
        opener.open(sealed, context("a test", "door", 8))
    with pytest.raises(Malformed, match="another"):
        opener.open(replace(sealed, peer=Opener().public), PURPOSE)
    for at in range(0, len(sealed.box) * 8, 37):
        box = bytearray(sealed.box)
        box[at // 8] ^= 1 << at % 8
        with pytest.raises(Malformed, match="another"):
            opener.open(replace(sealed, box=bytes(box)), PURPOSE)


def test_the_same_secret_never_looks_the_same() -> None:
    """Each time another key pair: nothing tells an observer that two sensors got the same key."""
    opener = Opener()
    boxes = {seal(opener.public, SECRET, PURPOSE).box for _ in range(20)}
    assert len(boxes) == 20
    assert not any(SECRET[at : at + 4] in box for box in boxes for at in range(29))


@pytest.mark.parametrize("point", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18])
def test_a_key_of_small_order_is_refused_at_both_ends(point: int) -> None:
    """With such a key everybody would know the shared secret (RFC 7748, section 6.1)."""
    bad, opener = point.to_bytes(32, "little"), Opener()
    with pytest.raises(Malformed, match="small order"):
        seal(bad, SECRET, PURPOSE)
    with pytest.raises(Malformed, match="small order"):
        opener.open(replace(seal(opener.public, SECRET, PURPOSE), peer=bad), PURPOSE)


@pytest.mark.parametrize("size", [0, SECRET_BYTES_MAX + 1])
def test_sizes_have_limits(size: int) -> None:
    opener = Opener()
    with pytest.raises(Malformed):
        seal(opener.public, bytes(size), PURPOSE)
    with pytest.raises(Malformed):
        opener.open(replace(seal(opener.public, SECRET, PURPOSE), box=bytes(size + TAG_BYTES)), PURPOSE)
    with pytest.raises(Malformed, match="32 bytes"):
        seal(opener.public[:31], SECRET, PURPOSE)


def test_contexts_cannot_be_confused() -> None:
    """Where one part ends and the next begins is part of it."""
    assert len({context("a", "bc"), context("ab", "c"), context("abc"), context("a", "b", "c")}) == 4


def test_a_closed_opener_opens_nothing_more() -> None:
    """Once the answer is there the private half is gone: a unit stolen later opens no recording."""
    private = os.urandom(32)
    opener = Opener(lambda _size: private)
    sealed = seal(opener.public, SECRET, PURPOSE)
    assert holds(opener, private)
    opener.close()
    assert not holds(opener, private)
    with pytest.raises(Malformed):
        opener.open(sealed, PURPOSE)


KEY = EpochKey("2026-11-22", 1000, 2000, SECRET, 3000)


def test_an_epoch_key_travels_sealed() -> None:
    """Neither the body nor the repr of what travels holds the key; the sensor it is for reads it."""
    opener = Opener()
    sealed = EpochKey.decode(KEY.sealed("door", opener.public).encode())
    assert SECRET not in sealed.encode()
    assert sealed.opened("door", opener) == SECRET


def test_an_epoch_key_is_bound_to_sensor_name_and_time() -> None:
    """What was sealed for one sensor and day is opened as nothing else."""
    opener = Opener()
    sealed = KEY.sealed("door", opener.public)
    with pytest.raises(Malformed):
        sealed.opened("window", opener)
    for other in ({"epoch": "2026-11-23"}, {"start_ms": 1001}, {"end_ms": 2001}):
        with pytest.raises(Malformed):
            replace(sealed, **other).opened("door", opener)  # type: ignore[arg-type]


def test_a_plain_epoch_key_is_decoded_and_not_taken() -> None:
    """Old recordings stay readable; a sensor takes no key that a broker could have read."""
    plain = EpochKey.decode(KEY.encode())
    assert plain == KEY
    with pytest.raises(Malformed, match="plain"):
        plain.opened("door", Opener())
