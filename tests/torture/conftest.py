"""What the torture tests share: how much of it there is to be, and what was done, said at the end."""

import os
import random
from dataclasses import dataclass, field

import pytest

TORTURE = os.environ.get("FOOTFALL_TORTURE", "") not in ("", "0")


@dataclass(slots=True)
class Tally:
    """Executions and seconds by target."""

    seed: int
    factor: int  # how many times the suite's own number of executions
    done: dict[str, tuple[int, float]] = field(default_factory=dict)

    def add(self, target: str, executions: int, seconds: float) -> None:
        before = self.done.get(target, (0, 0.0))
        self.done[target] = (before[0] + executions, before[1] + seconds)


_TALLY = pytest.StashKey[Tally]()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    """Where a fuzz test says what it did. The suite's seed is fixed, torture draws a new one each time."""
    drawn = random.SystemRandom().randrange(1 << 32) if TORTURE else 1
    chosen = Tally(int(os.environ.get("FOOTFALL_SEED", drawn)), factor=10 if TORTURE else 1)
    pytestconfig.stash[_TALLY] = chosen
    return chosen


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tally = terminalreporter.config.stash.get(_TALLY, None)
    if not tally or not tally.done:
        return
    terminalreporter.section(f"fuzzing, FOOTFALL_SEED={tally.seed}")
    for target, (executions, seconds) in sorted(tally.done.items()):
        terminalreporter.line(f"{target:32} {executions:9,} executions {executions / max(seconds, 1e-9):11,.0f} /s")
    executions, seconds = (sum(column) for column in zip(*tally.done.values(), strict=True))
    terminalreporter.line(f"{'all':32} {executions:9,} executions {executions / max(seconds, 1e-9):11,.0f} /s")
