"""Asking for epoch keys: for which time, how often, and for which ephemeral key the answer is to be sealed.

Pure but for the chance it is given; the courier carries what it decides.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from .sealing import Opener

RETRY_S_MIN, RETRY_S_MAX = 5.0, 60.0  # between two asks that nobody answered; doubled each time, with jitter
# The next epoch's key is asked for between these two before the turn, by each unit at a moment of its own, so that a
# fleet does not ask in one second. The collector gives it from 15 minutes before.
AHEAD_MS_MIN, AHEAD_MS_MAX = 2 * 60_000, 12 * 60_000


@dataclass(slots=True)
class Asking:
    """What is asked now. Its key pair lives until the answer is opened; the next ask has another one."""

    chance: Callable[[], float] = random.random
    make: Callable[[], Opener] = Opener
    time_ms: int = 0  # UTC for which a key is wanted; 0 = none was ever asked for
    opener: Opener | None = None
    _ahead_ms: dict[int, int] = field(default_factory=dict)  # end of an epoch -> how long before it to ask
    _next_s: float = 0.0
    _wait_s: float = RETRY_S_MIN

    def due(self, time_ms: int, now_s: float, moving: bool = False) -> bool:
        """Whether to ask for the key of `time_ms` now. moving: it is wanted for whatever time it is."""
        if self.opener is None:
            self.opener, self._wait_s = self.make(), RETRY_S_MIN
        elif now_s < self._next_s and (moving or time_ms == self.time_ms):
            return False
        self.time_ms = time_ms
        self._next_s = now_s + self._wait_s
        if moving:
            self._wait_s = min(self._wait_s * (1.5 + self.chance()), RETRY_S_MAX)
        return True

    def unsent(self) -> None:
        """There was no connection: it is due again at once, and goes out with the next birth in any case."""
        self._next_s, self._wait_s = 0.0, RETRY_S_MIN

    def answered(self) -> None:
        """The answer has been opened: its key pair is forgotten."""
        if self.opener is not None:
            self.opener.close()
        self.opener = None

    def ahead_ms(self, end_ms: int) -> int:
        """How long before the end of an epoch the next one's key is asked for: chosen once for each."""
        if end_ms not in self._ahead_ms:
            self._ahead_ms = {end_ms: AHEAD_MS_MIN + round(self.chance() * (AHEAD_MS_MAX - AHEAD_MS_MIN))}
        return self._ahead_ms[end_ms]
