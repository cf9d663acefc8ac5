"""Listening: every frame is in exactly one window, and every window is said."""

import random
from collections import Counter

import air
import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory import holds, reachable

from footfall_sensor.frames import LINK_RADIOTAP
from footfall_sensor.listening import SILENCE_MS_MAX, Closed, Epoch, Listening, batches
from footfall_sensor.pseudonym import Pseudonymiser
from footfall_sensor.window import FLAG_ASSOCIATED, FLAG_DIRECTED, FLAG_RANDOMISED, WINDOW_MS
from footfall_sensor.wire import batch as batch_wire
from footfall_sensor.wire.batch import ClockState, Columns, Counters, Sighting

NOON_MS = 1_700_000_010_000 // WINDOW_MS * WINDOW_MS
KEY = bytes(range(32))
PROBE = air.plain() + air.probe()
BEACON = air.plain() + air.probe(control=0x0080)
BROKEN = PROBE[:20]


def _epoch(_start_ms: int) -> Epoch:
    return Epoch("today", Pseudonymiser(KEY))


def _hear(listening: Listening, *frames: tuple[int, bytes]) -> list[Closed]:
    """The windows that end while these frames are heard, and the open one."""
    closed = [window for ts_ms, raw in frames for window in listening.hear(ts_ms, raw, LINK_RADIOTAP)]
    return [*closed, *listening.pause()]


def test_frame_ends_up_as_a_sighting_of_its_token() -> None:
    """Address to token, level, frequency, class and flags: the whole line from bytes to a row."""
    named = air.plain(-48, 2462) + air.probe(ssid=b"home")
    (window,) = _hear(Listening(_epoch), (NOON_MS + 40, PROBE), (NOON_MS + 90, named))
    pseudonyms = Pseudonymiser(KEY)
    token = int.from_bytes(pseudonyms.token(air.PHONE), "little")
    class_ = pseudonyms.model_class(air.ELEMENTS)
    expected = Sighting(token, 40, 90, 2, 1, -48, -54, 2462, FLAG_RANDOMISED | FLAG_DIRECTED, class_)
    assert [expected] == list(window.columns)
    assert (window.epoch, window.start_ms, window.length_ms) == ("today", NOON_MS, WINDOW_MS)
    assert Counters(frames=2, probes=2) == window.counters


def test_every_kind_of_frame_is_counted_once() -> None:
    """Probe requests, other frames and broken ones: `frames` has all, the rest by their reason."""
    (window,) = _hear(Listening(_epoch), *[(NOON_MS, raw) for raw in (PROBE, BEACON, BROKEN, BROKEN, PROBE)])
    assert Counters(frames=5, probes=2, malformed=2) == window.counters


def test_windows_of_all_sensors_coincide() -> None:
    """A window begins at a multiple of its length, whenever the sensor was started."""
    (window,) = _hear(Listening(_epoch), (NOON_MS + 12_345, PROBE))
    assert window.start_ms == NOON_MS


def test_silence_is_said_window_by_window() -> None:
    """Windows in which nothing was heard are given too: nobody there is not the same as nobody listening."""
    windows = _hear(Listening(_epoch), (NOON_MS, PROBE), (NOON_MS + 3 * WINDOW_MS, PROBE))
    assert [NOON_MS + number * WINDOW_MS for number in range(4)] == [window.start_ms for window in windows]
    assert [len(window.columns) for window in windows] == [1, 0, 0, 1]


def test_without_a_key_probes_are_counted_and_no_token_is_made() -> None:
    """No key, no tokens; the unit still says how much it heard."""
    (window,) = _hear(Listening(lambda _start_ms: None), (NOON_MS, PROBE), (NOON_MS, PROBE))
    assert Counters(frames=2, probes=2, keyless=2) == window.counters
    assert (window.epoch, len(window.columns)) == ("", 0)


def test_tokens_beyond_the_limit_are_counted() -> None:
    """The window's limit and its counter reach the batch."""
    phones = [(NOON_MS, air.plain() + air.probe(b"\2\0\0\0\0" + bytes([number]))) for number in range(5)]
    (window,) = _hear(Listening(_epoch, sightings_max=3), *phones)
    assert (len(window.columns), window.counters.overflow) == (3, 2)


