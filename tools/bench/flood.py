"""What one sensor that sends a hundred times too much does to the others: how long they wait to be stored, beside it.

A real mosquitto and a real collector process. Quiet phases and phases with the flood take turns in one run.
"""

import math
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from tools.bench.flood_work import OTHERS, PHASE_S, Fleet
from tools.bench.measure import Tick
from tools.bench.result import Figure, Group, Line, Target, rounded

RATIO_MAX = 1.2
FLOOD_PER_S = 200.0  # a hundred times the two a second that a sensor may send


@dataclass(frozen=True, slots=True)
class FloodResult:
    """Milliseconds from publishing a batch to the collector's word that it is stored, of all the other sensors.

    Quantiles of a phase, the median over the phases.
    """

    quiet_p50_ms: float
    quiet_p99_ms: float
    flooded_p50_ms: float
    flooded_p99_ms: float
    samples: int  # in the quiet phases, and as many in the others
    unanswered: int  # of the others' batches, within the patience of the bench
    flood_per_s: float  # as it was really sent
    rounds: int

    @property
    def p99_ratio(self) -> float:
        """With the flood, over without it."""
        return self.flooded_p99_ms / self.quiet_p99_ms

    def figures(self) -> dict[str, Figure]:
        """See result.Result."""
        return rounded(asdict(self) | {"p99_ratio": self.p99_ratio, "others": OTHERS})

    def groups(self) -> tuple[Group, ...]:
        """See result.Result."""
        return (
            Group(
                "ms until stored, the other sensors, p99",
                (Line("without the flood", self.quiet_p99_ms), Line("with the flood", self.flooded_p99_ms)),
            ),
            Group(
                "ms until stored, the other sensors, median",
                (Line("without the flood", self.quiet_p50_ms), Line("with the flood", self.flooded_p50_ms)),
            ),
        )

    def targets(self) -> tuple[Target, ...]:
        """See result.Result."""
        return (
            Target("p99 with the flood over without, at most 1.2", self.p99_ratio, RATIO_MAX, at_most=True),
            Target("batches of the others left unanswered, at most 0", self.unanswered, 0, at_most=True),
        )

    def notes(self) -> tuple[str, ...]:
        """See result.Result."""
        return (
            f"{OTHERS} sensors send a batch a second each; one more sends {self.flood_per_s:.0f} a second in every "
            f"other phase of {PHASE_S:.0f} s, {self.rounds} times. mosquitto, the collector and the sensors share the "
            "machine; most of the time is the collector waiting 0.2 s for more to share a commit, and the disk.",
        )


def measure(rounds: int, tick: Tick, phase_s: float = PHASE_S) -> FloodResult:
    """Let quiet phases and floods take turns, on the working directory's disk."""
    with tempfile.TemporaryDirectory(prefix="footfall-bench-", dir=Path.cwd()) as name, ExitStack() as stack:
        fleet = stack.enter_context(Fleet(Path(name)))
        fleet.phase(phase_s, 0)
        fleet.phase(phase_s, FLOOD_PER_S)
        tick()
        quiet: list[list[float]] = []
        flooded: list[list[float]] = []
        sent, flooding_s, fleet.unanswered = fleet.flood_sent, fleet.flooding_s, 0
        for _ in range(rounds):
            quiet.append(fleet.phase(phase_s, 0))
            flooded.append(fleet.phase(phase_s, FLOOD_PER_S))
            tick()
        return FloodResult(
            quiet_p50_ms=typical(quiet, 0.5),
            quiet_p99_ms=typical(quiet, 0.99),
            flooded_p50_ms=typical(flooded, 0.5),
            flooded_p99_ms=typical(flooded, 0.99),
            samples=sum(map(len, quiet)),
            unanswered=fleet.unanswered,
            flood_per_s=(fleet.flood_sent - sent) / (fleet.flooding_s - flooding_s),
            rounds=rounds,
        )


def typical(phases: Sequence[Sequence[float]], share: float) -> float:
    """The median of the phases' quantiles: one stall of a shared disk must not decide on all of them."""
    return median(quantile(phase, share) for phase in phases)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
