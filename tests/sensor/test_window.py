"""The window: sums that neither wrap nor lose."""

import itertools
from collections import defaultdict
from dataclasses import asdict, fields

from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor.frames import RSSI_UNKNOWN_DBM
from footfall_sensor.window import BURST_GAP_MS, FLAG_ASSOCIATED, FLAG_DIRECTED, FLAG_RANDOMISED, Tally, Window
from footfall_sensor.wire.batch import Counters, Sighting

ONE, TWO = b"token  1", b"token  2"
START_MS = 1_700_000_000_000


def _sightings(window: Window) -> list[Sighting]:
    return list(window.close())


def _as_int(token: bytes) -> int:
    return int.from_bytes(token, "little")


def test_one_frame_makes_one_sighting() -> None:
    """Everything that a frame says of its token is in the row."""
    window = Window(START_MS)
    window.add(ONE, START_MS + 1500, -61, 2437, FLAG_RANDOMISED, 4711)
    expected = Sighting(_as_int(ONE), 1500, 1500, 1, 1, -61, -61, 2437, FLAG_RANDOMISED, 4711)
    assert [expected] == _sightings(window)


def test_frames_of_a_token_are_summed() -> None:
    """First and last time, number, strongest and mean level, the strongest frame's frequency, flags, first class."""
    window = Window(START_MS)
    window.add(ONE, START_MS + 100, -70, 2412, FLAG_RANDOMISED, 7)
    window.add(TWO, START_MS + 200, -50, 2412, 0, 8)
    window.add(ONE, START_MS + 300, -60, 2437, FLAG_DIRECTED, 7)
    window.add(ONE, START_MS + 400, -67, 2462, 0, 7)
    first, second = _sightings(window)
    assert Sighting(_as_int(ONE), 100, 400, 3, 1, -60, -66, 2437, FLAG_RANDOMISED | FLAG_DIRECTED, 7) == first
    assert Sighting(_as_int(TWO), 200, 200, 1, 1, -50, -50, 2412, 0, 8) == second


def test_of_frames_of_one_level_the_first_says_the_frequency() -> None:
    window = Window(START_MS)
    for offset, freq_mhz in enumerate((2412, 2437)):
        window.add(ONE, START_MS + offset, -61, freq_mhz, 0, 1)
    assert [row.freq_mhz for row in window.close()] == [2412]


def test_silence_of_more_than_the_gap_begins_a_burst() -> None:
    """A second of silence is still the same burst, a millisecond more is the next."""
    window = Window(START_MS)
    for offset in (0, 1000, 2001, 2002):
        window.add(ONE, START_MS + offset, -61, 2437, 0, 1)
    assert [row.bursts for row in window.close()] == [2]


def test_unknown_level_does_not_enter_the_mean() -> None:
    """A frame without a level counts, and leaves the levels of the others as they are."""
    window = Window(START_MS)
    window.add(ONE, START_MS, RSSI_UNKNOWN_DBM, 0, 0, 1)
    window.add(ONE, START_MS + 1, -61, 2437, 0, 1)
    window.add(ONE, START_MS + 2, RSSI_UNKNOWN_DBM, 0, 0, 1)
    window.add(TWO, START_MS + 3, RSSI_UNKNOWN_DBM, 2412, 0, 1)
    assert [(row.frames, row.rssi_max_dbm, row.rssi_mean_dbm, row.freq_mhz) for row in window.close()] == [
        (3, -61, -61, 2437),
        (1, RSSI_UNKNOWN_DBM, RSSI_UNKNOWN_DBM, 2412),
    ]


def test_frame_from_before_the_window_counts_at_its_beginning() -> None:
    """Disorder of some milliseconds between two captures neither loses a frame nor wraps its time."""
    window = Window(START_MS)
    window.add(ONE, START_MS + 20, -61, 2437, 0, 1)
    window.add(ONE, START_MS - 5, -61, 2437, 0, 1)
    assert [(row.first_ms, row.last_ms, row.frames) for row in window.close()] == [(0, 20, 2)]


