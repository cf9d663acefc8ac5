"""What is kept, how it grows, and when it goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from ...folder import Collector
from ...housekeeping import retention
from ...options.keep import Keep
from ...records.audit import Audit, Entry, Search
from ...records.registry import Tenant
from ...storage.holdings import Growth, Holding, Published, days_left, growth, holdings, published
from ..language import gettext as _
from ..language import marked

AHEAD_MS = 7 * 86_400_000  # of the plan
PROOFS = 20
BACKUPS, BACKUP_OLD_MS = 10, 7 * 86_400_000
DAYS = 31  # of partitions, newest
KINDS = {
    "sightings": marked("Sightings, with the day's tokens"),
    "stays": marked("Stays of the running days, with tokens"),
    "open_stays": marked("Stays that go on, with tokens"),
    "steps": marked("Ways through zones, with tokens"),
    "marks": marked("Marks of the running days, of which signs are made, with tokens"),
    "visits": marked("Visits without tokens"),
    "zones": marked("Stays in zones without tokens"),
    "windows": marked("Windows: what was listened to, and how much was heard"),
    "signs": marked("Signs of people by time, nothing of devices"),
    "estimates": marked("People estimated of days that are over, nothing of devices"),
}
CLASSES = {
    "tokens": marked("What holds tokens"),
    "visits": marked("Visits without tokens"),
    "windows": marked("Windows, signs and estimates"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """Everything of one kind."""

    kind: str
    files: int
    rows: int
    bytes: int
    first_day: str
    last_day: str

    @property
    def says(self) -> str:
        """What it is, in words."""
        return _(KINDS[self.kind])


@dataclass(frozen=True, slots=True)
class Day:
    """The partitions of one business day of a tenant, bytes by class of retention."""

    tenant: str
    day: str
    files: int
    rows: int
    bytes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Going:
    """A class of data of a business day, and when its time is over."""

    data: str
    tenant: str
    day: str
    over_ms: int
    files: int
    rows: int
    bytes: int

    @property
    def says(self) -> str:
        """The class in words."""
        return _(CLASSES[self.data])


@dataclass(frozen=True, slots=True)
class Proof:
    """A row of the audit log that says that something was deleted, a key destroyed, or a backup made."""

    number: int
    time_ms: int
    verb: str
    object: str
    says: str


@dataclass(frozen=True, slots=True)
class Storage:
    """All that is kept. growth and days_left None: too little is known, or nothing grows."""

    kinds: list[Kind]
    days: list[Day]
    registry_bytes: int | None  # of SQLite's file; None: another server keeps it
    free_bytes: int
    floor_bytes: int
    growth: Growth | None
    days_left: float | None
    retention_runs: bool  # a replay keeps what it has
    visits_days: int
    windows_days: int
    due: list[Going]
    plan: list[Going]
    proofs: list[Proof]
    backups: list[Proof]  # the newest first, as the command that made them wrote it down
    backup_late_ms: int  # the newest should not be older
    published: list[Published]

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(one.bytes for one in self.kinds)

    @property
    def files(self) -> int:
        """All of them."""
        return sum(one.files for one in self.kinds)


def look(collector: Collector, now_ms: int) -> Storage:
    """Look once, at the manifest and not at the shelf: whether both agree says `footfall collector verify`."""
    engine, settings = collector.registry.engine, collector.settings
    held = holdings(engine)
    going = plan(held, collector.registry.tenants(), settings.keep, now_ms + AHEAD_MS)
    grown = growth(held, [*retention.CLASSES["visits"], *retention.CLASSES["windows"]], _today(now_ms))
    free, floor = collector.store.floor.free_mib() << 20, settings.disk_floor_mib << 20
    log = Audit(engine)
    gone = [*log.search(Search(verb="delete"), PROOFS), *log.search(Search(verb="destroy"), PROOFS)]
    return Storage(
        kinds=_kinds(held),
        days=_days(held)[:DAYS],
        registry_bytes=_registry_bytes(engine.url.database if engine.dialect.name == "sqlite" else None),
        free_bytes=free,
        floor_bytes=floor,
        growth=grown,
        days_left=days_left(free, floor, grown),
        retention_runs=not settings.replay,
        visits_days=settings.keep.visits_days,
        windows_days=settings.keep.windows_days,
        due=[one for one in going if one.over_ms <= now_ms],
        plan=[one for one in going if one.over_ms > now_ms],
        proofs=[_proof(one) for one in sorted(gone, key=lambda one: -one.number)[:PROOFS]],
        backups=[_proof(one) for one in log.search(Search(verb="backup"), BACKUPS)],
        backup_late_ms=now_ms - BACKUP_OLD_MS,
        published=published(engine),
    )


def plan(held: Iterable[Holding], tenants: Sequence[Tenant], keep: Keep, until_ms: int) -> list[Going]:
    """What is to go until then, the next first. It is what retention itself goes by, and changes nothing."""
    class_of = {kind: data for data, kinds in retention.CLASSES.items() for kind in kinds}
    known = {tenant.name: tenant for tenant in tenants}
    sums: dict[tuple[str, str, str], list[int]] = {}
    for one in held:
        parts = sums.setdefault((class_of[one.kind], one.tenant, one.day), [0, 0, 0])
        for place, value in enumerate((one.files, one.rows, one.bytes)):
            parts[place] += value
    found = [
        Going(data, tenant, day, retention.over_ms(known[tenant], keep, data, day), *parts)
        for (data, tenant, day), parts in sums.items()
        if tenant in known
    ]
    return sorted(
        (one for one in found if one.over_ms <= until_ms), key=lambda one: (one.over_ms, one.tenant, one.data)
    )


def _kinds(held: Iterable[Holding]) -> list[Kind]:
    by_kind: dict[str, list[Holding]] = {kind: [] for kind in KINDS}
    for one in held:
        by_kind[one.kind].append(one)
    return [
        Kind(
            kind,
            sum(one.files for one in some),
            sum(one.rows for one in some),
            sum(one.bytes for one in some),
            min((one.day for one in some), default=""),
            max((one.day for one in some), default=""),
        )
        for kind, some in by_kind.items()
    ]


def _days(held: Iterable[Holding]) -> list[Day]:
    class_of = {kind: data for data, kinds in retention.CLASSES.items() for kind in kinds}
    by_day: dict[tuple[str, str], list[Holding]] = {}
    for one in held:
        by_day.setdefault((one.day, one.tenant), []).append(one)
    found = []
    for (day, tenant), some in sorted(by_day.items(), reverse=True):
        sizes = dict.fromkeys(CLASSES, 0)
        for one in some:
            sizes[class_of[one.kind]] += one.bytes
        found.append(Day(tenant, day, sum(one.files for one in some), sum(one.rows for one in some), sizes))
    return found


def _proof(entry: Entry) -> Proof:
    return Proof(entry.number, entry.time_ms, entry.verb, entry.object, entry.says)


def _registry_bytes(path: str | None) -> int | None:
    if path is None:
        return None
    found = [Path(path), Path(f"{path}-wal")]
    return sum(one.stat().st_size for one in found if one.exists())


def _today(now_ms: int) -> date:
    return datetime.fromtimestamp(now_ms / 1000, UTC).date()
