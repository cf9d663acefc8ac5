"""The radio's side of a live agent: what is heard, on which channel, and whether anything is heard at all."""

from typing import Protocol

from .deaf import Watch
from .interface import Link
from .radio import Radio
from .ring import Heard

LOOK_MS = 1000  # how often interface and hearing are looked at
HOUR_MS, HOURS_A_WEEK = 3_600_000, 168


class Listener(Protocol):
    """What is wanted of the air."""

    state: Link
    kernel_drops_total: int
    beacons_total: int

    def look(self) -> Link:
        """See Air."""

    def read(self, wait_ms: int) -> list[Heard]:
        """See Air."""

    def count_beacons(self, wanted: bool) -> None:
        """See Air."""

    def kick(self) -> bool:
        """See Air."""

    def close(self) -> None:
        """See Air."""


class Ears:
    """An interface that is listened to, its channels and its watch. `state` is one word for how it is."""

    def __init__(self, air: Listener, radio: Radio, watch: Watch) -> None:
        self.state = Link.GONE.value
        self.frames_total = 0  # handed on; what the kernel dropped and beacons are not among them
        self._air = air
        self._radio = radio
        self._watch = watch
        self._look_due_ms = 0
        self._frames_seen = 0
        self._beacons_seen = 0

    @property
    def plan(self) -> str:
        """What the radio does, in words."""
        return self._radio.plan

    @property
    def kernel_drops_total(self) -> int:
        """Frames that the kernel dropped."""
        return self._air.kernel_drops_total

    @property
    def beacons_total(self) -> int:
        """Beacons that were counted."""
        return self._air.beacons_total

    @property
    def kicks_total(self) -> int:
        """How often the interface was taken down and up because nothing was heard."""
        return self._watch.kicks_total

    @property
    def due_ms(self) -> int:
        """When `look` or a change of channel is due, monotonic."""
        return min(self._look_due_ms, self._radio.due_ms) if self._listens else self._look_due_ms

    def read(self, wait_ms: int) -> list[Heard]:
        """The frames that have come, after waiting at most `wait_ms` for the first."""
        heard = self._air.read(wait_ms)
        self.frames_total += len(heard)
        return heard

    def tend(self, now_ms: int, utc_ms: int | None) -> bool:
        """See to what is due: channel, interface, hearing. Returns whether it was time for a look."""
        if now_ms < self._look_due_ms:
            self._change_channel(now_ms)
            return False
        self._look_due_ms = now_ms + LOOK_MS
        if self._air.look() is not Link.LISTENING:
            self._radio.lost()
            self._watch.restart(now_ms / 1000)
        elif self._is_deaf(now_ms, utc_ms):
            self._air.kick()
            self._radio.lost()
        self._air.count_beacons(self._watch.wants_beacons)
        self._change_channel(now_ms)
        self.state = self._watch.hearing.value if self._listens else self._air.state.value
        return True

    def kick(self) -> None:
        """Take the interface down and up because somebody wants it; the watch begins anew."""
        self._air.kick()
        self._radio.lost()

    def close(self) -> None:
        """Stop listening."""
        self._air.close()
        self._radio.close()

    @property
    def _listens(self) -> bool:
        return self._air.state is Link.LISTENING

    def _change_channel(self, now_ms: int) -> None:
        if self._listens:
            self._radio.go(now_ms)

    def _is_deaf(self, now_ms: int, utc_ms: int | None) -> bool:
        frames, self._frames_seen = self.frames_total - self._frames_seen, self.frames_total
        beacons, self._beacons_seen = self.beacons_total - self._beacons_seen, self.beacons_total
        hour = None if utc_ms is None else utc_ms // HOUR_MS % HOURS_A_WEEK
        return self._watch.heard(now_ms / 1000, frames, beacons, hour, self._radio.cycle_s)
