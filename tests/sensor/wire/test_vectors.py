"""Frozen vectors: what was once sent is read for ever, and today's encoder still sends it."""

from collections.abc import Iterator
from typing import Any

import frozen
import msgpack
import pytest
from frozen import Vector

from footfall_sensor import signing
from footfall_sensor.errors import BadSignature, Malformed
from footfall_sensor.keys import PublicKey
from footfall_sensor.wire import (
    enrol,
    envelope,
    epoch,
    image,
    member,
    messages,
    objections,
    release,
    reports,
    settings,
    summary,
    trust,
)
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


def _numbers(value: object, path: "tuple[str | int, ...]" = ()) -> "Iterator[tuple[str | int, ...]]":
    """Where in a body whole numbers stand, truth values not among them."""
    if type(value) is int:
        yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from _numbers(part, (*path, name))


def _with(value: Any, path: "tuple[str | int, ...]", number: int) -> Any:
    """The body with another number at one place."""
    if not path:
        return number
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = _with(value[path[0]], path[1:], number)
    return changed


# How far NTP found the clock may be either side of 0; a batch's number is of 64 bits.
BEYOND = {"offset": (1 << 63,), "boots": (-1,)}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_no_number_of_any_message_is_negative_or_without_limit(vector: Vector) -> None:
    """Each that a message carries is held to a range before anything is done with it."""
    said = msgpack.unpackb(vector.body())
    for path in _numbers({name: part for name, part in said.items() if name not in vector.further}):
        for number in BEYOND.get(str(path[0]), (-1, (1 << 64) - 1)):
            with pytest.raises(Malformed):
                frozen.decode(vector.kind, msgpack.packb(_with(said, path, number)))


@pytest.mark.parametrize("name", ["ca", "cert", "tunnel", "password", "proof"])
def test_a_member_is_given_something_or_nothing(name: str) -> None:
    """A certificate, a tunnel or a password of no bytes is no way of saying that there is none."""
    for vector in VECTORS:
        if vector.kind is Kind.MEMBER:
            with pytest.raises(Malformed, match=f"^{name}: "):
                frozen.decode(Kind.MEMBER, msgpack.packb({**msgpack.unpackb(vector.body()), name: b""}))


def test_sizes_and_limits_are_those_that_other_ends_were_promised() -> None:
    """docs/wire.md has them for those who write an end in another language; 64 and 4 MiB are images and packages."""
    assert (messages.BOOTS_MAX, messages.RANGES_MAX, reports.EPOCHS_MAX, reports.FREQUENCIES_MAX) == (8, 32, 3, 32)
    assert (summary.RSSI_BINS, summary.CLASSES_MAX, summary.CLASS_DEVICES_MIN, trust.KEYS_MAX) == (15, 32, 3, 3)
    assert (settings.OPTION_CHARS_MAX, settings.COMMAND_LIFE_MS, epoch.OPEN_SPANS_MAX) == (640, 300_000, 8)
    assert (image.SIZE_MAX, image.NOTE_BYTES_MAX, image.BOARDS_MAX, release.SIZE_MAX) == (1 << 26, 1024, 8, 1 << 22)
    assert (enrol.CLAIM_ID_CHARS_MAX, enrol.ENROL_BYTES_MAX, enrol.CHALLENGE_BYTES) == (8, 8192, 40)
    assert (member.PEM_BYTES_MAX, member.TUNNEL_BYTES_MAX, member.PASSWORD_BYTES_MAX) == (4096, 2048, 512)
    assert (member.POLL_S_MAX, objections.PREFIX_BYTES, objections.ENTRIES_MAX) == (86_400, 3, 10_000)
    assert (objections.FEW_MAX, objections.BITS_FEW, objections.BITS_MANY) == (1000, 20, 24)
