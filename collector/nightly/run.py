"""The nightly job itself: phase by phase, tenant by tenant. One tenant's fault keeps no other waiting."""

import fcntl
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from ..counting import folding
from ..errors import CollectorError, StoreError
from ..folder import Collector
from ..housekeeping import compaction, retention
from ..housekeeping.publish import Publisher
from ..records.audit import Audit, Event
from ..records.registry import Tenant
from ..stays import fold
from ..storage.engines import DUCKDB
from ..storage.store import WINDOWS
from . import plan
from .numbers import Numbers, Untold
from .plan import DAYS, Phase, Step

LOCK = "nightly.lock"
ACTOR = "nightly"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a step. failed: why it did not come to its end; empty where it did."""

    step: Step
    took_s: float
    untold: tuple[Untold, ...] = ()
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of a night. phases: only these. days: see plan.DAYS."""

    engine: str = DUCKDB
    phases: Collection[Phase] = tuple(Phase)
    days: int = DAYS

    def plan(self, collector: Collector, now_ms: int) -> list[Step]:
        """What there is to do now. What the first phases make is not there yet for the later ones to be seen."""
        return [step for phase in self._in_order() for step in plan.steps(collector, phase, now_ms, self.days)]

    def run(self, collector: Collector, now_ms: int, look: Callable[[Step], object]) -> list[Done]:
        """Do it. look: told of each step before it is done. Raises StoreError where another job is at work here."""
        done: list[Done] = []
        with alone(collector.folder):
            for phase in self._in_order():
                for step in plan.steps(collector, phase, now_ms, self.days):
                    look(step)
                    done.append(self._do(collector, step, now_ms))
            if Phase.NUMBERS in self.phases:
                _forget(collector)
        return done

    def _in_order(self) -> Iterator[Phase]:
        return (phase for phase in Phase if phase in self.phases)

    def _do(self, collector: Collector, step: Step, now_ms: int) -> Done:
        began_s = perf_counter()
        tenant = collector.registry.tenant(step.tenant)
        try:
            untold = DO[step.phase](collector, tenant, step, now_ms, self.engine)
        except CollectorError as exc:
            return Done(step, perf_counter() - began_s, failed=str(exc))
        return Done(step, perf_counter() - began_s, tuple(untold))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """No other nightly job in this folder meanwhile. Raises StoreError where there is one."""
    with (folder / LOCK).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(f"another nightly job is at work in {folder}; wait until it is done") from None
        yield


def _fold(collector: Collector, tenant: Tenant, _step: Step, now_ms: int, engine: str) -> list[Untold]:
    fold.refresh(collector.store, tenant, collector.registry.sites(tenant.name), now_ms, engine)
    return []


def _signs(collector: Collector, tenant: Tenant, _step: Step, now_ms: int, engine: str) -> list[Untold]:
    folding.refresh(collector.store, tenant, now_ms, engine_name=engine)
    return []


def _end(collector: Collector, tenant: Tenant, step: Step, now_ms: int, engine: str) -> list[Untold]:
    store, sites = collector.store, collector.registry.sites(tenant.name)
    for one in retention.due(store, tenant, collector.settings.keep, now_ms):
        if one.data == "tokens" and one.day in step.days and retention.apply(store, tenant, sites, one, now_ms, engine):
            says = f"{len(one.files)} files, {one.rows} rows"
            Audit(collector.registry.engine).append(
                Event(ACTOR, "delete", f"{one.data} {one.tenant}/{one.day}", says), now_ms
            )
    return []


def _compact(collector: Collector, tenant: Tenant, _step: Step, now_ms: int, _engine: str) -> list[Untold]:
    compaction.compact(collector.store, tenant.name, now_ms)
    return []


def _tables(collector: Collector, tenant: Tenant, _step: Step, _now_ms: int, _engine: str) -> list[Untold]:
    Publisher.of(collector).publish(tenant.name)
    return []


def _numbers(collector: Collector, tenant: Tenant, step: Step, now_ms: int, engine: str) -> list[Untold]:
    numbers = Numbers.of(collector)
    days = [plan.span_of(tenant, day) for day in step.days]
    return [one for day in days for one in numbers.publish(tenant, day, now_ms, engine)]


def _forget(collector: Collector) -> None:
    numbers, manifest = Numbers.of(collector), collector.store.manifest
    for tenant in collector.registry.tenants():
        numbers.forget(tenant.name, manifest.days(tenant.name, WINDOWS))


DO = {
    Phase.FOLD: _fold,
    Phase.SIGNS: _signs,
    Phase.END: _end,
    Phase.COMPACT: _compact,
    Phase.TABLES: _tables,
    Phase.NUMBERS: _numbers,
}
