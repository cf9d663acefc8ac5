"""The account: the journals summed up. Which batches are owed, which the senders were told are stored, how fresh."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from .journal import Follower, Key, Mark, Note


@dataclass(slots=True)
class Account:
    """All journals of a folder so far; `read` takes in what is new."""

    folder: Path
    meant: dict[Key, bytes] = field(default_factory=dict)  # the sealed envelopes
    kept_s: dict[Key, float] = field(default_factory=dict)
    left: set[Key] = field(default_factory=set)
    fresh_s: dict[str, float] = field(default_factory=dict)  # a sensor's newest batch that was answered: when kept
    _gone: dict[tuple[str, str], int] = field(default_factory=dict)  # by journal and sensor
    _follower: Follower = field(init=False)

    def __post_init__(self) -> None:
        self._follower = Follower(self.folder)

    def read(self) -> None:
        """Take in what the journals say by now."""
        for journal, note in self._follower.news():
            self._take(journal, note)

    @property
    def waiting(self) -> set[Key]:
        """Batches that are kept and not answered."""
        return self.kept_s.keys() - self.left

    @property
    def gone(self) -> dict[str, int]:
        """By sensor: batches that were dropped, or refused by the collector, as the senders count them."""
        sums: dict[str, int] = defaultdict(int)
        for (_, sensor), count in self._gone.items():
            sums[sensor] += count
        return dict(sums)

    def is_fresh(self, sensor: str, since_s: float) -> bool:
        """Whether a batch that this sensor emitted after `since_s` has been answered."""
        return self.fresh_s.get(sensor, 0.0) > since_s

    def _take(self, journal: str, note: Note) -> None:
        key = note.key
        if note.mark is Mark.MEANT:
            self.meant[key] = note.envelope
        elif note.mark is Mark.KEPT:
            self.kept_s[key] = note.at_s
        elif note.mark is Mark.COUNTED:
            self._gone[journal, key.sensor] = note.gone
        else:
            self.left.add(key)
            kept_s = self.kept_s.get(key, 0.0)
            self.fresh_s[key.sensor] = max(self.fresh_s.get(key.sensor, 0.0), kept_s)
