"""Windows that wait for the time to become known: bounded, and what does not fit is counted."""

from collections import deque
from dataclasses import dataclass, field

from .listening import Closed

WINDOWS_MAX = 1440  # half a day at 30 s, about 0.5 MB; without time no tokens are made, so these are small
SIGHTINGS_MAX = 16_384  # 22 bytes each: only windows that were open when the clock jumped have any


@dataclass(slots=True)
class Held:
    """The windows, oldest first."""

    dropped_total: int = 0
    _waiting: "deque[Closed]" = field(default_factory=deque)
    _sightings: int = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, closed: Closed) -> None:
        """Keep a window, at the cost of the oldest where there is no room."""
        self._waiting.append(closed)
        self._sightings += len(closed.columns)
        while len(self._waiting) > 1 and (len(self._waiting) > WINDOWS_MAX or self._sightings > SIGHTINGS_MAX):
            self.take()
            self.dropped_total += 1

    def give_up(self) -> None:
        """The agent ends, and the time never became known."""
        self.dropped_total += len(self._waiting)
        self._waiting.clear()

    def take(self) -> Closed:
        """The oldest one."""
        closed = self._waiting.popleft()
        self._sightings -= len(closed.columns)
        return closed
