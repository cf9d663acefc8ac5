"""Listening: frames in, closed windows out. Here parse, token and window meet; no I/O and no clock of its own."""

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass

from . import counts, frames
from .errors import Malformed
from .hours import Spans
from .objections import Objectors
from .pseudonym import CLASS_UNKNOWN, Pseudonymiser, is_randomised, no_class
from .window import FLAG_ASSOCIATED, FLAG_DIRECTED, FLAG_RANDOMISED, SIGHTINGS_MAX, WINDOW_MS, Window
from .wire.batch import EPOCH_NONE, UTC_MS_MAX, Batch, ClockState, Columns, Counters
from .wire.summary import Summary

SILENCE_MS_MAX = 24 * 3600 * 1000  # a longer gap between two frames is a wrong clock, not a day of silence
FREQUENCIES_MAX = 64  # counted apart; a radio knows at most 42, and a damaged capture may claim any


@dataclass(frozen=True, slots=True)
class Epoch:
    """A named time and the pseudonyms of that time."""

    name: str
    pseudonyms: Pseudonymiser
    start_ms: int = 0  # UTC, when it begins
    end_ms: int = UTC_MS_MAX  # and ends
    open_spans: Spans | None = None  # when the place may be sensed; None = always
    objections: int = 0  # version of the place's list that must be in force before a token is made
    counts: bool = False  # windows give way to a summary: the tokens only tell devices apart

    @property
    def span(self) -> tuple[int, int]:
        """Begin and end."""
        return self.start_ms, self.end_ms


EpochFor = Callable[[int], Epoch | None]
ObjectorsFor = Callable[[int], Objectors | None]


def nobody(_start_ms: int) -> None:
    """Nobody objected."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A window that is over: what was heard and what was counted."""

    start_ms: int
    length_ms: int
    epoch: str
    counters: Counters
    columns: Columns
    summary: Summary | None = None  # mode counts: instead of the columns


Span = Callable[[int], tuple[int, int]]  # a time -> begin and end (ms) of the window that is to hold it


def multiples(window_ms: int) -> Span:
    """Windows that stand at multiples of their length, so that all sensors' windows coincide."""
    return lambda ts_ms: (ts_ms - ts_ms % window_ms, ts_ms - ts_ms % window_ms + window_ms)


