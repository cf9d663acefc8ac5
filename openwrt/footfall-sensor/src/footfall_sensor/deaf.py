"""Deaf or quiet: what to make of a radio that hears nothing. Pure bookkeeping, one call a second.

A monitor interface can stop receiving while everything else looks well (firmware, calibration, a driver's queue). What
is heard is held against what this unit has heard before:

- A beacon is the best witness: access points send ten a second, day and night. Where beacons were heard before, their
  absence for a few rounds of the channels is no chance. They are counted while nothing else is heard.
- Without beacons: how often something was heard in this hour of the week. A silence that would come once in a million
  by that habit, with a margin for lulls, is no chance either. An hour that is not known yet says nothing.

Then the interface is kicked; if that does not help, it is `deaf`, and is kicked again ever more seldom.
"""

from array import array
from dataclasses import dataclass, field
from enum import Enum

HOURS_A_WEEK = 168
LEARN_S = 60.0  # at the start beacons are counted for so long, to learn whether there are any
LULL_S = 10.0  # so long without anything before beacons are asked: they cost nothing while phones are heard
ROUNDS = 3  # of the channels without a beacon: one access point sends some 2 beacons in a dwell of 250 ms
ASKED_S = 600  # seconds an hour of the week must have been listened to before it counts as a habit
IMPROBABLE = 13.8  # -ln(1e-6)
LULL_FACTOR = 4.0  # people come in groups: silences are longer than chance alone would make them
SILENCE_S_MAX = 40 * 3600.0  # a shop is closed from Saturday at 20 to Monday at 10; hardly a place is silent longer
NEVER_S, NEVER_UNASKED_S = 300.0, 3600.0  # nothing at all since the start, with and without asking for beacons
VERDICT_S = 5.0  # after a kick, and two rounds of the channels: a receiver that works has heard a beacon by then
KICKS_BEFORE_DEAF = 2
BACKOFF_S_MIN, BACKOFF_S_MAX = 60.0, 3600.0


class Hearing(Enum):
    """How a radio hears; the values are the words for it in health and status."""

    LISTENING = "listening"
    QUIET = "quiet"  # nothing is heard, and that is no reason for worry
    KICKED = "kicked"
    DEAF = "deaf"


@dataclass(slots=True)
class Watch:
    """The watch over one radio, begun at `now_s` of the monotonic clock. beacons: auto, on or off."""

    now_s: float
    beacons: str = "auto"
    hearing: Hearing = Hearing.LISTENING
    kicks_total: int = 0
    _began_s: float = field(init=False)
    _sign_s: float = field(init=False)  # when anything was heard last
    _asked_s: float = field(init=False)  # since when beacons are let in without one being heard; inf = they are not
    _proven: bool = False  # something was heard since the start
    _beacons_known: bool = False
    _missed: float = 0.0  # seconds in which something would usually have been heard, since the last sign
    _kicks: int = 0  # since the last sign
    _kick_due_s: float = 0.0
    _active: "array[float]" = field(default_factory=lambda: array("f", bytes(4 * HOURS_A_WEEK)))  # seconds with a frame
    _listened: "array[float]" = field(default_factory=lambda: array("f", bytes(4 * HOURS_A_WEEK)))
    _hour: int = -1

    def __post_init__(self) -> None:
        self._began_s = self._sign_s = self.now_s
        self._asked_s = self.now_s if self.beacons != "off" else float("inf")

    @property
    def wants_beacons(self) -> bool:
        """Whether beacons are to be let in now."""
        if self.beacons != "auto":
            return self.beacons == "on"
        lull = self.now_s - self._sign_s >= LULL_S
        return lull or self.hearing is not Hearing.LISTENING or self.now_s - self._began_s < LEARN_S

    def restart(self, now_s: float) -> None:
        """The interface was away: judge it anew from now on."""
        self.now_s = self._sign_s = self._began_s = now_s
        self._asked_s = now_s if self.wants_beacons else float("inf")
        self._kicks, self._missed = 0, 0.0
        self.hearing = Hearing.LISTENING

    def heard(self, now_s: float, frames: int, beacons: int, hour: int | None, cycle_s: float) -> bool:
        """What was heard since the last call. Returns whether to kick the interface now.

        hour: of the week, 0 to 167, None while the time is not known. cycle_s: how long a round of the channels takes.
        """
        elapsed_s, self.now_s = now_s - self.now_s, now_s
        self._learn(elapsed_s, frames, hour)
        if frames or beacons:
            self._sign(frames, beacons, cycle_s)
            return False
        if self._asked_s > now_s and self.wants_beacons:
            self._asked_s = now_s
        self._missed += self._habit(hour) * elapsed_s
        if not self._is_no_chance(cycle_s):
            if self.hearing is Hearing.LISTENING and now_s - self._sign_s >= LEARN_S:
                self.hearing = Hearing.QUIET
            return False
        return self._suspect(cycle_s)

    def _sign(self, frames: int, beacons: int, cycle_s: float) -> None:
        asked_in_vain = self.now_s - self._asked_s >= self._round_s(cycle_s)
        if beacons:
            self._beacons_known = True
        elif frames and asked_in_vain:
            self._beacons_known = False  # phones are heard and no access point: there is none here any more
        self._sign_s, self._proven, self._kicks, self._missed = self.now_s, True, 0, 0.0
        self.hearing = Hearing.LISTENING
        if beacons or not self.wants_beacons:
            self._asked_s = self.now_s if self.wants_beacons else float("inf")

    def _suspect(self, cycle_s: float) -> bool:
        """The silence is no chance: kick, judge, and say so."""
        if self._kicks and self.now_s < self._kick_due_s:
            return False
        if self._kicks >= KICKS_BEFORE_DEAF:
            self.hearing = Hearing.DEAF
            further = min(self._kicks - KICKS_BEFORE_DEAF, 16)
            self._kick_due_s = self.now_s + min(BACKOFF_S_MIN * 2.0**further, BACKOFF_S_MAX)
        else:
            self.hearing = Hearing.KICKED
            self._kick_due_s = self.now_s + VERDICT_S + 2 * cycle_s
        self._kicks += 1
        self.kicks_total += 1
        return True

    def _is_no_chance(self, cycle_s: float) -> bool:
        """Whether the silence is too long to mean nothing."""
        silence_s, round_s = self.now_s - self._sign_s, self._round_s(cycle_s)
        if not self._proven:
            return silence_s >= (NEVER_S if self.beacons != "off" else NEVER_UNASKED_S)
        if self._beacons_known and min(silence_s, self.now_s - self._asked_s) >= round_s:
            return True
        return silence_s >= SILENCE_S_MAX or (silence_s >= round_s and self._missed >= LULL_FACTOR * IMPROBABLE)

    def _habit(self, hour: int | None) -> float:
        """In what part of the seconds of this hour of the week something is usually heard; 0 where nobody knows."""
        if hour is None or self._listened[hour] < ASKED_S:
            return 0.0
        return min(1.0, self._active[hour] / self._listened[hour])

    def _learn(self, elapsed_s: float, frames: int, hour: int | None) -> None:
        if hour is None:
            return
        if hour != self._hour:
            self._hour = hour  # a week later: the past counts half
            self._active[hour] /= 2
            self._listened[hour] /= 2
        if self.hearing is Hearing.DEAF or self.hearing is Hearing.KICKED:
            return  # what a deaf radio hears is no habit
        self._listened[hour] += elapsed_s
        if frames:
            self._active[hour] += min(elapsed_s, 1.0)

    @staticmethod
    def _round_s(cycle_s: float) -> float:
        return max(LULL_S, ROUNDS * cycle_s)
