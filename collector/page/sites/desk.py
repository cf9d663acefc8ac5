"""The desk of many sites: their hours together, and bit by bit what must be asked site by site.

A page waits BUDGET_S for the latter; what is not there by then is said to be on its way, and the next look goes on.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ... import calendar
from ...answers.question import PAGE, Audience
from ...counting import folding
from ...folder import Collector
from ...overview import hours, single
from ...overview.hours import Heard
from ...overview.single import Single
from ...records.registry import Site, Tenant
from ...reporting.report import SIGNS_FRESH_MS
from ...stays import fold
from ...storage.store import VISITS, WINDOWS

BUDGET_S = 1.0  # of one view, beside the hours
FRESH_S = 30.0  # a time that goes on: so old may its numbers be
KEPT_S = 600.0  # as site/desk.py: by then also what is not looked at is in it
HOURS_KEPT, SINGLE_KEPT = 64, 2048
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    state: object
    built_s: float
    value: object


class Kept:
    """Answers by key, each for as long as its state stays, and no longer than it may be old."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def get(self, key: Key, state: object, *, running: bool) -> object | None:
        """What is kept and still good; running: its files change all the time."""
        found = self._kept.get(key)
        if found is None:
            return None
        age_s = time.monotonic() - found.built_s
        good = age_s < FRESH_S if running else found.state == state and age_s < KEPT_S
        return found.value if good else None

    def put(self, key: Key, state: object, value: object) -> None:
        """Keep it."""
        self._kept[key] = _Kept(state, time.monotonic(), value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


class Together:
    """Many sites of one collector."""

    def __init__(self, collector: Collector, now_ms: Callable[[], int]) -> None:
        self._collector = collector
        self._now_ms = now_ms
        self._asking = threading.Lock()
        self._hours, self._single = Kept(HOURS_KEPT), Kept(SINGLE_KEPT)

    def hours(
        self, tenant: Tenant, spans: Sequence[calendar.Span], audience: Audience = PAGE
    ) -> list[Mapping[str, list[Heard]]]:
        """The hours of all the tenant's sites in each time. Raises StoreError."""
        with self._asking:
            sites, store = self._folded(tenant), self._collector.store
            found: list[Mapping[str, list[Heard]]] = []
            for span in spans:
                key = (tenant.name, span.start_ms, span.end_ms, audience.name)
                state = (sites, self._state(tenant, span))
                kept = self._hours.get(key, state, running=span.end_ms > self._now_ms())
                if not isinstance(kept, dict):
                    kept = hours.asked(store, tenant, sites, span, audience)
                    self._hours.put(key, state, kept)
                found.append(kept)
            return found

    def single(
        self, tenant: Tenant, wanted: Sequence[tuple[Site, calendar.Span]], *, whole: bool
    ) -> dict[tuple[str, int], Single]:
        """What is asked site by site, by site and begin; in the order wanted, as far as the budget reaches.

        whole: days, weeks and months that have ended.
        """
        give_up_s = time.monotonic() + BUDGET_S
        found: dict[tuple[str, int], Single] = {}
        with self._asking:
            sites = self._folded(tenant)
            states = {span: self._state(tenant, span) for _, span in wanted}
            for site, span in wanted:
                key = (tenant.name, site.name, span.start_ms, span.end_ms, whole)
                running = span.end_ms > self._now_ms()
                kept = self._single.get(key, (site, states[span]), running=running)
                if not isinstance(kept, Single):
                    if time.monotonic() > give_up_s:
                        continue
                    store, registry = self._collector.store, self._collector.registry
                    asked_whole = whole and not running
                    kept = single.asked(store, registry, tenant, site, sites, span, self._now_ms(), asked_whole)
                    self._single.put(key, (site, states[span]), kept)
                found[site.name, span.start_ms] = kept
        return found

    def _folded(self, tenant: Tenant) -> tuple[Site, ...]:
        """The tenant's sites, after what has come was folded."""
        store, now_ms = self._collector.store, self._now_ms()
        sites = tuple(self._collector.registry.sites(tenant.name))
        fold.refresh(store, tenant, sites, now_ms)
        folding.refresh(store, tenant, now_ms, SIGNS_FRESH_MS)
        return sites

    def _state(self, tenant: Tenant, span: calendar.Span) -> object:
        days = [day.name for day in calendar.days(span, tenant.time_zone, tenant.epoch_turn_h)]
        manifest = self._collector.store.manifest
        return tuple(file.id for kind in (WINDOWS, VISITS) for file in manifest.files(tenant.name, kind, days))
