"""Signs of people are folded from sightings while there are tokens, and kept for as long as windows are.

A day's signs lie in one file, which is made again when more has come: which devices are fixed is known only from the
whole day. They are made of marks (marks.sql), which lie in one file too, beside the stays, and grow with what is new:
no sighting is read twice. What comes for a day that has ended is not counted any more.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from .. import calendar
from ..records.registry import Tenant
from ..stays import fold
from ..stays.turn import counted
from ..storage import engines, tables
from ..storage.manifest import StoredFile
from ..storage.store import MARKS, SIGHTINGS, SIGNS, VISITS, Store
from . import signs


@dataclass(frozen=True, slots=True)
class Stale:
    """A day of which more has come. fresh: the sightings to be read; grown: the marks of all others, if any."""

    day: str
    fresh: Sequence[StoredFile]
    grown: StoredFile | None
    newest: int  # number of the newest file of sightings
    before: Sequence[StoredFile]  # what is to be replaced
    made_ms: int | None  # when that was made


def stale(store: Store, tenant: str) -> list[Stale]:
    """The days whose signs are not those of all their sightings. Looks, and changes nothing."""
    ended = set(store.manifest.days(tenant, VISITS))
    made, marked = ({file.day: file for file in store.manifest.files(tenant, kind)} for kind in (SIGNS, MARKS))
    heard: dict[str, list[StoredFile]] = {}
    for file in store.manifest.files(tenant, SIGHTINGS):
        if file.day not in ended:
            heard.setdefault(file.day, []).append(file)
    found = (_stale(day, files, made.get(day), marked.get(day)) for day, files in heard.items())
    return [one for one in found if one.fresh]


def _stale(day: str, files: Sequence[StoredFile], made: StoredFile | None, marked: StoredFile | None) -> Stale:
    newest = max(file.id for file in files)
    before = [file for file in (made, marked) if file is not None]
    made_ms = made.created_ms if made is not None else None
    if marked is None:  # never, or by a Footfall that kept no marks
        fresh = files if made is None or newest > (made.covers_id or 0) else []
        return Stale(day, fresh, None, newest, before, made_ms)
    fresh = [file for file in files if _reaches(file) > (marked.covers_id or 0)]
    if any(file.covers_id is not None for file in fresh):  # compacted, and with more in it than marks have: all anew
        return Stale(day, files, None, newest, before, made_ms)
    return Stale(day, fresh, marked, newest, before, made_ms)


def _reaches(file: StoredFile) -> int:
    """Number of the newest file whose sightings are in this one: a compacted file has those of others."""
    return file.id if file.covers_id is None else file.covers_id


def refresh(
    store: Store,
    tenant: Tenant,
    now_ms: int,
    fresh_ms: int = 0,
    engine_name: str = engines.DUCKDB,
    *,
    threads: int = 0,
) -> list[str]:
    """Make the signs of days that have changed. Returns these days. Raises StoreError.

    fresh_ms: signs that were made less than so long ago will do. threads: of a DuckDB, 0 = as many as there are cores.
    """
    return [
        one.day
        for one in stale(store, tenant.name)
        if not (one.made_ms is not None and 0 <= now_ms - one.made_ms < fresh_ms)
        and _make(store, tenant, one, now_ms, engine_name, threads)
    ]


def _make(store: Store, tenant: Tenant, one: Stale, now_ms: int, engine_name: str, threads: int) -> bool:
    """One day's signs and marks in the place of those before; False where another process was first."""
    span = calendar.day_named(one.day, tenant.time_zone, tenant.epoch_turn_h)
    with fold.folding(store, engine_name, sum(file.rows for file in one.fresh), threads) as engine:
        engine.read("all_sightings", one.fresh, tables.SIGHTINGS)
        engine.view("sightings", counted(engine, store.flags.within(tenant.name, span)))
        engine.give("levels", signs.levels())
        engine.give("rungs", signs.rungs())
        engine.read("grown", [one.grown] if one.grown else [], signs.marks_schema())
        engine.view("noted", signs.noted("grown"))
        engine.make("marks", signs.sql_text("marks"))
        rows = engine.table(signs.sql_text()).cast(signs.schema())
        ordered = engine.stream(f"SELECT {signs.MARKS} FROM marks ORDER BY site, start_ms")  # noqa: S608 - constants
        made = {SIGNS: rows, MARKS: pa.RecordBatchReader.from_batches(signs.marks_schema(), _cast(ordered))}
        new = [store.write(kind, tenant.name, "", one.day, rows) for kind, rows in made.items()]
    return store.swap(one.before, new, one.newest, now_ms)


def _cast(batches: Iterable["pa.RecordBatch"]) -> "Iterator[pa.RecordBatch]":
    """In the types that marks are stored in, whichever engine made them."""
    for batch in batches:
        yield from pa.Table.from_batches([batch]).cast(signs.marks_schema()).to_batches()
