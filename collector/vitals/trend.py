"""The trend: what a collector's counters said every ten seconds, for a day.

It is in memory: it begins anew with the process.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

EVERY_S = 10
SAMPLES_MAX = 24 * 3600 // EVERY_S
GAP_MS = 6 * EVERY_S * 1000  # samples further apart say nothing of the time between them


@dataclass(frozen=True, slots=True)
class Sample:
    """Counters since the start, and what waited, at one instant. lag: batches by the bounds of lag.BOUNDS_S."""

    at_ms: int
    messages: int
    refused: int
    waiting: int
    lag: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Bin:
    """Some minutes: messages a second, settled and refused, and the most that waited. None: nobody looked."""

    start_ms: int
    settled_per_s: float | None
    refused_per_s: float | None
    waiting_max: int | None


class Trend:
    """Samples, the newest last. Notes come from one thread, questions from any."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=SAMPLES_MAX)

    def note(self, sample: Sample) -> None:
        """Keep a sample; one that is older than the last means that the clock was set back: begin anew."""
        if self._samples and sample.at_ms <= self._samples[-1].at_ms:
            self._samples.clear()
        self._samples.append(sample)

    @property
    def since_ms(self) -> int | None:
        """The oldest sample's instant."""
        samples = list(self._samples)
        return samples[0].at_ms if samples else None

    def per_s(self, now_ms: int, span_ms: int = 60_000) -> tuple[float, float] | None:
        """Messages a second, settled and refused, over the newest span; None before there are two samples in it."""
        kept = self._since(now_ms - span_ms)
        if len(kept) < 2:
            return None
        first, last = kept[0], kept[-1]
        took_s = (last.at_ms - first.at_ms) / 1000
        return _grown(first.messages, last.messages) / took_s, _grown(first.refused, last.refused) / took_s

    def lag(self, now_ms: int, span_ms: int = 600_000) -> tuple[int, ...]:
        """Batches of the newest span by how late they were committed; empty where there is nothing to compare."""
        kept = [one for one in self._since(now_ms - span_ms) if one.lag]
        if len(kept) < 2:
            return ()
        return tuple(_grown(before, after) for before, after in zip(kept[0].lag, kept[-1].lag, strict=True))

    def bins(self, now_ms: int, width_ms: int, count: int) -> list[Bin]:
        """The newest `count` spans of this width, the last one not over yet, oldest first."""
        first_ms = (now_ms // width_ms - count + 1) * width_ms
        by_bin: dict[int, list[tuple[Sample, Sample]]] = {}
        for before, after in pairwise(self._since(first_ms - GAP_MS)):
            if after.at_ms - before.at_ms <= GAP_MS:
                by_bin.setdefault(after.at_ms // width_ms, []).append((before, after))
        starts = range(first_ms, first_ms + count * width_ms, width_ms)
        return [_bin(start_ms, by_bin.get(start_ms // width_ms, ())) for start_ms in starts]

    def _since(self, start_ms: int) -> list[Sample]:
        return [one for one in list(self._samples) if one.at_ms >= start_ms]


def _bin(start_ms: int, pairs: Sequence[tuple[Sample, Sample]]) -> Bin:
    if not pairs:
        return Bin(start_ms, None, None, None)
    took_s = sum(after.at_ms - before.at_ms for before, after in pairs) / 1000
    settled = sum(_grown(before.messages, after.messages) for before, after in pairs)
    refused = sum(_grown(before.refused, after.refused) for before, after in pairs)
    return Bin(start_ms, settled / took_s, refused / took_s, max(after.waiting for _, after in pairs))


def _grown(before: int, after: int) -> int:
    """How much a counter has grown; a worker that began anew is no loss."""
    return max(0, after - before)
