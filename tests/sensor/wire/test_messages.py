"""The other messages: there and back, limits, and secrets that are not shown."""

import itertools
from dataclasses import fields, replace

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor.errors import Malformed
from footfall_sensor.wire import messages
from footfall_sensor.wire.messages import (
    BOOTS_MAX,
    RANGES_MAX,
    TOTAL_NAMES,
    Ack,
    Acked,
    Birth,
    EpochKey,
    Health,
    Totals,
)

PRINTABLE = st.from_regex(r"[ -~]{0,64}", fullmatch=True)
UTC_MS = st.integers(0, 1 << 43)
COUNT = st.integers(0, 1 << 53)


def _number(low: float, high: float) -> st.SearchStrategy[float | None]:
    return st.none() | st.floats(low, high)


SEAL = st.just(b"") | st.binary(min_size=32, max_size=32)
BIRTHS = st.builds(Birth, *[PRINTABLE] * 5, UTC_MS, st.booleans(), PRINTABLE, SEAL, st.integers(0, (1 << 32) - 1))
TOTALS = st.builds(Totals, *[COUNT] * len(fields(Totals)))
HEALTHS = st.builds(
    Health,
    TOTALS,
    st.floats(0, 1e10),
    UTC_MS,
    _number(0, 1e6),
    st.none() | COUNT,
    st.none() | COUNT,
    _number(-100, 300),
    COUNT,
    COUNT,
    st.floats(0, 1e10),
    *[PRINTABLE] * 3,
)
RANGE = st.tuples(*[st.integers(0, (1 << 64) - 1)] * 2).map(lambda pair: (min(pair), max(pair)))
RANGES = st.lists(RANGE, max_size=RANGES_MAX).map(tuple)
ACKS = st.builds(
    Ack,
    st.lists(st.builds(Acked, st.binary(min_size=8, max_size=8), RANGES, RANGES), max_size=BOOTS_MAX).map(tuple),
    UTC_MS,
    UTC_MS,
)
SPAN = st.tuples(st.integers(0, 1 << 42), st.integers(1, 1 << 42)).map(lambda pair: (pair[0], sum(pair)))


@st.composite
def epoch_keys(draw: st.DrawFn) -> EpochKey:
    start_ms = draw(st.integers(0, (1 << 43) - 1))
    peer = draw(SEAL)
    size = 48 if peer else 32
    return EpochKey(
        epoch=draw(st.from_regex(r"[ -~]{1,32}", fullmatch=True)),
        start_ms=start_ms,
        end_ms=draw(st.integers(start_ms + 1, 1 << 43)),
        key=draw(st.binary(min_size=size, max_size=size)),
        expires_ms=draw(UTC_MS),
        issued_ms=draw(UTC_MS),
        peer=peer,
        open_spans=draw(st.none() | st.lists(SPAN, max_size=8).map(tuple)),
    )


@given(st.one_of(BIRTHS, HEALTHS, ACKS, epoch_keys()))
def test_message_survives_its_encoding(message: Birth | Health | Ack | EpochKey) -> None:
    """Each message comes out as it went in, and its encoding is the same again."""
    again = type(message).decode(message.encode())
    assert message == again
    assert message.encode() == again.encode()


def test_every_total_travels() -> None:
    """Whoever adds a total sees it arrive: none is left out of the health message."""
    totals = Totals(**{name: number + 1 for number, name in enumerate(sorted(TOTAL_NAMES))})
    assert totals == Health.decode(Health(totals, 1.0, 2).encode()).totals


def test_what_the_machine_does_not_say_takes_no_byte() -> None:
    """None is absent, not a null: a lean unit's health stays small."""
    packed = msgpack.unpackb(Health(Totals(), 1.0, 2).encode())
    assert not {"load", "mem_free", "rss", "temp"} & set(packed)
    assert packed["totals"] == {}


KEY = EpochKey("today", 1000, 2000, b"thirty-two bytes that are secret", 3000)


def test_epoch_key_is_never_shown() -> None:
    """Neither repr nor str nor a message within another holds the key, in any spelling."""
    for shown in (repr(KEY), str(KEY), f"{KEY!r}", repr([KEY]), repr({"message": KEY})):
        assert "secret" not in shown
        assert KEY.key.hex() not in shown
    assert "today" in repr(KEY)


def _altered(message: Birth | Health | Ack | EpochKey, **changes: object) -> bytes:
    good = msgpack.unpackb(message.encode())
    return msgpack.packb({name: value for name, value in {**good, **changes}.items() if value is not None})


BIRTH = Birth("0.1.0", "3.11.2", "mips", "lean", "tokens", 1000, wants_key=True)
HEALTH = Health(Totals(frames=1), 10.0, 1000)
ACK = Ack((Acked(b"boot id.", ((0, 1),), ((2, 3),)),))


def _boot(**changes: object) -> list[object]:
    return [{"boot": b"boot id.", "ok": [], "no": [], **changes}]


