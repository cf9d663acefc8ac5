"""The keeper: a table of what is done beside intake, and how often. One fault of one task does not keep the others."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
from sqlalchemy.exc import OperationalError

from footfall_sensor.errors import SensorError

from ..admission.doubt import Doubt
from ..counting import folding
from ..errors import CollectorError
from ..folder import Collector
from ..records.audit import Audit, Event
from ..rollout.book import Campaigns
from ..stays import fold
from . import compaction, ranges, retention
from .publish import Publisher

log = logging.getLogger(__name__)

STEP_S = 1.0
SWEEP_AGE_S = 900  # a commit lists its files long before; what is older and not listed is nobody's
ACTOR = "collector"
PUT_OFF_S = 120.0  # what waits for a commit has the processors first; a question folds what it needs by itself


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done every so often, with the UTC milliseconds of then."""

    name: str
    every_s: float
    do: Callable[[int], object]
    for_good: bool = False  # what it does cannot be undone: it waits while the clock is in doubt
    put_off_s: float = 0.0  # so long it waits, at most, while intake has a backlog


def tasks(collector: Collector) -> list[Task]:
    """What keeps the store of one collector in order. A replay keeps what it has: its days are long over."""
    todo = [
        Task("expire refused messages", 60, lambda now_ms: _expire(collector, now_ms), for_good=True),
        Task("end objections", 60, lambda now_ms: _end_objections(collector, now_ms), for_good=True),
        Task("fold", 60, lambda now_ms: _fold(collector, now_ms), put_off_s=PUT_OFF_S),
        Task("count", 300, lambda now_ms: _count(collector, now_ms), put_off_s=PUT_OFF_S),
        Task("compact", 300, lambda now_ms: _compact(collector, now_ms), put_off_s=PUT_OFF_S),
        Task("publish open tables", 300, lambda _: _publish(collector), put_off_s=PUT_OFF_S),
        Task("sweep", 3600, lambda now_ms: _sweep(collector, now_ms), for_good=True),
        Task("close numbers", 3600, lambda now_ms: _close(collector, now_ms), for_good=True, put_off_s=PUT_OFF_S),
        Task("campaigns", 5, lambda now_ms: _campaigns(collector, now_ms)),
        Task("reports", 60, lambda now_ms: _reports(collector, now_ms)),
        Task("retention", 300, lambda now_ms: retain(collector, now_ms), for_good=True),
    ]
    return todo[:-1] if collector.settings.replay else todo


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
            now_ms = self._now_ms()
            doubted = self._doubt is not None and self._doubt.about(now_ms)
            late_s = self._monotonic_s() - self._due_s[task.name]
            if late_s < 0 or (doubted and task.for_good) or (late_s < task.put_off_s and self._backlog()):
                continue
            began_s = self._monotonic_s()
            try:
                task.do(now_ms)
            except (CollectorError, SensorError, OperationalError, OSError, duckdb.Error) as exc:
                self.failed[task.name] = str(exc)
                log.error("%s: %s; tried again in %g s", task.name, exc, task.every_s)
            else:
                self.failed.pop(task.name, None)
                self._done_s[task.name] = self._monotonic_s()
            self._ran[task.name] = now_ms, self._monotonic_s() - began_s
            self._due_s[task.name] = self._monotonic_s() + task.every_s


def retain(collector: Collector, now_ms: int) -> None:
    """Let go everything that is due, each with a row in the audit log."""
    log_of = Audit(collector.registry.engine)
    for tenant in collector.registry.tenants():
        sites = collector.registry.sites(tenant.name)
        for one in retention.due(collector.store, tenant, collector.settings.keep, now_ms):
            if retention.apply(collector.store, tenant, sites, one, now_ms):
                says = f"{len(one.files)} files, {one.rows} rows"
                log_of.append(Event(ACTOR, "delete", f"{one.data} {one.tenant}/{one.day}", says), now_ms)
    collector.store.tidy(now_ms)


def _end_objections(collector: Collector, now_ms: int) -> None:
    collector.objections.drop_ended(now_ms)


def _expire(collector: Collector, now_ms: int) -> None:
    collector.quarantine.expire(now_ms)


def _fold(collector: Collector, now_ms: int) -> None:
    for tenant in collector.registry.tenants():
        fold.refresh(collector.store, tenant, collector.registry.sites(tenant.name), now_ms, threads=1)


def _count(collector: Collector, now_ms: int) -> None:
    for tenant in collector.registry.tenants():
        folding.refresh(collector.store, tenant, now_ms)


def _compact(collector: Collector, now_ms: int) -> None:
    for tenant in collector.registry.tenants():
        compaction.compact(collector.store, tenant.name, now_ms)


def _publish(collector: Collector) -> None:
    publisher = Publisher.of(collector)
    for tenant in collector.registry.tenants():
        publisher.publish(tenant.name)


def _close(collector: Collector, now_ms: int) -> None:
    ranges.close(collector.registry.engine, now_ms)


def _reports(collector: Collector, now_ms: int) -> None:
    from ..delivery import reporting  # noqa: PLC0415 - templates and drawings that only who sends reports needs

    count = reporting.send(collector, now_ms)
    if count:
        log.info("%d reports are on their way", count)


def _campaigns(collector: Collector, now_ms: int) -> None:
    told = Campaigns(collector.registry.engine).step(now_ms)
    if told:
        log.info("campaigns: %d units are told", told)


def _sweep(collector: Collector, now_ms: int) -> None:
    swept = collector.store.sweep(now_ms / 1000 - SWEEP_AGE_S)
    if swept:
        log.info("swept away %d files that no commit listed", swept)
