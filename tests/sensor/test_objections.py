"""Objections on the unit: who is on the list is not heard, and almost nobody else is left out."""

import random
import sys
from math import sqrt

import air
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lists import made_list
from memory import holds, reachable

from footfall_sensor.errors import Malformed
from footfall_sensor.frames import LINK_RADIOTAP
from footfall_sensor.listening import Closed, Epoch, Listening
from footfall_sensor.objections import MEMORY_MAX, ObjectionList, Objectors
from footfall_sensor.pseudonym import Pseudonymiser
from footfall_sensor.wire.batch import Counters
from footfall_sensor.wire.objections import BITS_FEW, BITS_MANY, ENTRIES_MAX, FEW_MAX, Objections, announcement, width

NOON_MS = 1_700_000_010_000 // 30_000 * 30_000
OWN = bytes.fromhex("5c628bd1e200")
OBJECTOR = bytes.fromhex("001122334455")
ADDRESSES = st.binary(min_size=6, max_size=6)


def some(count: int, seed: int) -> list[bytes]:
    chance = random.Random(seed)
    return [chance.randbytes(6) for _ in range(count)]


def hear(frames: list[tuple[int, bytes]], objectors: Objectors | None = None, **options: object) -> list[Closed]:
    listening = Listening(
        lambda _ms: Epoch("today", Pseudonymiser(bytes(32))),
        networks={OWN},
        objectors_for=lambda _ms: objectors,
        **options,  # type: ignore[arg-type]
    )
    closed = [window for ts_ms, raw in frames for window in listening.hear(ts_ms, raw, LINK_RADIOTAP)]
    return [*closed, *listening.pause()]


@given(st.lists(ADDRESSES, max_size=50), ADDRESSES)
def test_whoever_is_on_the_list_is_found(addresses: list[bytes], other: bytes) -> None:
    objectors = Objectors(made_list(addresses))
    assert all(mac in objectors for mac in addresses)
    assert all(mac in objectors for mac in addresses)  # asked again: from memory
    if not addresses:
        assert other not in objectors


def joining(mac: bytes) -> bytes:
    frame = bytearray(air.probe(mac, control=0x0000))
    frame[4:10] = frame[16:22] = OWN
    return air.plain() + bytes(frame)


@pytest.mark.parametrize("only_counts", [False, True], ids=["tokens", "counts"])
def test_objectors_frames_change_nothing_at_all(only_counts: bool) -> None:
    """Every window is the same as if the objecting phones had not been there: sightings, levels, classes and every
    counter, the number of frames included; so is the count by channel. Probe requests and joining stations alike.
    """
    chance = random.Random(7)
    phones, objectors = some(40, 1), some(10, 2)
    frames = []
    for number in range(2000):
        mac = chance.choice(phones + objectors)
        raw = joining(mac) if number % 9 == 0 else air.plain(chance.randint(-90, -40)) + air.probe(mac)
        frames.append((NOON_MS + number * 37, mac, raw))
    rest = [(ts_ms, raw) for ts_ms, mac, raw in frames if mac not in objectors]
    honoured = Objectors(made_list(objectors, bits=BITS_MANY))
    everything = [(ts_ms, raw) for ts_ms, _, raw in frames]
    assert len(rest) < len(everything) - 300
    assert hear(everything, honoured, only_counts=only_counts) == hear(rest, only_counts=only_counts)
    assert hear(everything, only_counts=only_counts) != hear(rest, only_counts=only_counts)


def test_objectors_are_not_heard_without_a_key_either() -> None:
    """While no token is made they are no keyless probe request, and no frame."""
    listening = Listening(lambda _ms: None, objectors_for=lambda _ms: Objectors(made_list([OBJECTOR])))
    list(listening.hear(NOON_MS, air.plain() + air.probe(OBJECTOR), LINK_RADIOTAP))
    (window,) = listening.pause()
    assert (window.counters, listening.channel_frames) == (Counters(), {})


def test_objection_binds_one_address_and_no_other_of_the_phone() -> None:
    """What the notice says of it: a phone that makes up another address is heard again under that one."""
    made_up = bytes.fromhex("021122334455")
    frames = [(NOON_MS + 100 * n, air.plain() + air.probe(mac)) for n, mac in enumerate((OBJECTOR, made_up, OBJECTOR))]
    (window,) = hear(frames, Objectors(made_list([OBJECTOR])))
    assert window.counters.frames == 1
    assert window.columns.token == Pseudonymiser(bytes(32)).token(made_up)


