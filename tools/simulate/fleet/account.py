"""The account: what the sensors say they emitted, held against what the collector has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from collector.folder import Collector
from collector.records.reports import boot_bytes
from collector.storage.store import SIGHTINGS

Emitted = Mapping[tuple[str, bytes], tuple[int, int]]  # (sensor, boot) -> batches, sightings


@dataclass(frozen=True, slots=True)
class Stored:
    """What a collector has of some sensors, in all."""

    ledger: Mapping[tuple[str, bytes], tuple[int, int]]  # (sensor, boot) -> batches, sightings
    duplicates: int
    rows: int  # of sightings, in the files that the manifest lists
    frames: int  # over all of them

    @classmethod
    def read(cls, opened: Collector, tenant: str, names: Iterable[str]) -> "Stored":
        """Look it up. Rows are counted in the files, not believed from the manifest."""
        wanted = set(names)
        called = {one.id: one.name for one in opened.registry.sensors() if one.tenant == tenant and one.name in wanted}
        ledger = [row for row in opened.manifest.ledger() if row.sensor_id in called]
        rows = frames = 0
        for file in opened.manifest.files(tenant, SIGHTINGS):
            table = opened.store.table(file, ("sensor", "frames"))
            ours = table.filter(pc.is_in(table.column("sensor").cast("string"), pa.array(sorted(wanted))))
            rows += ours.num_rows
            frames += pc.sum(ours.column("frames")).as_py() or 0
        return cls(
            {
                (called[row.sensor_id], boot_bytes(row.boot)): (row.batches, row.sightings)
                for row in ledger
                if row.batches
            },
            sum(row.duplicates for row in ledger),
            rows,
            frames,
        )


@dataclass(frozen=True, slots=True)
class Account:
    """Sightings, unless it says otherwise."""

    sent: int
    committed: int
    lost: int  # emitted and not committed, or committed and in no file
    doubled: int  # stored more often than once, or never emitted
    batches: int
    duplicates: int  # batches that came again, and were taken once
    frames_differ: int  # frames over all stored sightings, less those over all emitted ones


def settle(emitted: Emitted, frames: int, before: Stored, after: Stored) -> Account:
    """The account of one run, between two looks."""
    lost = committed = invented = 0
    for key, (_, sightings) in emitted.items():
        has = after.ledger.get(key, (0, 0))[1]
        committed += min(has, sightings)
        lost += max(0, sightings - has)
        invented += max(0, has - sightings)
    in_files = after.rows - before.rows
    return Account(
        sent=sum(sightings for _, sightings in emitted.values()),
        committed=committed,
        lost=lost + max(0, committed - in_files),
        doubled=max(invented, in_files - committed),
        batches=sum(batches for batches, _ in emitted.values()),
        duplicates=after.duplicates - before.duplicates,
        frames_differ=after.frames - before.frames - frames,
    )


def emitted_of(truths: Sequence[Mapping[str, object]]) -> dict[tuple[str, bytes], tuple[int, int]]:
    """What offices wrote, see office.Office.truth."""
    found = {}
    for truth in truths:
        starts = truth["starts"]
        assert isinstance(starts, list)
        for name, boot, batches, sightings in starts:
            found[name, bytes.fromhex(boot)] = int(batches), int(sightings)
    return found
