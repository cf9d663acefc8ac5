"""Clones: one key in two places, told from the starts (boot ids) that a sensor's messages name. Pure.

A sensor restarts, and then the start before it is over: what may still come of it are batches that waited in its spool,
and messages that came before. Signs of life of an older start, again and again while the newer one lives too, mean two
units with one key. So do two different batches under one number, which the store tells.

What is no sign: a repeated message (its number is not above the last), a will, and a batch whose window began before
the newest start was heard of.
"""

from dataclasses import dataclass, field
from enum import Enum

STARTS_MAX = 64  # remembered of a sensor; a recording from before so many restarts would pass for a new start
RETURNS = 2  # signs of an older start, each with one of the newest before it, that make a clone
RETURNS_APART_MS = 20_000  # messages of one backlog come closer together than a twin's
RETURNS_WITHIN_MS = 10 * 60_000
SKEW_MS = 120_000  # how far ahead a sensor's clock may be (the door's limit)


class Order(Enum):
    """What a birth, health or death is, by its start and number."""

    FRESH = "fresh"
    REPEATED = "repeated"  # it, or a later one, has come before
    OVER = "over"  # of a start that a newer one has ended


@dataclass(slots=True)
class Start:
    """One start of a sensor: when it was first heard of, and the last numbers that came."""

    first_ms: int
    signal_last: int = -1  # of births, health and results
    death_last: int = -1  # a will is sealed before the connection that it belongs to, so it counts apart


@dataclass(slots=True)
class Life:
    """What is remembered of one sensor."""

    starts: dict[int, Start] = field(default_factory=dict)
    newest: int | None = None
    returns_ms: list[int] = field(default_factory=list)  # when older starts spoke
    answered: bool = False  # whether the newest has spoken since
    changed: set[int] = field(default_factory=set)  # starts to be written down

    @property
    def cloned(self) -> bool:
        """Whether two units speak with this sensor's key."""
        return len(self.returns_ms) >= RETURNS

    def signal(self, boot: int, number: int, at_ms: int) -> Order:
        """A birth, health or result has come; `at_ms`: when."""
        start = self.starts.get(boot)
        if start is None:
            start = self._begin(boot, at_ms)
        elif number <= start.signal_last:
            return Order.REPEATED
        start.signal_last = number
        self.changed.add(boot)
        return Order.FRESH if self._lives(boot, at_ms) else Order.OVER

    def death(self, boot: int, number: int) -> Order:
        """A death has come, orderly or as a will. Only the newest start can die, and by each message once."""
        start = self.starts.get(boot)
        if start is None or boot != self.newest:
            return Order.OVER
        if number <= start.death_last:
            return Order.REPEATED
        start.death_last = number
        self.changed.add(boot)
        return Order.FRESH

    def batch(self, boot: int, start_ms: int, at_ms: int) -> None:
        """A batch has come whose window began at `start_ms`. Out of a spool it says nothing of who lives now."""
        if self.newest is None:
            return
        if boot != self.newest:
            if start_ms <= self.starts[self.newest].first_ms + SKEW_MS:
                return
            if boot not in self.starts:
                self._begin(boot, at_ms)
        self._lives(boot, at_ms)

    def _begin(self, boot: int, at_ms: int) -> Start:
        """A start that was not known is the newest; times grow, so that they also say which came after which."""
        if self.newest is not None:
            at_ms = max(at_ms, self.starts[self.newest].first_ms + 1)
        self.newest, start = boot, Start(at_ms)
        self.starts[boot] = start
        self.changed.add(boot)
        if len(self.starts) > STARTS_MAX:
            oldest = min(self.starts, key=lambda known: self.starts[known].first_ms)
            del self.starts[oldest]
            self.changed.discard(oldest)
        return start

    def _lives(self, boot: int, at_ms: int) -> bool:
        """A start has given a sign of life; whether it is the newest."""
        if boot == self.newest:
            self.answered = True
            return True
        self.returns_ms = [then for then in self.returns_ms if at_ms - then <= RETURNS_WITHIN_MS]
        if self.answered and (not self.returns_ms or at_ms - self.returns_ms[-1] >= RETURNS_APART_MS):
            self.returns_ms.append(at_ms)
            self.answered = False
        return False
