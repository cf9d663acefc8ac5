"""What one fault came to: the oracle's verdict, and the figures that belong to it."""

from dataclasses import asdict, dataclass, field
from typing import Any

from .oracle import Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """One fault, tried. `broken` are promises that were not kept, beside the oracle's."""

    name: str
    verdict: Verdict
    figures: dict[str, Any] = field(default_factory=dict)
    broken: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything that was promised was kept."""
        return self.verdict.ok and not self.broken

    def line(self) -> str:
        """In a line, so that it is known where a later fault ends the run."""
        found = self.verdict
        return (
            f"{self.name}: {'kept' if self.ok else 'BROKEN'}; {found.emitted} batches emitted, {found.stored} stored; "
            f"lost {found.lost}, doubled {found.doubled}, invented {found.invented}"
        )

    def as_json(self) -> dict[str, Any]:
        """For the last line of the run."""
        return {**self.figures, **asdict(self.verdict), "broken": self.broken}
