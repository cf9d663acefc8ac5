"""The keeper: does what is to be done every so often. One fault of one task does not keep the others."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
from sqlalchemy.exc import OperationalError

from footfall_sensor.errors import SensorError

from ..admission.doubt import Doubt
from ..errors import CollectorError

log = logging.getLogger(__name__)

STEP_S = 1.0
MORE = "more"  # what a task returns that has done a part
SWEEP_AGE_S = 900  # a commit lists its files long before; what is older and not listed is nobody's


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done every so often, with the UTC milliseconds of then.

    `do` may do a part and return MORE: the next part follows at once, unless the task is to be put off by then.
    """

    name: str
    every_s: float
    do: Callable[[int], object]
    for_good: bool = False  # what it does cannot be undone: it waits while the clock is in doubt
    put_off_s: float = 0.0  # so long it waits, at most, while intake has a backlog


@dataclass(frozen=True, slots=True)
class Run:
    """How a task was done last. ran_ms: when it began, UTC; None: not yet. overdue_s: see Keeper.overdue_s."""

    task: str
    every_s: float
    ran_ms: int | None
    took_s: float | None
    failed: str
    overdue_s: float


class Keeper:
    """Runs tasks until told to stop."""

    def __init__(
        self,
        todo: Sequence[Task],
        now_ms: Callable[[], int],
        monotonic_s: Callable[[], float],
        doubt: Doubt | None = None,
        backlog: Callable[[], bool] = lambda: False,
    ) -> None:
        """doubt: of that clock; without it the clock is believed. backlog: whether intake is behind."""
        self._todo = todo
        self._backlog = backlog
        self._doubt = doubt
        self._now_ms = now_ms
        self._monotonic_s = monotonic_s
        self._due_s = dict.fromkeys((task.name for task in todo), monotonic_s())
        self._done_s = dict(self._due_s)  # when each was last done to its end; at first: when this began
        self._ran: dict[str, tuple[int, float]] = {}  # task -> when it began last, UTC ms, and how long it took, s
        self.failed: dict[str, str] = {}  # task -> what it last failed of; empty where all is well

    def run(self, stopping: threading.Event) -> None:
        """Do what is due, step by step."""
        while not stopping.wait(STEP_S):
            self.step()

    def overdue_s(self) -> dict[str, float]:
        """How much later than it should have been each task was last done to its end, seconds; 0 = in time.

        From any thread. It grows where a task fails, where it hangs, and where another one that hangs holds it up.
        """
        now_s = self._monotonic_s()
        return {task.name: max(0.0, now_s - self._done_s[task.name] - task.every_s) for task in self._todo}

    def runs(self) -> list[Run]:
        """How each task was done last. From any thread."""
        late = self.overdue_s()
        found = []
        for task in self._todo:
            ran_ms, took_s = self._ran.get(task.name, (None, None))
            found.append(Run(task.name, task.every_s, ran_ms, took_s, self.failed.get(task.name, ""), late[task.name]))
        return found

    def step(self) -> None:
        """Do what is due now."""
        for task in self._todo:
            while self._wanted(task, self._now_ms()) and self._do(task, self._now_ms()):
                pass

    def _wanted(self, task: Task, now_ms: int) -> bool:
        late_s = self._monotonic_s() - self._due_s[task.name]
        if late_s < 0 or (task.for_good and self._doubt is not None and self._doubt.about(now_ms)):
            return False
        return late_s >= task.put_off_s or not self._backlog()

    def _do(self, task: Task, now_ms: int) -> bool:
        """Do a task, or a part of it: then True, and it stays due."""
        began_s = self._monotonic_s()
        done: object = None
        try:
            done = task.do(now_ms)
        except (CollectorError, SensorError, OperationalError, OSError, duckdb.Error) as exc:
            self.failed[task.name] = str(exc)
            log.error("%s: %s; tried again in %g s", task.name, exc, task.every_s)
        else:
            self.failed.pop(task.name, None)
            self._done_s[task.name] = self._monotonic_s()
        self._ran[task.name] = now_ms, self._monotonic_s() - began_s
        if done is MORE:
            return True
        self._due_s[task.name] = self._monotonic_s() + task.every_s
        return False