def test_counts_stop_at_their_width_and_do_not_wrap() -> None:
    """65,535 frames are the most a row says, however loud the device."""
    window = Window(START_MS, length_ms=60_000)
    for number in range(66_000):
        window.add(ONE, START_MS + number % 60_000, -61, 2437, 0, 1)
    assert [row.frames for row in window.close()] == [0xFFFF]


def test_a_device_that_never_falls_silent_fits_its_burst_counter() -> None:
    """Offsets are of 16 bits, so silences of more than a second make 66 bursts at most."""
    window = Window(START_MS, length_ms=60_000)
    for offset in range(0, 1 << 16, 1001):
        window.add(ONE, START_MS + offset, -61, 2437, 0, 1)
    assert [row.bursts for row in window.close()] == [66]


def test_as_many_tokens_as_promised_fit_in_a_window() -> None:
    """4096 by default, and 30 seconds."""
    window = Window(START_MS)
    for number in range(4097):
        window.add(b"token%3d" % number, START_MS, -61, 2437, 0, 1)
    assert (len(window), window.tally.overflow, window.length_ms) == (4096, 1, 30_000)


def test_every_count_travels_under_its_own_name() -> None:
    """A window that is new has counted nothing."""
    assert Window(START_MS).tally.counters() == Counters()
    names = [field.name for field in fields(Counters)]
    told = {name: number for number, name in enumerate(names, start=1)}
    assert asdict(Tally(**told).counters()) == told


def test_flags_are_those_of_the_wire() -> None:
    """docs/wire.md promises their bits to other readers."""
    assert (FLAG_RANDOMISED, FLAG_ASSOCIATED, FLAG_DIRECTED) == (1, 2, 4)


def test_token_too_many_is_counted_and_known_tokens_go_on() -> None:
    """What does not fit is in the overflow counter, frame by frame; a token that is in stays in."""
    window = Window(START_MS, sightings_max=1)
    for token in (ONE, TWO, TWO, ONE):
        window.add(token, START_MS, -61, 2437, 0, 1)
    assert (len(window), window.tally.overflow) == (1, 2)
    assert [row.frames for row in window.close()] == [2]


FRAMES = st.lists(
    st.tuples(
        st.sampled_from([b"token%3d" % number for number in range(6)]),
        st.integers(0, 29_999),
        st.one_of(st.just(RSSI_UNKNOWN_DBM), st.integers(-127, 127)),
        st.integers(0, 0xFFFF),
        st.integers(0, 7),
        st.integers(0, 0xFFFF),
    ),
    max_size=60,
)


@given(FRAMES, st.integers(1, 6))
def test_window_says_what_a_plain_list_of_frames_says(
    heard: list[tuple[bytes, int, int, int, int, int]], fits: int
) -> None:
    """For any frames in order of time, the columns equal what a naive reader computes from the list of all frames."""
    heard.sort(key=lambda frame: frame[1])
    window = Window(START_MS, sightings_max=fits)
    of_token: dict[bytes, list[tuple[int, int, int, int, int]]] = defaultdict(list)
    for token, offset, *rest in heard:
        window.add(token, START_MS + offset, *rest)
        of_token[token].append((offset, *rest))
    kept = dict(list(of_token.items())[:fits])
    overflow = len(heard) - sum(map(len, kept.values()))
    assert overflow == window.tally.overflow
    rows = _sightings(window)
    assert [_as_int(token) for token in kept] == [row.token for row in rows]
    for row, seen in zip(rows, kept.values(), strict=True):
        times = [offset for offset, *_ in seen]
        levels = [rssi for _, rssi, *_ in seen if rssi != RSSI_UNKNOWN_DBM]
        assert (times[0], times[-1], len(seen)) == (row.first_ms, row.last_ms, row.frames)
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert row.bursts == 1 + sum(gap > BURST_GAP_MS for gap in gaps)
        assert row.rssi_max_dbm == max(levels, default=RSSI_UNKNOWN_DBM)
        strongest = max(seen, key=lambda frame: frame[1])  # the first of equals
        assert strongest[2] == row.freq_mhz
        assert row.rssi_mean_dbm == (round(sum(levels) / len(levels)) if levels else RSSI_UNKNOWN_DBM)
        flags = 0
        for _, _, _, more, _ in seen:
            flags |= more
        assert (flags, seen[0][4]) == (row.flags, row.model_class)
