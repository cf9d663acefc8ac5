"""Kept estimates: the people of days that are over, under a digest of everything that they follow from.

To draw a day's courses takes most of a report's time, and a day that is over has one answer. It lies in a file a day
and tenant, a row a site (keeping.py makes them). Whoever asks works out the digest anew from the signs and rates of
now: a row of another digest is no answer, so one that is out of date, whatever changed, is never told.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa

from ..errors import StoreError
from ..storage.desk import desk
from ..storage.manifest import StoredFile
from ..storage.store import ESTIMATES, Store
from .people import Day, Known, learnt
from .rates import Rates
from .signs import STEP_MS, Signs

log = logging.getLogger(__name__)

SITES_KEPT = 64  # in memory, of one time each; 4 kB a day
PROGRAM = (
    "belief.py",
    "chain.py",
    "learning.py",
    "people.py",
    "rates.py",
)  # what an estimate follows from, beside signs and rates
SCHEMA = pa.schema(
    [
        ("site", pa.string()),
        ("start_ms", pa.int64()),  # of the first step
        ("end_ms", pa.int64()),  # of the last one
        ("made_of", pa.string()),  # see digest; "" where nothing was heard
        ("state", pa.string()),  # in which the row was last looked at: see keeping.py
        ("steps", pa.list_(pa.float64())),  # low, middle, high: of all steps, one after the other
        ("spans", pa.list_(pa.int64())),  # start_ms, end_ms of each time
        ("means", pa.list_(pa.float64())),  # low, middle, high of each time
    ]
)
ASKED_SQL = "SELECT made_of, steps, spans, means FROM estimates WHERE site = ?"


def digest(signs: Signs, rates: Rates) -> str:
    """Of all that the estimate of a day follows from: the signs, the rates, the program."""
    found = hashlib.sha256(program().encode())
    for part in (signs.start_ms.tobytes(), signs.values.tobytes(), signs.listened.tobytes(), *learnt(rates)):
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()


@cache
def program() -> str:
    """Of the code that estimates, to the letter, and of what it reckons with."""
    found = hashlib.sha256(np.__version__.encode())
    for name in PROGRAM:
        found.update(files(__package__).joinpath(name).read_bytes())
    return found.hexdigest()


def read(store: Store, tenant: str, site: str, days: Sequence[str]) -> Mapping[str, Known]:
    """What is kept of a site's days, by digest. What cannot be read is as good as none."""
    try:
        return _read(store, tuple(store.manifest.files(tenant, ESTIMATES, days)), site)
    except (StoreError, duckdb.Error) as exc:  # the latter: what is there is no Parquet, or has gone meanwhile
        log.warning("kept estimates of %s are made again: %s", site, exc)
        return {}


@lru_cache(maxsize=SITES_KEPT)
def _read(store: Store, kept: tuple[StoredFile, ...], site: str) -> Mapping[str, Known]:
    if not kept:
        return {}
    with desk(0) as connection:
        store.read(connection, kept).create_view("estimates")
        rows = connection.execute(ASKED_SQL, [site]).fetchall()
    return {made_of: _known(steps, spans, means) for made_of, steps, spans, means in rows}


def _known(steps: list[float], spans: list[int], means: list[float]) -> Known:
    of_steps = np.array(steps).reshape(3, -1)
    of_steps.setflags(write=False)  # many read it
    times = [(start, end) for start, end in np.array(spans, dtype=np.int64).reshape(-1, 2).tolist()]
    ends = [(low, middle, high) for low, middle, high in np.array(means).reshape(-1, 3).tolist()]
    return Known(of_steps, dict(zip(times, ends, strict=True)))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a day's file; see SCHEMA."""

    site: str
    start_ms: int
    end_ms: int
    made_of: str
    state: str
    steps: list[float] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)
    means: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, site: str, day: Day, made_of: str, spans: Sequence[tuple[int, int]], state: str) -> "Row":
        """A day with its means of these times; those that nobody listened to are left out."""
        means = [one for one in day.means(spans, STEP_MS) if one is not None]
        return cls(
            site,
            int(day.signs.start_ms[0]),
            int(day.signs.start_ms[-1]) + STEP_MS,
            made_of,
            state,
            day.steps().ravel().tolist(),
            [end for one in means for end in (one.start_ms, one.end_ms)],
            [end for one in means for end in (one.low, one.people, one.high)],
        )


def table(rows: Iterable[Row]) -> "pa.Table":
    """A day's file, by site."""
    return pa.Table.from_pylist([asdict(row) for row in sorted(rows, key=lambda row: row.site)], SCHEMA)


def rows(store: Store, kept: Sequence[StoredFile]) -> list[Row]:
    """What a day's files hold. What cannot be read is as good as none."""
    try:
        return [Row(**row) for file in kept for row in store.table(file).to_pylist()]
    except (OSError, pa.ArrowException, StoreError, TypeError) as exc:
        log.warning("kept estimates are made again: %s", exc)
        return []
