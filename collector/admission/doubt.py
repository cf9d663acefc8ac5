"""Doubt: a clock that jumps is not believed for a while, and what cannot be undone waits.

The clock of the machine goes on as the monotonic clock does, but for the corrections of NTP. Where it jumps, one of two
times was wrong, and nobody can say which: keys and tokens of the running day must not be destroyed by a clock that is a
year ahead for a minute, nor the sensors' batches be refused for good by it.
"""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

JUMP_MS = 60_000  # NTP slews by 0.5 ms a second at most; what steps further within a second or two is a jump
DOUBT_S = 900.0  # a clock that was set right, or a machine that slept, is believed after that


class Doubt:
    """Watches one clock against `monotonic_s`. For several threads."""

    def __init__(self, now_ms: int, monotonic_s: Callable[[], float]) -> None:
        """now_ms: what the clock says now, which is believed."""
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._ahead_ms = now_ms - monotonic_s() * 1000  # of the monotonic clock, when last looked at
        self._until_s = float("-inf")

    def about(self, now_ms: int) -> bool:
        """Whether this reading of the clock (UTC milliseconds) should not be acted on for good."""
        with self._lock:
            monotonic_s = self._monotonic_s()
            ahead_ms = now_ms - monotonic_s * 1000
            jumped_ms, self._ahead_ms = ahead_ms - self._ahead_ms, ahead_ms
            if abs(jumped_ms) > JUMP_MS:
                self._until_s = monotonic_s + DOUBT_S
                log.warning(
                    "the clock has jumped by %+.0f s; nothing is deleted or refused for its time within %.0f minutes",
                    jumped_ms / 1000,
                    DOUBT_S / 60,
                )
            return monotonic_s < self._until_s

    @property
    def lasts(self) -> bool:
        """Whether the clock was in doubt when last looked at, and is not yet believed."""
        return self._monotonic_s() < self._until_s
