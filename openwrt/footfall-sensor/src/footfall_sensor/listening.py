"""Listening: frames in, closed windows out. Here parse, token and window meet; no I/O and no clock of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import frames
from .errors import Malformed
from .pseudonym import Pseudonymiser, is_randomised, no_class
from .window import FLAG_DIRECTED, FLAG_RANDOMISED, SIGHTINGS_MAX, WINDOW_MS, Window
from .wire.batch import EPOCH_NONE, Batch, ClockState, Columns, Counters

SILENCE_MS_MAX = 24 * 3600 * 1000  # a longer gap between two frames is a wrong clock, not a day of silence


@dataclass(frozen=True, slots=True)
class Epoch:
    """A named time and the pseudonyms of that time."""

    name: str
    pseudonyms: Pseudonymiser


EpochFor = Callable[[int], Epoch | None]


@dataclass(frozen=True, slots=True)
class Closed:
    """A window that is over: what was heard and what was counted."""

    start_ms: int
    length_ms: int
    epoch: str
    counters: Counters
    columns: Columns


class Listening:
    """Fills windows that stand at multiples of their length, so that all sensors' windows coincide.

    `epoch_for(start_ms)` is asked once a window for the key that holds then; None means that probes are counted and no
    token is made.
    """

    def __init__(self, epoch_for: EpochFor, window_ms: int = WINDOW_MS, sightings_max: int = SIGHTINGS_MAX) -> None:
        self._epoch_for = epoch_for
        self._window_ms = window_ms
        self._sightings_max = sightings_max
        self._window: Window | None = None
        self._epoch: Epoch | None = None
        self._end_ms = 0

    def hear(self, ts_ms: int, raw: bytes, link_type: int) -> Iterator[Closed]:
        """Take one frame; yields the windows that ended before it, silent ones included."""
        if self._window is None or not self._end_ms - self._window_ms <= ts_ms < self._end_ms:
            yield from self.advance(ts_ms)
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
            return
        tally.probes += 1
        if pseudonyms is None:
            tally.keyless += 1
            return
        flags = FLAG_RANDOMISED if is_randomised(probe.mac) else 0
        if probe.directed:
            flags |= FLAG_DIRECTED
        window.add(pseudonyms.token(probe.mac), ts_ms, probe.rssi_dbm, probe.freq_mhz, flags, probe.model_class)

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

    def pause(self) -> Iterator[Closed]:
        """Nobody listens any more: yields the open window, if there is one."""
        window, epoch = self._window, self._epoch
        if window is None:
            return
        self._window = self._epoch = None  # the key must not outlive its epoch here while nobody listens
        if epoch:
            epoch.pseudonyms.forget()
        yield Closed(
            start_ms=window.start_ms,
            length_ms=window.length_ms,
            epoch=epoch.name if epoch else EPOCH_NONE,
            counters=window.tally.counters(),
            columns=window.close(),
        )

    def _open(self, ts_ms: int) -> None:
        start_ms = ts_ms - ts_ms % self._window_ms
        self._end_ms = start_ms + self._window_ms
        self._epoch = self._epoch_for(start_ms)
        self._window = Window(start_ms, self._window_ms, self._sightings_max)


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
        )
