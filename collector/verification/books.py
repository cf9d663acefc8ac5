"""The registry: whether the database is sound, the ledger fits the batches, and nothing is kept beyond its time."""

from collections.abc import Iterator

from sqlalchemy import Engine, select

from .. import fleet, schema
from ..database import one_moment
from ..folder import Collector
from ..housekeeping import retention
from ..images.catalogue import Catalogue
from ..images.files import FOLDER
from ..images.packages import Packages
from ..storage import batches, epochs
from . import conservation
from .finding import Finding

RESTORE = "Restore the collector from a backup"
NOWHERE = "were emitted and are nowhere. Was the collector restored from a backup?"


def check(collector: Collector, now_ms: int) -> Iterator[Finding]:
    """Findings of the registry, whichever database it lives in. Its version was checked when it was opened."""
    engine = collector.registry.engine
    yield from _integrity(engine)
    yield from _ledger(engine)
    unbalanced = [balance for balance in conservation.by_epoch(engine) if balance.difference]
    for balance in unbalanced:
        yield Finding("conservation", balance.of, f"{balance.difference} batches {NOWHERE}")
    named = {(balance.tenant, balance.sensor) for balance in unbalanced}
    for state in fleet.look(collector.registry, collector.manifest, now_ms):
        if state.missing and (state.tenant, state.name) not in named:
            yield Finding("conservation", f"{state.tenant}/{state.name}", f"{state.missing} batches {NOWHERE}")
    yield from _images(collector)
    if not collector.settings.replay:
        for tenant in collector.registry.tenants():
            for one in retention.overdue(collector.store, tenant, collector.settings.keep, now_ms):
                says = f"{one.rows} rows should be deleted and are not. Start `serve`, or: footfall collector retention"
                yield Finding("overdue", f"{one.data} {one.tenant}/{one.day}", says)


def _images(collector: Collector) -> Iterator[Finding]:
    """Images and packages whose file is elsewhere: without an object store each collector has what was added there."""
    engine, files = collector.registry.engine, collector.image_files
    named = {one.name: one.file for one in Catalogue(engine, files).all()}
    named |= {one.name: one.file for one in Packages(engine, files).all()}
    for name, file in named.items():
        if not files.has(file):
            says = f"its file {file} is not here; put it into the folder {FOLDER}/, or take it out and in again"
            yield Finding("image", name, says, fatal=False)


def _integrity(engine: Engine) -> Iterator[Finding]:
    """SQLite's own check; of PostgreSQL its server answers for its pages (initdb --data-checksums, pg_amcheck)."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        for (says,) in connection.exec_driver_sql("PRAGMA integrity_check(20)").fetchall():
            if says != "ok":
                yield Finding("registry", "registry.sqlite", f"{says}. {RESTORE}")
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(20):
            yield Finding(
                "registry", "registry.sqlite", f"a row of {row[0]} points to one of {row[2]} that is not there"
            )


def _ledger(engine: Engine) -> Iterator[Finding]:
    """The ledger's sums are kept with the batches, in one transaction: they can only differ where somebody meddled."""
    ledger, sensors = schema.ledger, schema.sensors
    with one_moment(engine) as connection:
        names = {row.id: f"{row.tenant}/{row.name}" for row in connection.execute(select(sensors))}
        listed = batches.counts(connection)
        said = {(row.sensor_id, row.boot): row.batches for row in connection.execute(select(ledger))}
        sums = epochs.sums(connection)
    for start in sorted(listed.keys() | said.keys()):
        if listed.get(start, 0) != said.get(start, 0):
            says = f"the ledger says {said.get(start, 0)} batches of one start, and {listed.get(start, 0)} are listed"
            yield Finding("ledger", names.get(start[0], f"sensor {start[0]}"), f"{says}. {RESTORE}")
        elif sums.get(start, 0) != said.get(start, 0):
            says = f"the ledger says {said.get(start, 0)} batches of one start, and its epochs {sums.get(start, 0)}"
            yield Finding("ledger", names.get(start[0], f"sensor {start[0]}"), f"{says}. {RESTORE}")