REFUSED = [
    (BIRTH, {"version": None}),
    (BIRTH, {"version": "x" * 129}),
    (BIRTH, {"version": "0.1\n"}),
    (BIRTH, {"machine": b"mips"}),
    (BIRTH, {"time": -1}),
    (BIRTH, {"time": 1 << 44}),
    (BIRTH, {"wants_key": 2}),
    (BIRTH, {"wants_key": True}),
    (HEALTH, {"totals": {"frames": -1}}),
    (HEALTH, {"totals": {"frames": 1.0}}),
    (HEALTH, {"totals": "many"}),
    (HEALTH, {"uptime": -1.0}),
    (HEALTH, {"uptime": float("nan")}),
    (HEALTH, {"temp": 301}),
    (HEALTH, {"temp": -100.5}),
    (HEALTH, {"heard": "ab"}),
    (HEALTH, {"heard": [2412]}),
    (HEALTH, {"temp": "hot"}),
    (HEALTH, {"rss": -1}),
    (HEALTH, {"rss": 1.5}),
    (HEALTH, {"spool": -1}),
    (HEALTH, {"radio": "x" * 129}),
    (ACK, {"boots": None}),
    (ACK, {"boots": {}}),
    (ACK, {"boots": [7]}),
    (ACK, {"boots": _boot() * (BOOTS_MAX + 1)}),
    (ACK, {"boots": _boot(boot=b"short")}),
    (ACK, {"boots": _boot(ok=[1])}),
    (ACK, {"boots": _boot(ok=[2, 1])}),
    (ACK, {"boots": _boot(ok=[-1, 1])}),
    (ACK, {"boots": _boot(ok=[1, 2.0])}),
    (ACK, {"boots": _boot(ok=[False, True])}),
    (ACK, {"boots": _boot(no=[0, 1] * (RANGES_MAX + 1))}),
    (ACK, {"boots": _boot(no="01")}),
    (KEY, {"epoch": None}),
    (KEY, {"epoch": ""}),
    (KEY, {"epoch": "x" * 33}),  # a batch could not carry it
    (KEY, {"start": -1}),
    (KEY, {"end": 1000}),  # empty
    (KEY, {"end": None}),
    (KEY, {"key": bytes(31)}),
    (KEY, {"key": "x" * 32}),
    (KEY, {"key": None}),
    (KEY, {"expires": -1}),
    (KEY, {"expires": None}),
    (KEY, {"issued": -1}),
    (KEY, {"peer": bytes(31), "key": bytes(48)}),
    (KEY, {"peer": bytes(32)}),  # sealed, it has a tag
    (KEY, {"key": bytes(48)}),  # plain, it has none
    (KEY, {"open": [2, 1]}),
    (KEY, {"open": [1]}),
    (KEY, {"open": [0, 1] * 9}),
    (KEY, {"open": [0, 1.5]}),
    (KEY, {"open": "always"}),
    (BIRTH, {"seal": bytes(31)}),
    (BIRTH, {"seal": "x" * 32}),
    (BIRTH, {"trust": -1}),
    (BIRTH, {"trust": 1 << 32}),
    (ACK, {"issued": "now"}),
    (ACK, {"expires": -1}),
]


@pytest.mark.parametrize(
    ("message", "changes"),
    REFUSED,
    ids=[f"{type(message).__name__}-{str(changes)[:28]}" for message, changes in REFUSED],
)
def test_field_out_of_its_range_is_refused(
    message: Birth | Health | Ack | EpochKey, changes: dict[str, object]
) -> None:
    """Missing, of another type, too small, too large, too many."""
    assert message == type(message).decode(_altered(message))  # in order where nothing is varied
    with pytest.raises(Malformed):
        type(message).decode(_altered(message, **changes))


def test_coldest_unit_is_heard() -> None:
    """-100 degrees Celsius is within what a sensor may say, wrong or not."""
    cold = replace(HEALTH, temperature_c=-100.0)
    assert Health.decode(cold.encode()) == cold


def test_opening_hours_of_eight_days_are_read() -> None:
    """Those of an epoch's week, and of the evening before it."""
    week = replace(KEY, open_spans=tuple((n, n + 1) for n in range(0, 16, 2)))
    assert EpochKey.decode(week.encode()) == week


def test_fullest_acknowledgement_is_read() -> None:
    """Eight starts of 32 ranges each, up to the last number that there is."""
    last = (1 << 64) - 1
    spans = (*((2 * n, 2 * n) for n in range(RANGES_MAX - 1)), (last, last))
    most = Ack(tuple(Acked(bytes([n]) * 8, spans, spans) for n in range(BOOTS_MAX)))
    assert most == Ack.decode(most.encode())


def test_refusal_of_a_key_does_not_show_it() -> None:
    """The error about an epoch key holds nothing of the key."""
    with pytest.raises(Malformed) as caught:
        EpochKey.decode(_altered(KEY, key=b"one byte too many that is secret!"))
    assert "secret" not in repr(caught.value) + str(caught.value.__cause__)


def test_unknown_fields_are_passed_over() -> None:
    """A newer end may say more."""
    for message in (BIRTH, HEALTH, ACK, KEY):
        assert message == type(message).decode(_altered(message, colour="red"))


@given(st.lists(st.integers(0, 60), max_size=40))
def test_ranges_are_the_shortest_that_say_the_same(numbers: list[int]) -> None:
    """Expanded, the ranges give the numbers; no two of them touch."""
    found = messages.ranges(numbers)
    assert sorted(set(numbers)) == [number for first, last in found for number in range(first, last + 1)]
    assert all(later[0] > earlier[1] + 1 for earlier, later in itertools.pairwise(found))
