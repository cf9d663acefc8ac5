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
        self._made_s, self._kept = float("-inf"), tuple[Mustered, ...]()

    def all(self) -> tuple[Mustered, ...]:
        """Every sensor by name, at most KEPT_S old."""
        with self._making:
            if time.monotonic() - self._made_s >= KEPT_S:
                self._kept = self._make()
                self._made_s = time.monotonic()
            return self._kept

    def forget(self) -> None:
        """Something was changed: whoever looks next sees it."""
        with self._making:
            self._made_s = float("-inf")

    def _make(self) -> tuple[Mustered, ...]:
        collector, now_ms = self._collector, self._now_ms()
        everyone, reports = Book(collector.registry.engine).everyone(), collector.registry.reports()
        sensors = [one.sensor for one in everyone]
        shown = shown_of(collector, sensors, reports, now_ms)
        looked = fleet.judged(sensors, reports, collector.manifest.ledger(), now_ms)
        return tuple(Mustered(one, seen, shown[one.sensor.id]) for one, seen in zip(everyone, looked, strict=True))
