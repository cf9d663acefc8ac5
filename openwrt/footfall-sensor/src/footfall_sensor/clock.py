"""Where the monotonic clock stands on UTC: what to believe of a wall clock that starts in the past and gets set.

A unit has no battery for its clock. At boot it shows the time of the newest file, until NTP sets it. So windows run on
the monotonic clock, which nothing sets, and get their UTC by `monotonic + offset` once an offset can be trusted:

- unknown: none was ever trusted. Windows wait.
- synced: the offset is trusted; it is followed while it moves as slowly as NTP slews.
- unsure: the wall clock has jumped and nobody has vouched for it. Windows wait, at most VOUCH_MS.
- holdover: nobody vouched in that time, or NTP has lost its peers: the offset from before goes on being used.

Who vouches: NTP, by writing its flag file (footfall.ntp) after it has set the clock. Where there is no such NTP, a wall
clock later than this version of the program that stays steady is believed (`assumed`).
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from .wire.batch import WINDOW_MS_MAX

STEP_MS = 250  # a jump; below it is jitter of a busy machine or a slew. ntpd steps from 128 ms, busybox from 1 s
SLEW_PPM_MAX = 1000  # the kernel slews at most half of that
DRIFT_MS_MAX = 250  # however long ago the offset was confirmed, what is further away than both is a jump
VOUCH_MS = 15 * 60 * 1000  # NTP runs its script every 11 minutes: whoever does not vouch in that time will not
STEADY_MS = 5_000  # a wall clock without NTP is believed after so long at first,
RESTEADY_MS = 10_000  # so long after a jump, in which it may jump back,
LEAP_MS, RELEAP_MS = 3_600_000, 600_000  # and so long after a jump of more than an hour, which no daemon makes twice


class Trust(Enum):
    """How far UTC is known; the values are the words in health and status."""

    UNKNOWN = "unknown"
    SYNCED = "synced"
    ASSUMED = "assumed"
    UNSURE = "unsure"
    HOLDOVER = "holdover"


@dataclass(slots=True)
class Timeline:
    """Reads both clocks side by side and decides. floor_ms: UTC before which no wall clock is believed.

    by_ntp: whether somebody vouches for the wall clock; else it has to be steady.
    """

    floor_ms: int
    by_ntp: bool
    trust: Trust = Trust.UNKNOWN
    offset_ms: int = 0  # UTC - monotonic, as trusted
    steps_total: int = 0
    _seen_ms: int = 0  # monotonic, of the last reading
    _confirmed_ms: int = 0  # monotonic, when the wall clock last agreed with the trusted offset
    _candidate_ms: int = 0  # the offset that the wall clock shows now
    _since_ms: int = 0  # when the candidate was first seen
    _stamp: int = 0  # of the flag file at the last reading
    _vouched: bool = False  # for the candidate

    @property
    def known(self) -> bool:
        """Whether windows can be placed now."""
        return self.trust not in (Trust.UNKNOWN, Trust.UNSURE)

    def utc(self, mono_ms: int) -> int | None:
        """The UTC of an instant of the monotonic clock, or None while it is not known."""
        return mono_ms + self.offset_ms if self.known else None

    def best(self, mono_ms: int) -> int | None:
        """The same by the offset trusted last, also while that is in doubt: to choose a key by, not to place by."""
        return None if self.trust is Trust.UNKNOWN else mono_ms + self.offset_ms

    def read(self, mono_ms: int, wall_ms: int, stamp: int) -> None:
        """Take both clocks' times of one moment. stamp: changes whenever NTP vouches; 0 = it does not now."""
        offset_ms = wall_ms - mono_ms
        vouches = stamp not in (0, self._stamp)
        self._stamp = stamp
        if abs(offset_ms - self._candidate_ms) > _slack_ms(mono_ms - self._seen_ms):
            self._since_ms, self._vouched = mono_ms, False
            self.steps_total += self.trust is not Trust.UNKNOWN
        self._vouched = self._vouched or vouches
        self._seen_ms, self._candidate_ms = mono_ms, offset_ms
        if self.trust is Trust.UNKNOWN:
            self._begin(mono_ms, wall_ms)
        elif abs(offset_ms - self.offset_ms) <= _slack_ms(mono_ms - self._confirmed_ms):
            self._accept(mono_ms, self._settled(stamp))
        else:
            self._doubt(mono_ms, wall_ms)

    def _begin(self, mono_ms: int, wall_ms: int) -> None:
        if wall_ms < self.floor_ms or (not self._vouched if self.by_ntp else mono_ms - self._since_ms < STEADY_MS):
            return
        self._accept(mono_ms, self._settled(stamp=1))

    def _doubt(self, mono_ms: int, wall_ms: int) -> None:
        """The wall clock shows another offset than the trusted one."""
        waited_ms = mono_ms - self._since_ms
        far = abs(self._candidate_ms - self.offset_ms) > LEAP_MS
        enough = self._vouched if self.by_ntp else waited_ms >= (RELEAP_MS if far else RESTEADY_MS)
        if wall_ms >= self.floor_ms and enough:
            self._accept(mono_ms, self._settled(stamp=1))
        else:
            self.trust = Trust.HOLDOVER if waited_ms >= VOUCH_MS else Trust.UNSURE

    def _accept(self, mono_ms: int, trust: Trust) -> None:
        self.offset_ms, self._confirmed_ms, self.trust = self._candidate_ms, mono_ms, trust

    def _settled(self, stamp: int) -> Trust:
        if not self.by_ntp:
            return Trust.ASSUMED
        return Trust.SYNCED if stamp else Trust.HOLDOVER


def _slack_ms(elapsed_ms: int) -> int:
    """How far an offset may have moved in that time without a jump."""
    return STEP_MS + min(elapsed_ms * SLEW_PPM_MAX // 1_000_000, DRIFT_MS_MAX)


class Placed(NamedTuple):
    """Where a window stands on UTC."""

    start_ms: int
    length_ms: int


@dataclass(slots=True)
class Grid:
    """Windows on the monotonic clock whose ends fall on multiples of `window_ms` UTC, as far as UTC is known."""

    timeline: Timeline
    window_ms: int

    def span(self, mono_ms: int) -> tuple[int, int]:
        """Begin and end of the window that opens at `mono_ms`: it ends with the others', and so may be short."""
        utc_ms = self.timeline.best(mono_ms)
        if utc_ms is None:
            return mono_ms, mono_ms + self.window_ms
        left_ms = self.window_ms - utc_ms % self.window_ms
        if left_ms <= STEP_MS:  # a clock that was slewed by a little leaves a crumb; it joins the window after it
            left_ms += self.window_ms
        return mono_ms, mono_ms + left_ms

    def place(self, start_ms: int, length_ms: int) -> Placed:
        """The UTC of a window of the monotonic clock. Only while the timeline is known.

        Within the slack of a slewed clock an end that was meant to stand on a multiple stands there.
        """
        plain_ms = start_ms + self.timeline.offset_ms
        begin_ms, end_ms = self._snapped(plain_ms), self._snapped(plain_ms + length_ms)
        if begin_ms >= end_ms:  # a short window just before a multiple: its end stays there
            begin_ms = min(plain_ms, end_ms - 1)
        begin_ms = max(begin_ms, end_ms - WINDOW_MS_MAX)  # the longest window, and the crumb before it
        return Placed(begin_ms, end_ms - begin_ms)

    def _snapped(self, utc_ms: int) -> int:
        beyond_ms = (utc_ms + self.window_ms // 2) % self.window_ms - self.window_ms // 2
        return utc_ms - beyond_ms if abs(beyond_ms) <= STEP_MS else utc_ms
