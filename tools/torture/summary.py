"""The sum of a torture run: what all its parts found, in one object."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from .chaos import Aftermath
from .crash import Crashes
from .outcome import Outcome

FAULTS = ("lost", "doubled", "invented", "conservation_error")


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that was run; parts that were not are None or absent."""

    seed: int
    crashes: Crashes | None
    outcomes: tuple[Outcome, ...]
    aftermath: Aftermath | None

    @property
    def ok(self) -> bool:
        """Whether nothing was lost, doubled or invented, and every promise was kept."""
        left_over = (self.crashes.halves + self.crashes.orphans if self.crashes else 0) + (
            self.aftermath.orphans if self.aftermath else 0
        )
        return not (left_over or any(self._sums().values()) or any(outcome.broken for outcome in self.outcomes))

    def as_json(self) -> dict[str, Any]:
        """The last line of the run."""
        ended = self.aftermath
        recovery_s = sorted(took for times in ended.recovery_s.values() for took in times) if ended else []
        return {
            "kills": sum(ended.kills.values()) if ended else 0,
            **self._sums(),
            "recovery_s_p50": quantile(recovery_s, 0.5),
            "recovery_s_p99": quantile(recovery_s, 0.99),
            "rss_mib_max": ended.rss_mib_max["collector"] if ended else None,
            "seed": self.seed,
            "kill_run": _kill_run(ended) if ended else None,
            "crash_points": asdict(self.crashes) if self.crashes else None,
            "faults": {outcome.name: outcome.as_json() for outcome in self.outcomes},
        }

    def text(self) -> str:
        """For a reader."""
        said = self.as_json()
        lines = [f"{name.replace('_', ' '):20} {said[name]}" for name in ("kills", *FAULTS)]
        lines += [f"{name.replace('_', ' '):20} {said[name]}" for name in ("recovery_s_p50", "recovery_s_p99", "seed")]
        lines += [f"{outcome.name:20} {'kept' if outcome.ok else 'BROKEN'}" for outcome in self.outcomes]
        return "\n".join([*lines, *self._says()])

    def _sums(self) -> dict[str, int]:
        parts: list[Any] = [outcome.verdict for outcome in self.outcomes]
        parts += [part for part in (self.crashes, self.aftermath and self.aftermath.verdict) if part is not None]
        return {name: sum(getattr(part, name) for part in parts) for name in FAULTS}

    def _says(self) -> Iterator[str]:
        if self.crashes:
            yield from self.crashes.says
        for outcome in self.outcomes:
            yield from (*outcome.verdict.says, *outcome.broken)
        if self.aftermath:
            yield from self.aftermath.verdict.says


def quantile(ordered: list[float], share: float) -> float | None:
    """The smallest of these that at least `share` of them do not exceed; None of none."""
    if not ordered:
        return None
    at = max(0, math.ceil(share * len(ordered)) - 1)
    return round(ordered[at], 2)


def _kill_run(ended: Aftermath) -> dict[str, Any]:
    by_kind = {kind: sorted(times) for kind, times in ended.recovery_s.items()}
    return {
        **asdict(ended),
        "recovery_s": {
            kind: {"n": len(times), "p50": quantile(times, 0.5), "p99": quantile(times, 0.99)}
            for kind, times in by_kind.items()
        },
        "seconds": round(ended.seconds, 1),
    }
