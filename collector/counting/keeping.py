"""Keeping estimates: what kept.py reads is made here beside everything else, a few estimates at a time.

A site's row of a day is looked at again where anything has changed that an estimate could follow from: more windows or
signs of the day, or signs of the days before; counts; rules of sites; the program. With the same digest it stays, else
it is made again.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from .. import calendar
from ..records.registry import Site, Tenant
from ..storage.manifest import StoredFile
from ..storage.store import ESTIMATES, SIGNS, WINDOWS, Store
from . import estimating, kept, levelling, people, rates
from .calibrations import Calibration, Calibrations
from .kept import Row
from .rates import Rates

LOOKS_A_TURN = 32  # at a site's day: two seconds of a processor where all must be made
OVER_MS = 3_600_000  # a day is over so long after its end: what sensors had in their spools has mostly come by then


@dataclass(slots=True)
class Keeping:
    """Makes what is kept. It remembers what it has looked through, so that this costs nothing while nothing changes."""

    store: Store
    calibrations: Calibrations
    _done: dict[tuple[str, str], str] = field(default_factory=dict)  # tenant, day -> state

    def turn(self, tenant: Tenant, sites: Sequence[Site], now_ms: int) -> int:
        """A part of what is to be made of a tenant, newest days first. Returns how many days of sites were looked at.

        Raises StoreError.
        """
        counts = self.calibrations.stamps(tenant.name)
        rules = {site: repr((site, counts.get(site.name))) for site in sites}
        looked = 0
        for day, heard in self._days(tenant, now_ms):
            if looked >= LOOKS_A_TURN:
                break
            whole = _digest(heard, *rules.values())
            if self._done.get((tenant.name, day.name)) == whole:
                continue
            states = {site: _digest(heard, said) for site, said in rules.items()}
            owed, some = self._keep(tenant, day, states, LOOKS_A_TURN - looked, now_ms)
            looked += some
            if not owed:
                self._done[tenant.name, day.name] = whole
        return looked

    def _days(self, tenant: Tenant, now_ms: int) -> Iterator[tuple[calendar.Span, str]]:
        """Days that are over, newest first, each with what says whether anything was heard that estimates rest on."""
        files = {kind: _by_day(self.store.manifest.files(tenant.name, kind)) for kind in (WINDOWS, SIGNS)}
        signs = {day: [(one.rows, one.covers_id) for one in some] for day, some in files[SIGNS].items()}
        for name in sorted(signs, reverse=True):
            day = calendar.day_named(name, tenant.time_zone, tenant.epoch_turn_h)
            if day.end_ms + OVER_MS <= now_ms:
                windows = sum(one.rows for one in files[WINDOWS].get(name, ()))
                shown = [signs.get(one) for one in (*levelling.days_before(name), name)]
                yield day, repr((kept.program(), tenant, windows, shown))

    def _keep(
        self, tenant: Tenant, day: calendar.Span, states: Mapping[Site, str], most: int, now_ms: int
    ) -> tuple[int, int]:
        """Bring a day's file to these states, or nearer to them. Returns how many sites are still owed, and how many
        were looked at.
        """
        before = self.store.manifest.files(tenant.name, ESTIMATES, [day.name])
        rows = {row.site: row for row in kept.rows(self.store, before)}
        owed = [site for site, state in states.items() if site.name not in rows or rows[site.name].state != state]
        looked = {site.name: self._row(tenant, site, day, rows.get(site.name), states[site]) for site in owed[:most]}
        here = {site.name for site in states}
        if looked or rows.keys() - here:
            told = kept.table(row for name, row in (rows | looked).items() if name in here)
            new = self.store.write(ESTIMATES, tenant.name, "", day.name, told)
            if not self.store.swap(before, [new], None, now_ms):
                return len(owed), len(looked)  # another process was first: looked at again
        return len(owed) - len(looked), len(looked)

    def _row(self, tenant: Tenant, site: Site, day: calendar.Span, known: Row | None, state: str) -> Row:
        """A site's row of a day: the one that is known, where it still holds."""
        fitted = _fitted(site, tuple(self.calibrations.of(site, estimating.level_dbm(site))))
        for one, learnt in estimating.rated(self.store, tenant, site, [day], fitted):
            made_of = kept.digest(one, learnt)
            if known is not None and known.made_of == made_of:
                return replace(known, state=state)
            whole, hours = estimating.times_of(site, one)
            spans = [(time.start_ms, time.end_ms) for time in (whole, *hours)]
            return Row.of(site.name, people.estimate(one, learnt), made_of, spans, state)
        return Row(site.name, day.start_ms, day.start_ms, "", state)


@lru_cache(maxsize=256)
def _fitted(site: Site, counts: tuple[Calibration, ...]) -> Rates:
    return rates.calibrate([one.counted(site) for one in counts])


def _digest(*said: str) -> str:
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


def _by_day(files: Sequence[StoredFile]) -> dict[str, list[StoredFile]]:
    found: dict[str, list[StoredFile]] = {}
    for file in files:
        found.setdefault(file.day, []).append(file)
    return found
