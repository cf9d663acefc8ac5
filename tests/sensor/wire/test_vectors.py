"""Frozen vectors: what was once sent is read for ever, and today's encoder still sends it."""

import frozen
import pytest
from frozen import Vector

from footfall_sensor import signing
from footfall_sensor.errors import BadSignature
from footfall_sensor.keys import PublicKey
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Kind

SECRET, VECTORS = frozen.read()
BACKEND = signing.Cryptography()


def _open(raw: bytes, key: PublicKey = SECRET.public) -> envelope.Envelope:
    return envelope.open_sealed(raw, lambda message, signature: BACKEND.verify(key, message, signature))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_frozen_bytes_are_read_as_they_were_meant(vector: Vector) -> None:
    """The signature is good, the head says who and which, and the message is the one that was frozen."""
    opened = _open(vector.path.read_bytes())
    assert (vector.kind, vector.sensor, vector.boot, vector.number) == (
        opened.kind,
        opened.sensor,
        opened.boot,
        opened.number,
    )
    assert vector.message == frozen.decode(vector.kind, opened.body)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_todays_encoder_gives_the_frozen_bytes(vector: Vector) -> None:
    """Byte for byte: a change of the encoding is noticed here before a collector in the field notices it."""
    assert vector.path.read_bytes() == frozen.seal(vector, SECRET)


def test_every_kind_of_message_is_frozen() -> None:
    """Whoever adds a kind freezes one."""
    assert set(Kind) == {vector.kind for vector in VECTORS}


def test_every_frozen_file_is_described() -> None:
    """No .bin without its entry, and no entry without its .bin."""
    assert {path.name for path in frozen.FOLDER.glob("*.bin")} == {vector.path.name for vector in VECTORS}


def test_another_key_opens_none() -> None:
    """The vectors' signatures are of the key that vectors.json names."""
    stranger = BACKEND.generate().public
    for vector in VECTORS:
        with pytest.raises(BadSignature):
            _open(vector.path.read_bytes(), stranger)
