"""Windows of the monotonic clock get their place on UTC here, or wait until it is known."""

from dataclasses import dataclass, field, replace

from .clock import Grid, Timeline
from .held import Held
from .listening import Closed, Epoch
from .wire.batch import EPOCH_NONE, Columns

EPOCHS_MAX = 2  # that windows which still wait may be of


@dataclass(slots=True)
class Placing:
    """The grid of windows, those that wait, and when the epochs hold that their tokens are of."""

    timeline: Timeline
    grid: Grid
    waiting: Held = field(default_factory=Held)
    _spans: dict[str, tuple[int, int]] = field(default_factory=dict)  # epoch -> begin and end, UTC

    def note(self, epoch: Epoch) -> None:
        """Windows with tokens of this epoch will come. Its key is not kept here."""
        self._spans.pop(epoch.name, None)
        self._spans[epoch.name] = epoch.span
        while len(self._spans) > EPOCHS_MAX:
            del self._spans[next(iter(self._spans))]

    def put(self, closed: Closed) -> None:
        """A window of the monotonic clock is over."""
        self.waiting.put(closed)

    def take(self) -> Closed | None:
        """The oldest window, on UTC; None where none waits, or the time is not known."""
        if not self.waiting or not self.timeline.known:
            return None
        return self._placed(self.waiting.take())

    def _placed(self, closed: Closed) -> Closed:
        """The window on UTC. Tokens and classes of an epoch that it does not lie in mean nothing, and are not sent."""
        start_ms, length_ms = self.grid.place(closed.start_ms, closed.length_ms)
        placed = replace(closed, start_ms=start_ms, length_ms=length_ms)
        begin_ms, end_ms = self._spans.get(closed.epoch, (0, 0))
        if not closed.epoch or begin_ms <= start_ms < end_ms:
            return placed
        counters = replace(closed.counters, keyless=closed.counters.probes - closed.counters.overflow)
        summary = closed.summary and replace(closed.summary, classes=())
        return replace(placed, epoch=EPOCH_NONE, counters=counters, columns=Columns.from_rows([]), summary=summary)
