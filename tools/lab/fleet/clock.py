"""The clock of a lab: the machine's, put forward by what stands in a file. Collector and sensors read the same one."""

import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LabClock:
    """file: milliseconds that it is ahead; not there = none, time passes as it does."""

    file: Path

    @property
    def ahead_ms(self) -> int:
        """How far it is ahead of the machine's."""
        try:
            return int(self.file.read_text(encoding="ascii") or 0)
        except FileNotFoundError:
            return 0

    def now_ms(self) -> int:
        """UTC in milliseconds."""
        return time.time_ns() // 1_000_000 + self.ahead_ms

    def monotonic(self) -> float:
        """Seconds, put forward as far."""
        return time.monotonic() + self.ahead_ms / 1000

    def forward(self, seconds: float) -> None:
        """Let so much pass."""
        new = self.file.with_suffix(".new")
        new.write_text(str(self.ahead_ms + round(seconds * 1000)), encoding="ascii")
        new.rename(self.file)
