"""What happens to which sensor when: drawn before a run begins, so that the truth is known."""

import heapq
from dataclasses import dataclass, field
from enum import Enum
from random import Random

from tools.simulate.fleet.plan import FleetPlan


class Act(Enum):
    """What is due."""

    WINDOW = "a window ends"
    HEALTH = "a health message"
    SEND = "the spool is looked at again"
    OPEN = "the line is opened"
    CUT = "the line goes without a word"
    RESTART = "the agent starts again"
    SILENCE = "it hears nothing more"
    STORM = "all lines go"


@dataclass(slots=True)
class Agenda:
    """What is due when, in seconds of the monotonic clock. `number`: the sensor's."""

    _heap: list[tuple[float, int, int, Act]] = field(default_factory=list)
    _count: int = 0

    def add(self, at_s: float, number: int, act: Act) -> None:
        """Put something in."""
        self._count += 1
        heapq.heappush(self._heap, (at_s, self._count, number, act))

    @property
    def next_s(self) -> float:
        """When the next thing is due."""
        return self._heap[0][0] if self._heap else float("inf")

    def take(self, now_s: float) -> tuple[float, int, Act] | None:
        """The next thing, if it is due: when it was, whose, what."""
        if self.next_s > now_s:
            return None
        at_s, _, number, act = heapq.heappop(self._heap)
        return at_s, number, act


def write(agenda: Agenda, plan: FleetPlan, sensors: int, began_s: float, chance: Random) -> None:
    """Put a run's windows, healths and failures into the agenda, for the sensors of one process."""
    for number in range(sensors):
        agenda.add(began_s + chance.uniform(0, min(plan.window_s, plan.seconds)), number, Act.WINDOW)
        agenda.add(began_s + chance.uniform(0, plan.health_s), number, Act.HEALTH)
    for act, share in (
        (Act.CUT, plan.failures.cuts),
        (Act.RESTART, plan.failures.restarts),
        (Act.SILENCE, plan.failures.silent),
    ):
        for number in chance.sample(range(sensors), round(sensors * share)):
            agenda.add(began_s + chance.uniform(0.1, 0.8) * plan.seconds, number, act)
    if plan.storm:
        agenda.add(began_s + plan.seconds / 2, -1, Act.STORM)
