"""Delivery: sealed batches from their making until the collector has named them, and what is counted on the way."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from .books import Books
from .sender import Sender
from .spool import Key, Spool
from .wire.messages import Acked, Totals


class Delivery:
    """The batches that wait in a spool: those of this start, which it numbers, and what earlier starts left there."""

    def __init__(self, boot: bytes, spool: Spool, sender: Sender, now_s: Callable[[], float]) -> None:
        """boot: of this start; now_s: the monotonic clock."""
        self.spool = spool
        self.books = Books()
        self.totals = Totals()  # of batches and their sightings; nothing else is counted here
        self.last_ack_s: float | None = None
        self.next_number = 0  # of the batch that is made next
        self._boot = boot
        self._sender = sender
        self._now_s = now_s
        spool.on_lost = self._note_lost

    def put(self, sealed: bytes, sightings: int, epoch: str) -> None:
        """Keep the batch that was sealed under `next_number`. epoch: as its body names it."""
        key = Key(self._boot, self.next_number)
        self.next_number += 1
        self.totals = replace(
            self.totals,
            batches_emitted=self.totals.batches_emitted + 1,
            sightings_emitted=self.totals.sightings_emitted + sightings,
        )
        self.books.made(key.number, epoch)
        if not self.spool.put(key, sealed, sightings):
            self.books.lost(key.number)

    def due(self) -> Iterator[bytes]:
        """The sealed batches to send now, in flight from here on."""
        if not len(self.spool):  # asked several times a second, mostly for nothing
            return
        for key in self._sender.due(self.spool.waiting(), self._now_s()):
            sealed = self.spool.read(key)
            if sealed is not None:
                yield sealed

    def nothing_in_flight(self) -> None:
        """What was sent may never have arrived: all that waits is due again."""
        self._sender.disconnected()

    def settle(self, acked: Acked) -> None:
        """Forget what the collector has."""
        for key in self._named(acked):
            if key not in self.spool:
                continue
            if _within(key.number, acked.committed):
                self._committed(key)
            elif _within(key.number, acked.refused):
                self._refused(key)

    def _named(self, acked: Acked) -> list[Key]:
        """The batches that may be meant. Ranges may be wide, and many batches wait: the fewer of both are looked at."""
        ranges = (*acked.committed, *acked.refused)
        if sum(last - first + 1 for first, last in ranges) < len(self.spool):
            return [Key(acked.boot, number) for first, last in ranges for number in range(first, last + 1)]
        return [key for key in self.spool.waiting() if key.boot == acked.boot]

    def _committed(self, key: Key) -> None:
        self._forget(key)
        if key.boot == self._boot:
            self.books.committed(key.number)
        self.totals = replace(self.totals, batches_acked=self.totals.batches_acked + 1)
        self.last_ack_s = self._now_s()

    def _refused(self, key: Key) -> None:
        self._forget(key)
        if key.boot == self._boot:
            self.books.refused(key.number)
        self.totals = replace(self.totals, batches_dropped_refused=self.totals.batches_dropped_refused + 1)

    def _forget(self, key: Key) -> None:
        self.spool.forget(key)
        self._sender.settled(key)

    def _note_lost(self, key: Key) -> None:
        if key.boot == self._boot:
            self.books.lost(key.number)


def _within(number: int, ranges: "tuple[tuple[int, int], ...]") -> bool:
    return any(first <= number <= last for first, last in ranges)