def test_each_window_is_asked_for_its_own_key() -> None:
    """Two windows on two sides of an epoch's turn have the tokens of their own epoch."""
    turn_ms = NOON_MS + WINDOW_MS
    old, new = Epoch("old", Pseudonymiser(KEY)), Epoch("new", Pseudonymiser(bytes(32)))
    listening = Listening(lambda start_ms: new if start_ms >= turn_ms else old)
    windows = _hear(listening, (turn_ms - 1, PROBE), (turn_ms, PROBE))
    assert [window.epoch for window in windows] == ["old", "new"]
    assert len({window.columns.token for window in windows}) == 2


def test_step_back_of_a_little_is_disorder() -> None:
    """A frame from up to a window ago, from the other of two captures, stays in the window that is open."""
    (window,) = _hear(Listening(_epoch), (NOON_MS + 10, PROBE), (NOON_MS - 20_000, PROBE))
    assert [(window.start_ms, row.frames, row.first_ms) for row in window.columns] == [(NOON_MS, 2, 0)]


@pytest.mark.parametrize("step_ms", [-3 * WINDOW_MS, -SILENCE_MS_MAX, SILENCE_MS_MAX + 2 * WINDOW_MS, 10**12])
def test_clock_that_was_set_does_not_fill_the_gap(step_ms: int) -> None:
    """A leap back, or of more than a day, ends one window and begins the next at the new time; none lies between."""
    first, second = _hear(Listening(_epoch), (NOON_MS, PROBE), (NOON_MS + step_ms, PROBE))
    assert (NOON_MS, NOON_MS + step_ms) == (first.start_ms, second.start_ms + (NOON_MS + step_ms) % WINDOW_MS)


def test_pause_leaves_no_address_and_no_key_behind() -> None:
    """When nobody listens any more, no object that Listening leads to holds an address, a name or the epoch."""
    pseudonyms = Pseudonymiser(KEY)
    listening = Listening(lambda _start_ms: Epoch("today", pseudonyms))
    named = air.plain() + air.probe(elements=air.element(221, b"Grandmother's flat"))
    list(listening.hear(NOON_MS, named, LINK_RADIOTAP))
    assert holds(listening, air.PHONE)  # while the window is open, as it must
    closed = list(listening.pause())
    for left in (closed, pseudonyms, listening):
        assert not holds(left, air.PHONE)
        assert not holds(left, b"Grandmother")
    assert not any(isinstance(found, Epoch | Pseudonymiser) for found in reachable(listening))


@given(st.integers(0, 2**32))
def test_no_frame_is_lost_or_heard_twice(seed: int) -> None:
    """Over any run of frames, the windows' counters add up to the frames, and their rows to the probes that fit."""
    chance = random.Random(seed)
    phones = [air.plain() + air.probe(b"\2\0\0\0\0" + bytes([number])) for number in range(8)]
    now_ms, heard = NOON_MS, []
    for _ in range(chance.randint(0, 60)):
        now_ms += chance.choice((-3000, 0, 5, 700, 25_000, 70_000))
        heard.append((now_ms, chance.choice((*phones, BEACON, BROKEN))))
    windows = _hear(Listening(_epoch, sightings_max=5), *heard)
    totals = Counter[str]()
    for window in windows:
        counters = window.counters
        totals.update(frames=counters.frames, probes=counters.probes, bad=counters.malformed)
        assert sum(row.frames for row in window.columns) + counters.overflow == counters.probes
    raws = [raw for _, raw in heard]
    expected = Counter(frames=len(raws), probes=sum(raw in phones for raw in raws), bad=raws.count(BROKEN))
    assert +expected == +totals


# Windows as batches.


def _closed(sightings: int) -> Closed:
    rows = [Sighting(number, 0, 1, 1, 1, -60, -61, 2412, 0, 9) for number in range(sightings)]
    return Closed(NOON_MS, WINDOW_MS, "today", Counters(frames=sightings, probes=sightings), Columns.from_rows(rows))


@pytest.mark.parametrize(("sightings", "parts"), [(0, 1), (1, 1), (400, 1), (401, 2), (800, 2), (4096, 11)])
def test_window_becomes_batches_that_add_up_to_it(sightings: int, parts: int) -> None:
    """A silent window is one batch, a crowded one several; rows and counters are in one of them each."""
    closed = _closed(sightings)
    made = list(batches(closed, ClockState.CAPTURE, 400))
    assert [(part, parts) for part in range(parts)] == [(batch.part, batch.parts) for batch in made]
    assert list(closed.columns) == [row for batch in made for row in batch.columns]
    assert [closed.counters] + [Counters()] * (parts - 1) == [batch.counters for batch in made]