class Listening:
    """Fills windows; `span` says where they stand, which is at multiples of their length unless told otherwise.

    `epoch_for(start_ms)` is asked once a window for the key that holds then; None means that probes are counted and no
    token is made. networks: the BSSIDs whose stations are heard when they join. only_counts: tokens serve to tell
    devices apart within a window, and then give way to a summary. objectors_for(start_ms): asked once a window
    for those who objected; what they send leaves no trace, not even in the number of frames.
    """

    def __init__(
        self,
        epoch_for: EpochFor,
        window_ms: int = WINDOW_MS,
        sightings_max: int = SIGHTINGS_MAX,
        span: Span | None = None,
        networks: Container[bytes] = (),
        only_counts: bool = False,
        objectors_for: ObjectorsFor = nobody,
    ) -> None:
        self.channel_frames: dict[int, int] = {}  # MHz -> probe requests since the start
        self._epoch_for = epoch_for
        self._window_ms = window_ms
        self._sightings_max = sightings_max
        self._span = span or multiples(window_ms)
        self._networks = networks
        self._only_counts = only_counts
        self._objectors_for = objectors_for
        self._objectors: Objectors | None = None
        self._window: Window | None = None
        self._epoch: Epoch | None = None
        self._end_ms = 0

    def hear(self, ts_ms: int, raw: bytes, link_type: int) -> Iterator[Closed]:
        """Take one frame; yields the windows that ended before it, silent ones included."""
        return self.hear_all(((ts_ms, raw),), link_type)

    def hear_all(self, heard: Iterable[tuple[int, bytes]], link_type: int) -> Iterator[Closed]:
        """Take frames (time, bytes) of one link type; yields the windows that ended before or between them."""
        for ts_ms, raw in heard:
            if self._window is None or not self._end_ms - self._window_ms <= ts_ms < self._end_ms:
                yield from self.advance(ts_ms)
            self._take(ts_ms, raw, link_type)

    def _take(self, ts_ms: int, raw: bytes, link_type: int) -> None:
        window, epoch = self._window, self._epoch
        assert window is not None  # advance opened it
        tally = window.tally
        tally.frames += 1
        pseudonyms = epoch.pseudonyms if epoch else None
        try:
            probe = frames.parse(raw, ts_ms, link_type, pseudonyms.model_class if pseudonyms else no_class)
        except Malformed:
            tally.malformed += 1
            return
        if probe is None:
            if self._networks:
                self._associate(window, raw, ts_ms, link_type)
            return
        if self._objectors is not None and probe.mac in self._objectors:
            tally.frames -= 1
            return
        tally.probes += 1
        heard = self.channel_frames
        if probe.freq_mhz in heard:
            heard[probe.freq_mhz] += 1
        elif len(heard) < FREQUENCIES_MAX:
            heard[probe.freq_mhz] = 1
        if pseudonyms is None:
            tally.keyless += 1
            return
        flags = FLAG_RANDOMISED if is_randomised(probe.mac) else 0
        if probe.directed:
            flags |= FLAG_DIRECTED
        window.add(pseudonyms.token(probe.mac), ts_ms, probe.rssi_dbm, probe.freq_mhz, flags, probe.model_class)

    def lost(self, frames_dropped: int) -> None:
        """The kernel dropped frames: the open window says so."""
        if self._window is not None:
            self._window.tally.kernel_drops += frames_dropped

    def advance(self, now_ms: int) -> Iterator[Closed]:
        """Time has come to `now_ms`: yields the windows that are over, and opens the one that now belongs to.

        A step back of up to one window is disorder between frames and changes nothing; a longer one, and a leap of more
        than SILENCE_MS_MAX, is a clock that was set: the open window ends and the next begins at the new time.
        """
        if self._window is None:
            self._open(now_ms)
            return
        ahead_ms = now_ms - self._end_ms
        if -2 * self._window_ms <= ahead_ms < 0:
            return
        if ahead_ms < 0 or ahead_ms > SILENCE_MS_MAX:
            yield from self.pause()
            self._open(now_ms)
            return
        while now_ms >= self._end_ms:
            end_ms = self._end_ms
            yield from self.pause()
            self._open(end_ms)

    def cut(self, now_ms: int) -> Iterator[Closed]:
        """Yields the open window as if it ended now, and opens the next."""
        yield from self.pause(now_ms)
        self._open(now_ms)

    def pause(self, end_ms: int | None = None) -> Iterator[Closed]:
        """Nobody listens any more, since `end_ms` or at the open window's end: yields it, if there is one."""
        window, epoch = self._window, self._epoch
        if window is None:
            return
        self._window = self._epoch = None  # the key must not outlive its epoch here while nobody listens
        if epoch:
            epoch.pseudonyms.forget()
        if self._objectors is not None:
            self._objectors.forget()
        if end_ms is not None:
            window.length_ms = max(1, min(window.length_ms, end_ms - window.start_ms))
        columns, name, summary = window.close(), epoch.name if epoch else EPOCH_NONE, None
        if self._only_counts or (epoch and epoch.counts):
            summary = counts.summary(columns, classes=bool(name)) if epoch else None  # nobody told apart is not nobody
            columns = Columns.from_rows([])
        yield Closed(window.start_ms, window.length_ms, name, window.tally.counters(), columns, summary)

    def _open(self, ts_ms: int) -> None:
        start_ms, self._end_ms = self._span(ts_ms)
        self._epoch = self._epoch_for(start_ms)
        self._objectors = self._objectors_for(start_ms)
        self._window = Window(start_ms, self._end_ms - start_ms, self._sightings_max)

    def _associate(self, window: Window, raw: bytes, ts_ms: int, link_type: int) -> None:
        try:
            station = frames.association(raw, ts_ms, link_type, self._networks)
        except Malformed:
            window.tally.malformed += 1
            return
        if station is None:
            return
        if self._objectors is not None and station.mac in self._objectors:
            window.tally.frames -= 1
            return
        window.tally.associations += 1
        if self._epoch is not None:
            flags = FLAG_ASSOCIATED | (FLAG_RANDOMISED if is_randomised(station.mac) else 0)
            token = self._epoch.pseudonyms.token(station.mac)
            window.add(token, ts_ms, station.rssi_dbm, station.freq_mhz, flags, CLASS_UNKNOWN)


def batches(closed: Closed, clock: ClockState, sightings_max: int) -> Iterator[Batch]:
    """The window as batches of at most `sightings_max` sightings; always at least one, since silence is news too."""
    parts = max(1, -(-len(closed.columns) // sightings_max))
    for part in range(parts):
        yield Batch(
            epoch=closed.epoch,
            start_ms=closed.start_ms,
            length_ms=closed.length_ms,
            clock=clock,
            part=part,
            parts=parts,
            counters=closed.counters if part == 0 else Counters(),
            columns=closed.columns.slice(part * sightings_max, (part + 1) * sightings_max),
            summary=closed.summary,
        )
