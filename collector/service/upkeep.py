"""Upkeep: what a collector does beside intake, and how often: the table that the keeper goes by."""

import logging

from ..counting import folding
from ..counting.calibrations import Calibrations
from ..counting.keeping import Keeping
from ..folder import Collector
from ..housekeeping import compaction, ranges
from ..housekeeping.keeper import MORE, SWEEP_AGE_S, Task
from ..housekeeping.publish import Publisher
from ..housekeeping.retention import retain
from ..rollout.book import Campaigns
from ..stays import fold
from ..storage import epochs

log = logging.getLogger(__name__)

PUT_OFF_S = 120.0  # what waits for a commit has the processors first; a question folds what it needs by itself


def tasks(collector: Collector) -> list[Task]:
    """What keeps the store of one collector in order. A replay keeps what it has: its days are long over."""
    keeping = Keeping(collector.store, Calibrations(collector.registry.engine))
    todo = [
        Task("expire refused messages", 60, lambda now_ms: _expire(collector, now_ms), for_good=True),
        Task("end objections", 60, lambda now_ms: _end_objections(collector, now_ms), for_good=True),
        Task("fold", 60, lambda now_ms: _fold(collector, now_ms), put_off_s=PUT_OFF_S),
        Task("count", 300, lambda now_ms: _count(collector, now_ms), put_off_s=PUT_OFF_S),
        Task("keep estimates", 60, lambda now_ms: _keep(collector, keeping, now_ms), put_off_s=PUT_OFF_S),
        Task("compact", 300, lambda now_ms: _compact(collector, now_ms), put_off_s=PUT_OFF_S),
        Task("publish open tables", 300, lambda _: _publish(collector), put_off_s=PUT_OFF_S),
        Task("sweep", 3600, lambda now_ms: _sweep(collector, now_ms), for_good=True),
        Task("close numbers", 3600, lambda now_ms: _close(collector, now_ms), for_good=True, put_off_s=PUT_OFF_S),
        Task("campaigns", 5, lambda now_ms: _campaigns(collector, now_ms)),
        Task("reports", 60, lambda now_ms: _reports(collector, now_ms)),
        Task("retention", 300, lambda now_ms: retain(collector, now_ms), for_good=True),
    ]
    return todo[:-1] if collector.settings.replay else todo


def _end_objections(collector: Collector, now_ms: int) -> None:
    collector.objections.drop_ended(now_ms)


def _expire(collector: Collector, now_ms: int) -> None:
    collector.quarantine.expire(now_ms)


def _fold(collector: Collector, now_ms: int) -> str | None:
    """A turn of each tenant: between turns intake may have the processors."""
    changed = []
    for tenant in collector.registry.tenants():
        sites = collector.registry.sites(tenant.name)
        changed += fold.refresh(collector.store, tenant, sites, now_ms, threads=1, turns=1)
    return MORE if changed else None


def _count(collector: Collector, now_ms: int) -> None:
    for tenant in collector.registry.tenants():
        folding.refresh(collector.store, tenant, now_ms, threads=1)


def _keep(collector: Collector, keeping: Keeping, now_ms: int) -> None:
    for tenant in collector.registry.tenants():
        keeping.turn(tenant, collector.registry.sites(tenant.name), now_ms)


def _compact(collector: Collector, now_ms: int) -> str | None:
    gone = 0
    for tenant in collector.registry.tenants():
        gone += compaction.compact(collector.store, tenant.name, now_ms, threads=1, merges=1)
    return MORE if gone else None


def _publish(collector: Collector) -> None:
    publisher = Publisher.of(collector)
    for tenant in collector.registry.tenants():
        publisher.publish(tenant.name)


def _close(collector: Collector, now_ms: int) -> None:
    ranges.close(collector.registry.engine, now_ms)
    epochs.join(collector.registry.engine, now_ms)


def _reports(collector: Collector, now_ms: int) -> None:
    from ..printing import scheduled  # noqa: PLC0415 - templates and drawings that only who sends reports needs

    count = scheduled.send(collector, now_ms)
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