def test_every_part_can_be_read_by_the_collector() -> None:
    """The fullest window that the configuration allows survives its encoding, part by part."""
    made = list(batches(_closed(65_535), ClockState.CAPTURE, 64))
    assert made == [batch_wire.decode(batch_wire.encode(batch)) for batch in made]


# What only a radio has.

OWN = bytes.fromhex("5c628bd1e200")


def _joining(mac: bytes = air.PHONE) -> bytes:
    frame = bytearray(air.probe(mac, control=0x0000))
    frame[4:10] = frame[16:22] = OWN
    return air.plain() + bytes(frame)


def test_station_of_our_own_network_is_a_sighting_of_its_own_kind() -> None:
    """Where it is switched on: flagged associated, counted apart from probe requests; elsewhere it is any frame."""
    (window,) = _hear(Listening(_epoch, networks={OWN}), (NOON_MS, _joining()), (NOON_MS + 9, PROBE))
    token = int.from_bytes(Pseudonymiser(KEY).token(air.PHONE), "little")
    (row,) = window.columns
    assert (row.token, row.flags, row.frames) == (token, FLAG_ASSOCIATED | FLAG_RANDOMISED, 2)
    assert Counters(frames=2, probes=1, associations=1) == window.counters
    (window,) = _hear(Listening(_epoch), (NOON_MS, _joining()))
    assert (Counters(frames=1), 0) == (window.counters, len(window.columns))


def test_station_without_a_key_is_counted_and_a_broken_one_too() -> None:
    """No key, no token; a header cut short is malformed."""
    silent = Listening(lambda _start_ms: None, networks={OWN})
    (window,) = _hear(silent, (NOON_MS, _joining()), (NOON_MS, _joining()[:-90]))
    assert Counters(frames=2, associations=1, malformed=1) == window.counters
    assert len(window.columns) == 0


def test_probe_requests_are_counted_by_frequency() -> None:
    """Since the start and over all windows; what no radio can be on does not grow the table without end."""
    listening = Listening(_epoch)
    heard = [(NOON_MS + number * 9000, air.plain(mhz=2412 + 5 * (number % 2)) + air.probe()) for number in range(11)]
    _hear(listening, *heard)
    assert listening.channel_frames == {2412: 6, 2417: 5}
    _hear(listening, *[(NOON_MS, air.plain(mhz=number) + air.probe()) for number in range(1000)])
    assert len(listening.channel_frames) == 64


def test_window_can_be_cut() -> None:
    """It ends where it is cut, with its true length, and the next one begins there."""
    listening = Listening(_epoch, span=lambda ts_ms: (ts_ms, ts_ms - ts_ms % WINDOW_MS + WINDOW_MS))
    closed = list(listening.hear(NOON_MS, PROBE, LINK_RADIOTAP))
    listening.lost(7)
    closed += listening.cut(NOON_MS + 12_000)
    closed += listening.hear(NOON_MS + 12_001, PROBE, LINK_RADIOTAP)
    closed += listening.pause(NOON_MS + 13_000)
    assert [(window.start_ms, window.length_ms) for window in closed] == [(NOON_MS, 12_000), (NOON_MS + 12_000, 1000)]
    assert [window.counters.frames for window in closed] == [1, 1]
    assert closed[0].counters.kernel_drops == 7
    listening.lost(7)  # nobody listens: nowhere to say it


def test_many_frames_at_once_are_the_same_as_one_by_one() -> None:
    """A block of the ring gives the windows that its frames would give alone."""
    heard = [(NOON_MS + number * 700, PROBE if number % 3 else BEACON) for number in range(500)]
    together = Listening(_epoch)
    assert [*together.hear_all(heard, LINK_RADIOTAP), *together.pause()] == _hear(Listening(_epoch), *heard)


def test_counts_take_the_place_of_tokens() -> None:
    """Told only to count, a window leaves Listening with a summary and without a row."""
    phones = [(NOON_MS, air.plain(-40 - 3 * n) + air.probe(bytes([2 * (n % 2), 0, 0, 0, 0, n]))) for n in range(20)]
    (window,) = _hear(Listening(_epoch, only_counts=True), *phones)
    assert len(window.columns) == 0
    assert window.summary is not None
    assert (window.summary.devices, window.summary.randomised, window.summary.bursts) == (20, 10, 20)
    assert sum(window.summary.levels) == 20
    assert window.summary.classes == ((Pseudonymiser(KEY).model_class(air.ELEMENTS), 20),)
    (batch,) = batches(window, ClockState.SYNCED, 400)
    assert batch == batch_wire.decode(batch_wire.encode(batch))
