"""Bodies: maps within limits, fields within ranges, and nothing else."""

import math

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor.errors import Malformed
from footfall_sensor.wire import body
from footfall_sensor.wire.body import ARRAY_ITEMS_MAX, MAP_ITEMS_MAX, STRING_BYTES_MAX
from footfall_sensor.wire.envelope import BODY_BYTES_MAX

VALUES = st.one_of(
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.floats(allow_nan=False),
    st.text(max_size=30),
    st.binary(max_size=30),
    st.booleans(),
    st.lists(st.integers(0, 9), max_size=5),
)


@given(st.dictionaries(st.text(max_size=10), VALUES, max_size=10))
def test_fields_survive(fields: dict[str, object]) -> None:
    """What is packed is unpacked, with its types."""
    assert fields == body.unpack(body.pack(fields))


def test_none_is_left_out() -> None:
    """Absent and unknown are one thing: None takes no byte."""
    assert body.pack({"a": 1}) == body.pack({"a": 1, "b": None})


REFUSED = {
    "nothing": b"",
    "no msgpack": b"\xc1",
    "cut short": b"\x81\xa1a",
    "something behind it": b"\x80\x80",
    "a list": msgpack.packb([1, 2]),
    "a number": msgpack.packb(7),
    "a number as name": msgpack.packb({1: 2}),
    "bytes as name": msgpack.packb({b"a": 2}),
    "a list as name": b"\x81\x90\x01",
    "a name outside UTF-8": b"\x81\xa1\xff\x01",
    "an extension": msgpack.packb({"a": msgpack.ExtType(5, b"x")}),
    "an extension of no known timestamp": b"\x81\xa1a\xc7\x03\xff\1\2\3",
    "a list too long": msgpack.packb({"a": [0] * (ARRAY_ITEMS_MAX + 1)}),
    "a map too large": msgpack.packb({str(number): 0 for number in range(MAP_ITEMS_MAX + 1)}),
    "a list that claims four billion": b"\x81\xa1a\xdd\xff\xff\xff\xff",
    "a map that claims four billion": b"\xdf\xff\xff\xff\xff",
    "text that claims four billion": b"\x81\xa1a\xdb\xff\xff\xff\xff",
    "bytes that claim four billion": b"\x81\xa1a\xc6\xff\xff\xff\xff",
    "nested without end": b"\x81\xa1a" + b"\x91" * 20_000,
    "too long": msgpack.packb({"a": bytes(BODY_BYTES_MAX)}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_map_of_named_fields_is_refused(name: str) -> None:
    """Each way of being no body gives our own error."""
    with pytest.raises(Malformed):
        body.unpack(REFUSED[name])


def test_limits_are_those_that_the_other_end_was_promised() -> None:
    """docs/wire.md says them to those who write one in another language."""
    assert (ARRAY_ITEMS_MAX, MAP_ITEMS_MAX, STRING_BYTES_MAX, BODY_BYTES_MAX) == (64, 32, 128, 31 * 1024)


def test_the_longest_body_is_read() -> None:
    """A byte more is refused, though it is good msgpack."""
    head = len(msgpack.packb({"a": bytes(BODY_BYTES_MAX - 100)})) - (BODY_BYTES_MAX - 100)
    longest = {"a": bytes(BODY_BYTES_MAX - head)}
    assert longest == body.unpack(body.pack(longest))
    with pytest.raises(Malformed, match="at most 31744 bytes, this one 31745"):
        body.unpack(body.pack({"a": bytes(BODY_BYTES_MAX - head + 1)}))


def test_limits_are_inclusive() -> None:
    """As many items as allowed pass."""
    fields = {str(number): 0 for number in range(MAP_ITEMS_MAX - 1)} | {"a": [0] * ARRAY_ITEMS_MAX}
    assert fields == body.unpack(body.pack(fields))


FIELDS = {
    "int": 7,
    "true": True,
    "float": 7.5,
    "nan": math.nan,
    "inf": math.inf,
    "text": "seven",
    "longest": "7" * STRING_BYTES_MAX,
    "long": "7" * (STRING_BYTES_MAX + 1),
    "line": "se\nven",
    "bytes": b"seven",
    "list": [7],
    "counts": {"a": 1, "b": 0},
    "most": {"a": 1 << 53},
    "unnamed": {7: 1},
    "words": ["a", "b"],
    "negative": {"a": -1},
    "huge": {"a": (1 << 53) + 1},
    "truth": {"a": True},
}


def test_integer_is_an_integer_within_its_range() -> None:
    """No bool, no float, no text, nothing outside the range; a default only where the field is absent."""
    assert [body.integer(FIELDS, "int", low, high) for low, high in ((7, 7), (0, 7), (7, 9))] == [7, 7, 7]
    assert body.integer(FIELDS, "absent", 0, 9, default=3) == 3
    for name, low, high in (
        ("int", 8, 9),
        ("int", 0, 6),
        ("true", 0, 9),
        ("float", 0, 9),
        ("text", 0, 9),
        ("absent", 0, 9),
    ):
        with pytest.raises(Malformed, match=f"^{name}: an integer from"):
            body.integer(FIELDS, name, low, high)
    with pytest.raises(Malformed):
        body.integer(FIELDS, "text", 0, 9, default=3)


def test_number_is_finite_and_within_its_range() -> None:
    """Not a number is no number, and absence is None."""
    assert [body.number(FIELDS, name, 0, 9) for name in ("int", "float", "absent")] == [7.0, 7.5, None]
    for name in ("nan", "inf", "true", "text"):
        with pytest.raises(Malformed, match=f"^{name}: a number from"):
            body.number(FIELDS, name, 0, 9)
    assert body.number(FIELDS, "float", 7.5, 7.5) == 7.5
    for low, high in ((0, 7), (8, 9)):
        with pytest.raises(Malformed):
            body.number(FIELDS, "float", low, high)


def test_text_is_short_and_printable() -> None:
    """What ends up in logs and on pages holds no line break and no control character."""
    assert [body.text(FIELDS, "text"), body.text(FIELDS, "absent", "x")] == ["seven", "x"]
    assert body.text(FIELDS, "longest") == "7" * 128
    for name in ("long", "line", "bytes", "int", "absent"):
        with pytest.raises(Malformed, match=f"^{name}: a printable string"):
            body.text(FIELDS, name)


def test_binary_has_its_exact_size() -> None:
    """A byte more or less is refused, and so is text."""
    assert body.binary(FIELDS, "bytes", 5) == b"seven"
    for name, size in (("bytes", 4), ("bytes", 6), ("text", 5), ("absent", 0)):
        with pytest.raises(Malformed, match=f"^{name}: {size} bytes"):
            body.binary(FIELDS, name, size)


def test_counters_are_natural_numbers() -> None:
    """Negative, huge and true are no counts; unknown names are passed over, so that a newer sensor may count more."""
    assert body.counts(FIELDS, "counts") == {"a": 1, "b": 0}
    assert body.counts(FIELDS, "counts", frozenset({"a", "c"})) == {"a": 1}
    assert body.counts(FIELDS, "absent") == {}
    assert body.counts(FIELDS, "most") == {"a": 9_007_199_254_740_992}
    for name in ("negative", "huge", "truth", "unnamed", "list", "int"):
        with pytest.raises(Malformed, match=f"^{name}: "):
            body.counts(FIELDS, name)


def test_octets_are_absent_or_within_their_sizes() -> None:
    """Absent is empty; empty where it stands is as wrong as any other size outside the range."""
    assert [body.octets(FIELDS, "bytes", low, high) for low, high in ((5, 5), (0, 5), (5, 9))] == [b"seven"] * 3
    assert body.octets(FIELDS, "absent", 5, 9) == b""
    for name, low, high in (("bytes", 6, 9), ("bytes", 0, 4), ("text", 0, 9)):
        with pytest.raises(Malformed, match=f"^{name}: {low} to {high} bytes"):
            body.octets(FIELDS, name, low, high)


def test_strings_are_a_list_of_nothing_else() -> None:
    assert body.strings(FIELDS, "words") == ["a", "b"]
    for name in ("list", "text", "absent"):
        with pytest.raises(Malformed, match=f"^{name}: a list of strings"):
            body.strings(FIELDS, name)
