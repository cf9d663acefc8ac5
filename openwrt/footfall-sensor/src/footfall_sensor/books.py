"""The books of one start: of the batches it made in each epoch, how many wait and how many were dropped.

emitted = committed + waiting + dropped; what is committed the collector counts itself.
"""

from dataclasses import dataclass

from .wire.reports import EPOCHS_MAX, EpochCount

_KEPT = 2 * EPOCHS_MAX  # a batch of an older epoch has left the spool long ago


@dataclass(slots=True)
class _Sums:
    """Of one epoch."""

    emitted: int = 0
    waiting: int = 0
    dropped_full: int = 0
    dropped_refused: int = 0


class Books:
    """Told of each batch when it is made, and when it has gone; batches of an earlier start are in nobody's books."""

    def __init__(self) -> None:
        self._epochs: dict[str, _Sums] = {}  # the one that was made for last comes last
        self._waiting: dict[int, _Sums] = {}  # by number

    def made(self, number: int, epoch: str) -> None:
        """A batch is about to be kept. epoch: its key's, "" = none."""
        sums = self._epochs.pop(epoch, None) or _Sums()
        self._epochs[epoch] = sums
        if len(self._epochs) > _KEPT:
            del self._epochs[next(iter(self._epochs))]
        sums.emitted += 1
        sums.waiting += 1
        self._waiting[number] = sums

    def committed(self, number: int) -> None:
        """The collector has it."""
        self._gone(number)

    def refused(self, number: int) -> None:
        """The collector will never take it."""
        if sums := self._gone(number):
            sums.dropped_refused += 1

    def lost(self, number: int) -> None:
        """The spool had no room for it, or its bytes were damaged."""
        if sums := self._gone(number):
            sums.dropped_full += 1

    def epochs(self) -> tuple[EpochCount, ...]:
        """The newest epochs, the one that was made for last at the end."""
        return tuple(
            EpochCount(epoch, sums.emitted, sums.waiting, sums.dropped_full, sums.dropped_refused)
            for epoch, sums in list(self._epochs.items())[-EPOCHS_MAX:]
        )

    def _gone(self, number: int) -> "_Sums | None":
        sums = self._waiting.pop(number, None)
        if sums:
            sums.waiting -= 1
        return sums