def test_list_is_asked_for_with_each_window() -> None:
    """A new entry holds from the next window on: half a minute."""
    listening = Listening(
        lambda _ms: Epoch("today", Pseudonymiser(bytes(32))),
        objectors_for=lambda ms: Objectors(made_list([OBJECTOR])) if ms > NOON_MS else None,
    )
    frames = [(NOON_MS + number * 30_000, air.plain() + air.probe(OBJECTOR)) for number in range(3)]
    closed = [*listening.hear_all(frames, LINK_RADIOTAP), *listening.pause()]
    assert [window.counters.frames for window in closed] == [1, 0, 0]


def test_addresses_are_forgotten_with_the_window() -> None:
    """What the list was asked about is in memory until the window ends, and no longer."""
    objectors = Objectors(made_list([OBJECTOR]))
    listening = Listening(lambda _ms: None, objectors_for=lambda _ms: objectors)
    list(listening.hear(NOON_MS, air.plain() + air.probe(OBJECTOR), LINK_RADIOTAP))
    assert holds(objectors, OBJECTOR)
    list(listening.pause())
    assert not holds(objectors, OBJECTOR)


def test_flood_of_addresses_takes_bounded_memory() -> None:
    objectors = Objectors(made_list([OBJECTOR]))
    for mac in some(MEMORY_MAX + 10, 3):
        assert mac not in objectors or mac == OBJECTOR
    assert len(objectors._known) == 10


@pytest.mark.parametrize("entries", [FEW_MAX, ENTRIES_MAX])
def test_strangers_are_left_out_as_rarely_as_is_said(entries: int) -> None:
    """100,000 random addresses against a full list: the rate is entries / 2^bits, within four standard deviations,
    and at most one in a thousand (0.095 % of 1,000 entries at 20 bits, 0.06 % of 10,000 at 24).
    """
    bits, tries = width(entries), 100_000
    objectors = Objectors(made_list(some(entries, 4)))
    stated = len(objectors) / 2**bits
    assert stated <= 0.001
    chance = random.Random(5)
    hits = sum(objectors._find(chance.randbytes(6)) for _ in range(tries))
    assert abs(hits - stated * tries) <= 4 * sqrt(stated * tries)


def test_width_follows_the_number_of_entries() -> None:
    assert [width(n) for n in (0, FEW_MAX, FEW_MAX + 1, ENTRIES_MAX)] == [BITS_FEW, BITS_FEW, BITS_MANY, BITS_MANY]
    assert ENTRIES_MAX / 2**BITS_MANY <= 0.001


def test_full_list_is_small_in_memory() -> None:
    """A unit of 64 MB has 22 MB free; the longest list takes 4 bytes an entry and a few kilobytes."""
    objectors = Objectors(made_list(some(ENTRIES_MAX, 6)))
    own = sum(sys.getsizeof(found) for found in reachable(objectors))
    assert own < 48_000


def test_unsorted_list_is_refused() -> None:
    """Its entries could not be found: better no list, and so no token, than one that misses somebody."""
    with pytest.raises(Malformed, match="sorted"):
        Objectors(Objections(1, 24, bytes(32), b"\2\0\0\1\0\0", 0, 1))


# The list in force.


def test_announcement_changes_no_list() -> None:
    """It makes the list stale, to be asked for; until the new one is here the old one holds."""
    held = ObjectionList()
    assert not held.stale
    held.accept(made_list([OBJECTOR], version=7))
    held.accept(announcement(8, 0, 1 << 42))
    objectors = held.at(NOON_MS)
    assert objectors is not None
    assert OBJECTOR in objectors
    assert (held.version, held.stale) == (7, True)
    held.accept(made_list([], version=8))
    assert (held.version, held.stale, held.at(NOON_MS)) == (8, False, None)


def test_list_ends_with_its_time() -> None:
    """Then none is in force, and its key is gone."""
    held = ObjectionList()
    key = b"thirty-two bytes that are secret"
    held.accept(made_list([OBJECTOR], key=key, expires_ms=NOON_MS))
    assert held.holds(NOON_MS - 1, 1)
    assert not held.holds(NOON_MS - 1, 2)
    assert not held.holds(NOON_MS)
    assert (held.version, held.at(NOON_MS - 1)) == (0, None)
    assert not holds(held, key)


def test_empty_list_is_in_force_and_costs_nothing() -> None:
    """Nobody objected is an answer; frames are then not looked up at all."""
    held = ObjectionList()
    assert not held.holds(None)
    held.accept(made_list([]))
    assert held.holds(None, 1)
    assert held.at(None) is None


def test_key_does_not_show() -> None:
    """Neither in the message's repr nor, once the hash states are made, in memory."""
    key = b"thirty-two bytes that are secret"
    message = made_list([OBJECTOR], key=key)
    assert "secret" not in repr(message)
    assert not holds(Objectors(message), key)
