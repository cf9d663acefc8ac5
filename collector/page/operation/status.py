"""How the collector is, in one look: the vitals' own figures, and what to do next in words."""

import math
import platform
from collections.abc import Iterator
from dataclasses import dataclass

from footfall_sensor import __version__

from ... import database, fleet
from ...folder import Collector
from ...housekeeping.keeper import Run
from ...ingest import lag
from ...ingest.mqtt import QUEUE_MAX
from ...vitals.figures import Vitals
from ...vitals.trend import Bin
from ..language import gettext as _
from ..language import ngettext

BIN_MS, BINS = 300_000, 72  # six hours in spans of five minutes
BUSY = 0.5  # of the queue: from there on the broker is about to be held back


@dataclass(frozen=True, slots=True)
class Lagging:
    """So many batches of the newest ten minutes were committed within this bound, and not within the one before.

    within_s None: later than all bounds.
    """

    within_s: float | None
    batches: int


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process, and what it says of its connection."""

    number: int
    state: str


@dataclass(frozen=True, slots=True)
class Todo:
    """Something to be done next, and the page that shows it ("" = none)."""

    says: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """The collector as it is now. Rates are of the newest minute; None: not known yet, or beyond all bounds."""

    ready: bool
    reasons: list[str]
    replay: bool
    broker: str  # host:port
    connection: str
    workers: list[Worker]
    waiting: int
    waiting_max: int
    settled: int
    settled_per_s: float | None
    refused: dict[str, int]
    refused_per_s: float | None
    keys_withheld: dict[str, int]
    held: dict[str, int]
    lag: list[Lagging]
    lag_half_s: float | None
    lag_most_s: float | None
    clock_in_doubt: bool
    missing: int
    free_bytes: int
    floor_bytes: int
    tasks: list[Run]
    version: str
    schema: str
    python: str
    database: str
    watched_since_ms: int | None
    course: list[Bin]

    @property
    def full(self) -> float:
        """How much of the queue is taken, 0 to 1."""
        return self.waiting / self.waiting_max

    @property
    def refused_all(self) -> int:
        """Messages refused since the start."""
        return sum(self.refused.values())


def look(collector: Collector, vitals: Vitals, now_ms: int) -> Status:
    """Look once. Raises sqlalchemy's OperationalError where the registry does not answer."""
    now, trend, settings = vitals.intake(), vitals.trend, collector.settings
    rates = trend.per_s(now_ms)
    late = trend.lag(now_ms)
    reasons = vitals.reasons()
    states = fleet.look(collector.registry, collector.manifest, now_ms)
    return Status(
        ready=not reasons,
        reasons=reasons,
        replay=settings.replay,
        broker=f"{settings.nats_nodes or settings.broker_host}:{settings.broker_port}",
        connection=now.state,
        workers=[Worker(number, state) for number, state in now.workers.items()],
        waiting=now.waiting,
        waiting_max=QUEUE_MAX * (1 + len(now.workers)),
        settled=now.settled,
        settled_per_s=rates[0] if rates else None,
        refused=now.refused,
        refused_per_s=rates[1] if rates else None,
        keys_withheld=now.withheld,
        held=collector.quarantine.count(),
        lag=[Lagging(_finite(bound), count) for bound, count in zip(lag.BOUNDS_S, late, strict=False)],
        lag_half_s=_finite(lag.within_s(late, 0.5)) if late else None,
        lag_most_s=_finite(lag.within_s(late, 0.99)) if late else None,
        clock_in_doubt=vitals.in_doubt,
        missing=sum(one.missing or 0 for one in states),
        free_bytes=collector.store.floor.free_mib() << 20,
        floor_bytes=settings.disk_floor_mib << 20,
        tasks=vitals.keeper.runs() if vitals.keeper else [],
        version=__version__,
        schema=database.revision(collector.registry.engine),
        python=platform.python_version(),
        database=collector.registry.engine.dialect.name,
        watched_since_ms=trend.since_ms,
        course=trend.bins(now_ms, BIN_MS, BINS),
    )


def todo(status: Status) -> list[Todo]:
    """What an operator does next, the most urgent first; empty where nothing needs doing."""
    return list(_todo(status))


def _todo(status: Status) -> Iterator[Todo]:
    if status.connection.startswith("waiting for the store"):
        yield Todo(
            _("Nothing can be stored. Look at the disk; sensors keep what they hear until it is mended."),
            "/operation/storage",
        )
    elif status.connection != "connected":
        yield Todo(_("The broker does not answer. See whether it runs: systemctl status footfall-broker."))
    if status.free_bytes < status.floor_bytes:
        yield Todo(_("Free some space: the disk is at its floor, and intake has stopped."), "/operation/storage")
    for one in status.workers:
        if one.state != "connected":
            yield Todo(
                _("Worker %(number)d takes nothing. Its last words are in the collector's log.")
                % {"number": one.number}
            )
    for run in status.tasks:
        if run.failed:
            yield Todo(
                _("The task “%(task)s” fails and is tried again: %(says)s") % {"task": run.task, "says": run.failed}
            )
    if status.full > BUSY:
        yield Todo(_("Messages wait: more come than can be stored. More workers may help (setting workers)."))
    if status.clock_in_doubt:
        yield Todo(
            _("The clock has jumped. See that it is kept (timedatectl); until it is believed nothing is deleted.")
        )
    if status.missing:
        says = ngettext(
            "%(count)d batch was sent and is nowhere.", "%(count)d batches were sent and are nowhere.", status.missing
        )
        yield Todo(says % {"count": status.missing}, "/operation/conservation?only=different")
    if held := sum(status.held.values()):
        says = ngettext(
            "%(count)d refused message is held. See why.", "%(count)d refused messages are held. See why.", held
        )
        yield Todo(says % {"count": held}, "/operation/quarantine")


def _finite(bound_s: float | None) -> float | None:
    return None if bound_s is None or math.isinf(bound_s) else bound_s
