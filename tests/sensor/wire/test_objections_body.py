"""The body of a list of objections: there and back, and its limits."""

from dataclasses import replace

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor.errors import Malformed
from footfall_sensor.sealing import Opener
from footfall_sensor.wire.envelope import BODY_BYTES_MAX
from footfall_sensor.wire.objections import ENTRIES_MAX, Objections, prefix, width

UTC_MS = st.integers(0, 1 << 43)
LISTS = st.builds(
    Objections,
    st.integers(1, 1 << 48),
    st.integers(8, 24),
    st.just(b"") | st.binary(min_size=32, max_size=32),
    st.integers(0, 20).flatmap(lambda n: st.binary(min_size=3 * n, max_size=3 * n)),
    UTC_MS,
    UTC_MS,
)


@given(LISTS)
def test_list_survives_its_encoding(message: Objections) -> None:
    assert message == Objections.decode(message.encode())


def test_longest_list_fits_one_message() -> None:
    longest = Objections(1 << 48, 24, bytes(32), bytes(3 * ENTRIES_MAX), 1 << 43, 1 << 43)
    assert len(longest.sealed("s" * 32, Opener().public).encode()) <= BODY_BYTES_MAX
    assert longest == Objections.decode(longest.encode())


@pytest.mark.parametrize(("entries", "bits"), [(0, 20), (1000, 20), (1001, 24), (10_000, 24)])
def test_the_longer_a_list_the_more_of_an_address_it_tells(entries: int, bits: int) -> None:
    """As few bits as keep strangers off it; docs/wire.md has the odds."""
    assert width(entries) == bits


def test_key_of_a_list_is_read_by_the_sensor_and_the_ask_that_it_was_sealed_for_alone() -> None:
    """Over the wire and open again; not by another ask, as another sensor's, or as of another version."""
    asks, other, secret = Opener(), Opener(), bytes(range(32))
    plain = Objections(7, 24, secret, b"\1\2\3", 0, 1)
    sealed = Objections.decode(plain.sealed("door", asks.public).encode())
    assert secret not in sealed.encode()
    assert sealed.opened("door", asks) == plain
    for sensor, opener, message in (
        ("door", other, sealed),
        ("hall", asks, sealed),
        ("door", asks, replace(sealed, version=8)),
        ("door", asks, plain),
    ):
        with pytest.raises(Malformed):
            message.opened(sensor, opener)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"bits": 7},
        {"bits": 25},
        {"key": bytes(31)},
        {"prefixes": bytes(4)},
        {"prefixes": bytes(3 * ENTRIES_MAX + 3)},
        {"prefixes": "text"},
        {"issued": -1},
        {"expires": None},
    ],
    ids=str,
)
def test_body_outside_its_limits_is_refused(change: dict[str, object]) -> None:
    good = msgpack.unpackb(Objections(1, 20, bytes(32), b"", 0, 1).encode())
    with pytest.raises(Malformed):
        Objections.decode(msgpack.packb({**good, **change}))


@given(st.binary(min_size=32, max_size=32), st.integers(8, 24))
def test_prefix_is_the_first_bits_with_zeros_behind(digest: bytes, bits: int) -> None:
    as_bits = "".join(f"{byte:08b}" for byte in digest)
    assert prefix(digest, bits) == int(as_bits[:bits].ljust(24, "0"), 2).to_bytes(3, "big")
