"""The muster: every sensor as it is now with what people call it, read by a fixed number of questions, kept a moment.

However many look at a fleet, its state is told once in KEPT_S; who changes something forgets it.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from .. import fleet
from ..fleet import SensorState
from ..folder import Collector
from ..grouping.book import Book
from ..grouping.selection import Known
from .watchman import Shown, shown_of

KEPT_S = 3.0  # sensors speak once a minute
OLD_S = 15.0


@dataclass(frozen=True, slots=True)
class Mustered:
    """A sensor: what it is called, what came of it, and how it is."""

    known: Known
    seen: SensorState
    shown: Shown

    @property
    def name(self) -> str:
        """Its name."""
        return self.known.sensor.name


class Muster:
    """The fleet of one collector as it is now."""

    def __init__(self, collector: Collector, now_ms: Callable[[], int]) -> None:
        self._collector = collector
        self._now_ms = now_ms
        self._making = threading.Lock()
        self._kept: tuple[float, tuple[Mustered, ...]] | None = None  # when it was begun, monotonic
        self._changed_s = float("-inf")

    def all(self) -> tuple[Mustered, ...]:
        """Every sensor by name, at most KEPT_S old; while somebody makes it anew, others get it at most OLD_S old."""
        fresh, usable = self._younger(KEPT_S), self._younger(OLD_S)
        if fresh is not None:
            return fresh
        if not self._making.acquire(blocking=usable is None):
            return usable or ()
        try:
            fresh = self._younger(KEPT_S)  # somebody else made it meanwhile
            if fresh is None:
                begun_s = time.monotonic()
                fresh = self._make()
                self._kept = (begun_s, fresh)
            return fresh
        finally:
            self._making.release()

    def _younger(self, age_s: float) -> tuple[Mustered, ...] | None:
        """What is kept, if it is younger than that and nothing was changed since it was begun."""
        kept = self._kept
        if kept is None or kept[0] <= self._changed_s or time.monotonic() - kept[0] >= age_s:
            return None
        return kept[1]

    def forget(self) -> None:
        """Something was changed: whoever looks next sees it."""
        self._changed_s = time.monotonic()

    def _make(self) -> tuple[Mustered, ...]:
        collector, now_ms = self._collector, self._now_ms()
        everyone, reports = Book(collector.registry.engine).everyone(), collector.registry.reports.newest()
        sensors = [one.sensor for one in everyone]
        shown = shown_of(collector, sensors, reports, now_ms)
        looked = fleet.judged(sensors, reports, collector.manifest.ledger(), now_ms)
        return tuple(Mustered(one, seen, shown[one.sensor.id]) for one, seen in zip(everyone, looked, strict=True))
