"""Flagging: each batch that is let in is listened to, and its window flagged where it is not to be counted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from .door import Admitted
from .flags import OVER_SHARE, Flag, Flags, flag
from .spoofed import Airs


@dataclass(slots=True)
class Flagging:
    """What the sensors' air is like as a rule, and where flags are kept."""

    flags: Flags
    flagged: int = 0  # windows, or parts of them, since the start
    _airs: Airs = field(default_factory=Airs)

    def keep(self, sensor_ids: Collection[int]) -> None:
        """Forget whoever is not among these."""
        self._airs.keep(sensor_ids)

    def look(self, batches: Sequence[Admitted]) -> None:
        """Judge batches that are about to be stored: a fold that sees one must see its flag too."""
        found = [one for item in batches if (one := self._judge(item)) is not None]
        self.flagged += len(found)
        self.flags.put(found)

    def _judge(self, item: Admitted) -> Flag | None:
        batch = item.batch
        span = (batch.start_ms, batch.start_ms + batch.length_ms)
        if item.cut:
            return flag(item.sensor.id, span, OVER_SHARE, {"left_out": item.cut})
        verdict = self._airs.hear(item.sensor.id, batch)
        return flag(item.sensor.id, span, verdict.reason, verdict.figures) if verdict else None
