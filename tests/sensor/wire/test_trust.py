"""The list of keys to believe: there and back, and every field within its limits."""

import msgpack
import pytest

from footfall_sensor import signing
from footfall_sensor.errors import Malformed
from footfall_sensor.wire.trust import Trust, TrustedKey

ONE, TWO = (signing.Cryptography().generate().public for _ in range(2))
TRUST = Trust(1, 1, 1, (TrustedKey(ONE), TrustedKey(TWO, 1000, 2000)))


def test_list_survives_its_encoding() -> None:
    """The least that its numbers may be, too."""
    assert Trust.decode(TRUST.encode()) == TRUST


def test_a_key_counts_from_its_first_moment_up_to_its_last() -> None:
    """The last is the first at which it does not; where none is set, and none was, it counts at any time."""
    always, sometimes = TRUST.keys
    assert [sometimes.holds(utc_ms) for utc_ms in (999, 1000, 1999, 2000)] == [False, True, True, False]
    assert [always.holds(utc_ms) for utc_ms in (0, 1 << 43)] == [True, True]
    assert (always.not_before_ms, always.not_after_ms) == (0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": 1 << 32},
        {"issued": 0},
        {"expires": 0},
        {"keys": []},
        {"keys": [7]},
        {"keys": None},
    ],
    ids=str,
)
def test_list_outside_its_limits_is_refused(change: dict[str, object]) -> None:
    good = msgpack.unpackb(TRUST.encode())
    with pytest.raises(Malformed):
        Trust.decode(msgpack.packb({**good, **change}))


@pytest.mark.parametrize("count", [4, 5])
def test_more_than_three_keys_are_refused_and_so_is_one_twice(count: int) -> None:
    many = tuple(TrustedKey(signing.Cryptography().generate().public) for _ in range(count))
    assert len(Trust.decode(Trust(1, 1, 1, many[:3]).encode()).keys) == 3
    for keys in (many, (*many[:2], many[0])):
        with pytest.raises(Malformed):
            Trust.decode(Trust(1, 1, 1, keys).encode())
