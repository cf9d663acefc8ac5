"""Many durations in little room: a histogram whose classes grow by two per cent, so a quantile is right to that."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

GROWTH = math.log(1.02)
SMALLEST_S = 1e-4


@dataclass(slots=True)
class Lag:
    """Durations in seconds. counts: by class, the largest and smallest class that were met are kept exactly enough."""

    counts: Counter[int] = field(default_factory=Counter)
    longest_s: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one in."""
        self.counts[max(0, math.ceil(math.log(max(seconds, SMALLEST_S) / SMALLEST_S) / GROWTH))] += 1
        self.longest_s = max(self.longest_s, seconds)

    def __len__(self) -> int:
        return self.counts.total()

    def quantile(self, share: float) -> float | None:
        """The duration that `share` of them do not exceed; None where there are none."""
        wanted = math.ceil(share * len(self))
        seen = 0
        for number in sorted(self.counts):
            seen += self.counts[number]
            if seen >= wanted:
                return min(SMALLEST_S * math.exp(number * GROWTH), self.longest_s)
        return None

    def flat(self) -> dict[str, object]:
        """For JSON."""
        return {"counts": {str(number): count for number, count in self.counts.items()}, "longest_s": self.longest_s}

    @classmethod
    def joined(cls, flats: Iterable[Mapping[str, object]]) -> Self:
        """All of them in one."""
        made = cls()
        for flat in flats:
            counts, longest_s = flat["counts"], flat["longest_s"]
            assert isinstance(counts, dict)
            assert isinstance(longest_s, int | float)
            made.counts.update({int(number): count for number, count in counts.items()})
            made.longest_s = max(made.longest_s, longest_s)
        return made
