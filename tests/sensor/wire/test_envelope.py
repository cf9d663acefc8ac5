"""The envelope: checked before it is decoded, and nothing about it is open to interpretation."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor import signing
from footfall_sensor.errors import BadSignature, Malformed
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import (
    BODY_BYTES_MAX,
    DOMAIN,
    ENVELOPE_BYTES_MAX,
    READ_BY_COLLECTORS,
    SIGNATURE_BYTES,
    Envelope,
    Kind,
)

BACKEND = signing.Cryptography()
KEY = BACKEND.generate()
PLAIN = Envelope(Kind.BATCH, "shop-7-door", b"boot id.", 42, b"\x80")

NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}", fullmatch=True)
ENVELOPES = st.builds(
    Envelope,
    st.sampled_from(Kind),
    NAMES,
    st.binary(min_size=8, max_size=8),
    st.integers(0, (1 << 64) - 1),
    st.binary(max_size=300),
)


def _sign(message: bytes) -> bytes:
    return BACKEND.sign(KEY, message)


def _check(message: bytes, signature: bytes) -> None:
    BACKEND.verify(KEY.public, message, signature)


def _unsigned(_message: bytes) -> bytes:
    return bytes(SIGNATURE_BYTES)


@given(ENVELOPES)
def test_what_is_sealed_can_be_opened(plain: Envelope) -> None:
    """Kind, sensor, boot, number and body come out as they went in."""
    raw = envelope.seal(plain, _sign)
    assert plain == envelope.unpack(raw) == envelope.open_sealed(raw, _check)


def test_bytes_stand_where_the_table_says() -> None:
    """The layout, written out by hand: it is a contract with those who read it in another language."""
    head = b"\x01\x01\x0bshop-7-door" + b"boot id." + struct.pack("<QH", 42, 1)
    raw = envelope.seal(PLAIN, _sign)
    assert head + b"\x80" == raw[:-64]
    _check(b"footfall/1 envelope\0" + raw[:-64], raw[-64:])


def test_every_flipped_bit_is_noticed() -> None:
    """No bit of an envelope can be changed unnoticed, neither in head nor body nor signature."""
    raw = envelope.seal(PLAIN, _sign)
    for at in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[at // 8] ^= 1 << at % 8
        with pytest.raises(Malformed):  # BadSignature is one
            envelope.open_sealed(bytes(flipped), _check)


def test_signature_is_good_for_envelopes_only() -> None:
    """The domain string is part of what is signed: a signature made for something else opens nothing."""
    raw = envelope.seal(PLAIN, lambda message: _sign(message[len(DOMAIN) :]))
    with pytest.raises(BadSignature):
        envelope.open_sealed(raw, _check)


def test_signature_of_another_key_is_bad() -> None:
    """Who is not the sender cannot speak for it."""
    stranger = BACKEND.generate()
    with pytest.raises(BadSignature):
        envelope.open_sealed(envelope.seal(PLAIN, lambda message: BACKEND.sign(stranger, message)), _check)


def test_body_is_not_looked_at_before_the_signature_is_good() -> None:
    """open_sealed calls the check exactly once, over all bytes but the signature, and its refusal is final."""
    calls: list[tuple[bytes, bytes]] = []

    def refuse(message: bytes, signature: bytes) -> None:
        calls.append((message, signature))
        raise BadSignature("no")

    raw = envelope.seal(PLAIN, _sign)
    with pytest.raises(BadSignature):
        envelope.open_sealed(raw, refuse)
    assert [(DOMAIN + raw[:-64], raw[-64:])] == calls


@given(ENVELOPES, st.data())
def test_envelope_has_exactly_one_length(plain: Envelope, data: st.DataObject) -> None:
    """Cut short anywhere, or followed by anything, it is malformed before any signature is computed."""
    raw = envelope.seal(plain, _unsigned)
    cut = data.draw(st.integers(0, len(raw) - 1))
    for wrong in (raw[:cut], raw + b"\0", raw + raw):
        with pytest.raises(Malformed):
            envelope.unpack(wrong)


def _raw(version: int = 1, kind: int = 1, name: bytes = b"door", size: int | None = None, body: bytes = b"") -> bytes:
    size = len(body) if size is None else size
    return bytes((version, kind, len(name))) + name + struct.pack("<8sQH", b"boot id.", 0, size) + body + bytes(64)


MALFORMED = {
    "version 0": _raw(version=0),
    "version 2": _raw(version=2),
    "kind 0": _raw(kind=0),
    "kind 15, of nobody": _raw(kind=15),
    "kind 255": _raw(kind=255),
    "no name": _raw(name=b""),
    "a name of 33": _raw(name=b"a" * 33),
    "a name of 255": _raw(name=b"a" * 255),
    "capitals": _raw(name=b"Door"),
    "a separator": _raw(name=b"a/b"),
    "a wildcard": _raw(name=b"+"),
    "all wildcards": _raw(name=b"#"),
    "a hyphen first": _raw(name=b"-a"),
    "a newline last": _raw(name=b"a\n"),
    "a zero": _raw(name=b"a\0"),
    "outside ASCII": _raw(name="tür".encode()),
    "no UTF-8": _raw(name=b"\xff\xfe"),
    "a body longer than it is": _raw(size=1),
    "a body shorter than it is": _raw(size=0, body=b"x"),
    "longer than an envelope may be": _raw(body=bytes(ENVELOPE_BYTES_MAX)),
}


def test_the_table_s_own_envelope_is_in_order() -> None:
    """What the table below varies is good where nothing is varied."""
    assert envelope.unpack(_raw()).sensor == "door"


def test_limits_are_those_that_the_other_end_was_promised() -> None:
    """docs/wire.md says them to those who write one in another language."""
    assert (BODY_BYTES_MAX, ENVELOPE_BYTES_MAX) == (31 * 1024, 32 * 1024)


def test_version_that_is_not_known_is_named() -> None:
    """By a collector as by a sensor; version 1 is what both read."""
    assert envelope.unpack(_raw(), READ_BY_COLLECTORS).sensor == "door"
    for version in (0, 2):
        for readers in ({envelope.VERSION}, READ_BY_COLLECTORS):
            with pytest.raises(Malformed, match=f"version {version} is not known here; this end reads 1"):
                envelope.unpack(_raw(version=version), readers)


@pytest.mark.parametrize("name", MALFORMED)
def test_envelope_that_breaks_a_rule_is_malformed(name: str) -> None:
    """Each rule of the head is checked without a key."""
    with pytest.raises(Malformed):
        envelope.unpack(MALFORMED[name])


@pytest.mark.parametrize(
    "wrong",
    [
        Envelope(Kind.BATCH, "Door", b"boot id.", 0, b""),
        Envelope(Kind.BATCH, "door", b"short", 0, b""),
        Envelope(Kind.BATCH, "door", b"boot id.", -1, b""),
        Envelope(Kind.BATCH, "door", b"boot id.", 1 << 64, b""),
        Envelope(Kind.BATCH, "door", b"boot id.", 0, bytes(BODY_BYTES_MAX + 1)),
    ],
)
def test_what_could_not_be_opened_is_not_sealed(wrong: Envelope) -> None:
    """A sender finds its own mistake before it signs."""
    with pytest.raises(Malformed):
        envelope.seal(wrong, _sign)


def test_largest_body_makes_an_envelope_within_the_limit() -> None:
    """The two limits agree: what may be sealed may be opened, with the longest name too."""
    largest = Envelope(Kind.BATCH, "a" * 32, b"boot id.", 0, bytes(BODY_BYTES_MAX))
    raw = envelope.seal(largest, _sign)
    assert len(raw) <= ENVELOPE_BYTES_MAX
    assert largest == envelope.open_sealed(raw, _check)
