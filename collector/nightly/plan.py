"""What a nightly job has to do: looked up in the store each time, so a job that was killed goes on where it was."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .. import calendar
from ..counting import folding
from ..folder import Collector
from ..housekeeping import compaction, retention
from ..housekeeping.publish import Publisher
from ..records.registry import Tenant
from ..storage.manifest import StoredFile
from ..storage.store import OPEN_STAYS, SIGHTINGS, STAYS, VISITS, WINDOWS
from .numbers import Numbers

DAYS = 31  # business days back from the last that has closed, of which numbers are looked after


class Phase(StrEnum):
    """The parts of the job, in their order: each rests on those before."""

    FOLD = "fold"  # sightings become stays
    SIGNS = "signs"  # and signs of people, from which levels are estimated
    END = "end"  # stays of days whose late allowance is over become visits without tokens
    COMPACT = "compact"  # many small files become few
    TABLES = "tables"  # the open tables of visits and windows
    NUMBERS = "numbers"  # reports of closed days, as the open table of numbers


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done, day by day, each whole or not at all. rows: stored ones that it reads, about."""

    phase: Phase
    tenant: str
    days: tuple[str, ...]
    rows: int


def steps(collector: Collector, phase: Phase, now_ms: int, days: int = DAYS) -> list[Step]:
    """What there is to do of a phase now; looks, and changes nothing. days: see DAYS. Raises StoreError."""
    return [step for tenant in collector.registry.tenants() for step in LOOK[phase](collector, tenant, now_ms, days)]


def _fold(collector: Collector, tenant: Tenant, _now_ms: int, _days: int) -> Iterator[Step]:
    covered = _covered(collector, tenant, (STAYS, OPEN_STAYS))
    fresh = [
        file
        for day, files in _open_days(collector, tenant).items()
        for file in files
        if file.id > covered.get(day, -1) and file.covers_id is None
    ]
    yield from _of_files(Phase.FOLD, tenant, fresh)


def _signs(collector: Collector, tenant: Tenant, _now_ms: int, _days: int) -> Iterator[Step]:
    stale = [file for one in folding.stale(collector.store, tenant.name) for file in one.fresh]
    yield from _of_files(Phase.SIGNS, tenant, stale)


def _end(collector: Collector, tenant: Tenant, now_ms: int, _days: int) -> Iterator[Step]:
    if collector.settings.replay:  # a replay keeps what it has: its days are long over
        return
    for one in retention.due(collector.store, tenant, collector.settings.keep, now_ms):
        if one.data == "tokens":
            yield Step(Phase.END, tenant.name, (one.day,), one.rows)


def _compact(collector: Collector, tenant: Tenant, now_ms: int, _days: int) -> Iterator[Step]:
    wanted = compaction.wanted(collector.store, tenant.name, now_ms)
    yield from _of_files(Phase.COMPACT, tenant, [file for _, bundle in wanted for file in bundle])


def _tables(collector: Collector, tenant: Tenant, _now_ms: int, _days: int) -> Iterator[Step]:
    yield from _of_files(Phase.TABLES, tenant, Publisher.of(collector).stale(tenant.name))


def _numbers(collector: Collector, tenant: Tenant, now_ms: int, days: int) -> Iterator[Step]:
    manifest, numbers = collector.store.manifest, Numbers.of(collector)
    heard = [span_of(tenant, name) for name in manifest.days(tenant.name, WINDOWS)]
    closed = [day for day in heard if day.end_ms <= now_ms][-days:]
    there = numbers.published(tenant.name, [day.name for day in closed])
    rows: dict[str, int] = {}
    for file in manifest.files(tenant.name, WINDOWS, [day.name for day in closed]):
        rows[file.day] = rows.get(file.day, 0) + file.rows
    for day in closed:
        if there.get(day.name) != numbers.rests_on(tenant, day):
            yield Step(Phase.NUMBERS, tenant.name, (day.name,), rows[day.name])


LOOK = {
    Phase.FOLD: _fold,
    Phase.SIGNS: _signs,
    Phase.END: _end,
    Phase.COMPACT: _compact,
    Phase.TABLES: _tables,
    Phase.NUMBERS: _numbers,
}


def span_of(tenant: Tenant, day: str) -> calendar.Span:
    """A tenant's business day of this name."""
    return calendar.day_named(day, tenant.time_zone, tenant.epoch_turn_h)


def _of_files(phase: Phase, tenant: Tenant, files: list[StoredFile]) -> Iterator[Step]:
    """A step over these files, where there are any."""
    if files:
        yield Step(phase, tenant.name, tuple(sorted({file.day for file in files})), sum(file.rows for file in files))


def _covered(collector: Collector, tenant: Tenant, kinds: tuple[str, ...]) -> dict[str, int]:
    """Day -> the newest file of sightings that its files of these kinds rest on."""
    found: dict[str, int] = {}
    for kind in kinds:
        for file in collector.store.manifest.files(tenant.name, kind):
            found[file.day] = max(found.get(file.day, 0), file.covers_id or 0)
    return found


def _open_days(collector: Collector, tenant: Tenant) -> dict[str, list[StoredFile]]:
    """Day -> its files of sightings, of days that have not ended: what comes for those is retention's to settle."""
    ended = set(collector.store.manifest.days(tenant.name, VISITS))
    found: dict[str, list[StoredFile]] = {}
    for file in collector.store.manifest.files(tenant.name, SIGHTINGS):
        if file.day not in ended:
            found.setdefault(file.day, []).append(file)
    return found
