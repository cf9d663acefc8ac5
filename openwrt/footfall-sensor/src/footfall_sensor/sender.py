"""What to send next: pure bookkeeping of batches in flight, of the rate, and of batches to be sent again."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .spool import Key

BURST = 20  # batches that may go at once after a quiet time; the collector's door allows the same


@dataclass(slots=True)
class Sender:
    """Decides what is due. Times are seconds of one monotonic clock."""

    inflight_max: int
    rate_per_s: float  # 0 = no limit
    ack_timeout_s: float
    _deadlines: dict[Key, float] = field(default_factory=dict)
    _tokens: float = BURST
    _refilled_s: float = 0.0

    def due(self, waiting: Iterable[Key], now_s: float) -> list[Key]:
        """The waiting batches to send now, oldest first; they are in flight from here on."""
        self._refill(now_s)
        chosen: list[Key] = []
        self._deadlines = {key: deadline for key, deadline in self._deadlines.items() if deadline > now_s}
        inflight = len(self._deadlines)
        for key in waiting:
            if inflight >= self.inflight_max or (self.rate_per_s and self._tokens < 1):
                break
            if key in self._deadlines:
                continue
            chosen.append(key)
            self._deadlines[key] = now_s + self.ack_timeout_s
            self._tokens -= 1
            inflight += 1
        return chosen

    def settled(self, key: Key) -> None:
        """The collector has named this batch, or it was dropped."""
        self._deadlines.pop(key, None)

    def disconnected(self) -> None:
        """Nothing is in flight any more: all that waits is due again."""
        self._deadlines.clear()

    def _refill(self, now_s: float) -> None:
        if self._refilled_s:
            self._tokens += (now_s - self._refilled_s) * self.rate_per_s
        self._tokens = min(self._tokens, BURST)
        self._refilled_s = now_s
