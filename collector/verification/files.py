"""The store's files against its manifest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from ..housekeeping.keeper import SWEEP_AGE_S
from ..records.audit import Audit
from ..records.registry import Registry, Tenant
from ..storage.manifest import StoredFile
from ..storage.store import KINDS, Store, part_name
from .contents import DAMAGED, Reader
from .finding import Finding

RESTORE = "Restore the collector from a backup, or take what is lost as lost"
DAYS_MOVE = ("time_zone", "epoch_turn_h")


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at, and what is not as it should be."""

    files: int
    rows: int
    bytes: int
    findings: tuple[Finding, ...]


def check(
    store: Store, registry: Registry, now_ms: int, *, deep: bool = False, tell: Callable[[float], None] | None = None
) -> Looked:
    """Look at every file. deep: read them all through. tell: is told the share done. Raises StoreError.

    A collector may run beside: what it has replaced meanwhile is not missed.
    """
    listed = [(tenant, file) for tenant in registry.tenants() for file in _files(store, tenant)]
    readers = {tenant.name: _reader(registry, tenant) for tenant in registry.tenants()}
    findings: list[Finding] = []
    size, done = max(1, sum(file.bytes for _, file in listed)), 0
    for tenant, file in listed:
        found = _look(store, tenant, file, readers[tenant.name] if deep else None)
        if found and file.name in store.manifest.names():
            findings += found
        done += file.bytes
        if tell is not None:
            tell(done / size)
    findings += _unheard_of(registry, store, readers) if deep else ()
    findings += _nobodys(store, {file.name for _, file in listed}, now_ms)
    return Looked(
        len(listed), sum(file.rows for _, file in listed), sum(file.bytes for _, file in listed), (*findings,)
    )


def _files(store: Store, tenant: Tenant) -> Iterator[StoredFile]:
    for kind in KINDS:
        yield from store.manifest.files(tenant.name, kind)


def _reader(registry: Registry, tenant: Tenant) -> Reader:
    moved = any(
        entry.object == f"tenant {tenant.name}" and any(f"{name}: " in entry.says for name in DAYS_MOVE)
        for entry in Audit(registry.engine).entries()
    )
    sites = frozenset(site.name for site in registry.sites(tenant.name))
    sensors = frozenset(sensor.name for sensor in registry.sensors() if sensor.tenant == tenant.name)
    return Reader(tenant, sites, sensors, moved)


def _look(store: Store, tenant: Tenant, file: StoredFile, reader: Reader | None) -> list[Finding]:
    """Findings of one file. reader: reads it through; without one only its footer is read."""
    if not file.name.startswith(part_name(file.kind, tenant.name, file.epoch, file.day) + "/"):
        return [Finding("place", file.name, "lies elsewhere than its tenant, kind, epoch and day say: " + RESTORE)]
    lying = store.shelf.look(file.name)
    if lying is None:
        return [_missing(file)]
    if lying.bytes != file.bytes:
        return [Finding("size", file.name, f"has {lying.bytes} bytes, the manifest says {file.bytes}. {RESTORE}")]
    try:
        with store.shelf.open(file.name, checksums=reader is not None) as opened:
            rows = opened.metadata.num_rows
            if rows != file.rows:
                return [Finding("rows", file.name, f"has {rows} rows, the manifest says {file.rows}. {RESTORE}")]
            return list(reader.read(file, opened)) if reader else []
    except FileNotFoundError:
        return [_missing(file)]
    except (OSError, pa.ArrowException) as exc:
        store.shelf.look(file.name)  # where it is the object store that does not answer, this raises and says so
        return [Finding("damaged", file.name, DAMAGED.format(str(exc).rstrip(".")))]


def _missing(file: StoredFile) -> Finding:
    return Finding("missing", file.name, f"is listed with {file.rows} rows and not there. {RESTORE}")


def _unheard_of(registry: Registry, store: Store, readers: dict[str, Reader]) -> list[Finding]:
    """Sensors of which more sightings lie in files than the ledger has ever taken."""
    taken: dict[int, int] = {}
    for row in store.manifest.ledger():
        taken[row.sensor_id] = taken.get(row.sensor_id, 0) + row.sightings
    return [
        Finding(
            "invented", sensor.user, f"{lying} sightings lie in files, and the ledger took {taken.get(sensor.id, 0)}"
        )
        for sensor in registry.sensors()
        if (lying := readers[sensor.tenant].heard[sensor.name]) > taken.get(sensor.id, 0)
    ]


def _nobodys(store: Store, listed: set[str], now_ms: int) -> Iterator[Finding]:
    """Files that no manifest lists. What is younger than the sweep's age is a commit's that is under way."""
    for lying in store.strangers():
        yield Finding("foreign", lying.name, "is no file of ours and would lie there for ever. Take it away")
    for lying in store.orphans():
        if lying.name not in listed and lying.changed_s < now_ms / 1000 - SWEEP_AGE_S:
            says = "is listed nowhere, as a crash or a replaced file leaves one. `serve` sweeps it away within an hour"
            yield Finding("orphan", lying.name, says, fatal=False)
