"""The desk of many sites: their hours together, and bit by bit what must be asked site by site.

A page waits BUDGET_S for the latter; what is not there by then is said to be on its way, and is made meanwhile.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from ... import calendar
from ...answers.question import PAGE, Audience
from ...counting import folding
from ...errors import BusyError
from ...folder import Collector
from ...overview import hours, single
from ...overview.hours import Heard
from ...overview.single import Single
from ...records.registry import Site, Tenant
from ...reporting.report import SIGNS_FRESH_MS
from ...stays import fold
from ...storage.store import VISITS, WINDOWS
from ..builder import Builder

BUDGET_S = 0.3  # of one view, beside the hours
FRESH_S = 30.0  # a time that goes on: older numbers are worked out anew, behind the page where one site takes long
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
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def get(self, key: Key, state: object, *, running: bool) -> tuple[object | None, bool]:
        """What is kept and may be shown, and whether it is still good; running: its files change all the time."""
        with self._lock:
            found = self._kept.get(key)
        if found is None:
            return None, False
        age_s = time.monotonic() - found.built_s
        if (found.state == state and age_s < KEPT_S) or (running and age_s < FRESH_S):
            return found.value, True
        return (found.value, False) if running and age_s < KEPT_S else (None, False)

    def put(self, key: Key, state: object, value: object) -> None:
        """Keep it."""
        with self._lock:
            self._kept[key] = _Kept(state, time.monotonic(), value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


class Together:
    """Many sites of one collector."""

    def __init__(self, collector: Collector, now_ms: Callable[[], int], builder: Builder) -> None:
        self._collector = collector
        self._now_ms = now_ms
        self._builder = builder
        self._hours, self._single = Kept(HOURS_KEPT), Kept(SINGLE_KEPT)
        self._states: dict[Key, tuple[object, object]] = {}
        self._folds: dict[str, tuple[object, float]] = {}

    def hours(
        self, tenant: Tenant, spans: Sequence[calendar.Span], audience: Audience = PAGE
    ) -> list[Mapping[str, list[Heard]]]:
        """The hours of all the tenant's sites in each time. Raises StoreError, and BusyError where that takes long."""
        sites = self._folded(tenant)
        found: list[Mapping[str, list[Heard]]] = []
        for span in spans:
            key = (tenant.name, span.start_ms, span.end_ms, audience.name)
            state = (sites, self._state(tenant, span))
            kept, good = self._hours.get(key, state, running=span.end_ms > self._now_ms())
            if not isinstance(kept, dict) or not good:
                make = partial(self._make_hours, key, state, tenant, sites, span, audience)
                kept = self._builder.get(("hours", *key), make)
            found.append(kept)
        return found

    def single(
        self, tenant: Tenant, wanted: Sequence[tuple[Site, calendar.Span]], *, whole: bool
    ) -> dict[tuple[str, int], Single]:
        """What is asked site by site, by site and begin: as far as it is there within BUDGET_S; the rest is on its way.

        whole: days, weeks and months that have ended.
        """
        give_up_s = time.monotonic() + BUDGET_S
        sites = self._folded(tenant)
        states = {span: self._state(tenant, span) for span in dict.fromkeys(span for _, span in wanted)}
        found: dict[tuple[str, int], Single] = {}
        coming: dict[tuple[str, int], Future[Single]] = {}
        for site, span in wanted:
            key = (tenant.name, site.name, span.start_ms, span.end_ms, whole)
            running = span.end_ms > self._now_ms()
            state, place = (site, states[span]), (site.name, span.start_ms)
            kept, good = self._single.get(key, state, running=running)
            if isinstance(kept, Single):
                found[place] = kept
            if good:
                continue
            make = partial(self._ask, key, state, tenant, site, sites, span, whole=whole and not running)
            with suppress(BusyError):  # then it is begun by the next look
                made = self._builder.begin(("single", *key), make)
                if place not in found:
                    coming[place] = made
        wait(coming.values(), max(0.0, give_up_s - time.monotonic()))
        return found | {place: one.result() for place, one in coming.items() if one.done()}

    def _ask(
        self,
        key: Key,
        state: object,
        tenant: Tenant,
        site: Site,
        sites: tuple[Site, ...],
        span: calendar.Span,
        *,
        whole: bool,
    ) -> Single:
        store, registry = self._collector.store, self._collector.registry
        found = single.asked(store, registry, tenant, site, sites, span, self._now_ms(), whole)
        self._single.put(key, state, found)
        return found

    def _make_hours(
        self, key: Key, state: object, tenant: Tenant, sites: Sequence[Site], span: calendar.Span, audience: Audience
    ) -> Mapping[str, list[Heard]]:
        found = hours.asked(self._collector.store, tenant, sites, span, audience)
        self._hours.put(key, state, found)
        return found

    def _folded(self, tenant: Tenant) -> tuple[Site, ...]:
        """The tenant's sites, after what has come was folded: again when files or sites have changed."""
        store, now_ms = self._collector.store, self._now_ms()
        sites = tuple(self._collector.registry.sites(tenant.name))
        stamp, done = store.manifest.stamp(tenant.name), self._folds.get(tenant.name)
        if done is None or done[0] != (stamp, sites) or time.monotonic() - done[1] > SIGNS_FRESH_MS / 1000:
            self._builder.get(("fold", tenant.name), partial(self._fold, tenant, sites, now_ms))
        return sites

    def _fold(self, tenant: Tenant, sites: tuple[Site, ...], now_ms: int) -> None:
        store = self._collector.store
        fold.refresh(store, tenant, sites, now_ms)
        folding.refresh(store, tenant, now_ms, SIGNS_FRESH_MS)
        # Noted by who made it: who asked may have gone by then, and the next one would have all of it made anew.
        self._folds[tenant.name] = ((store.manifest.stamp(tenant.name), sites), time.monotonic())

    def _state(self, tenant: Tenant, span: calendar.Span) -> object:
        """Which files a time rests on: looked up again when any of the tenant's has changed."""
        manifest = self._collector.store.manifest
        key, stamp = (tenant, span.start_ms, span.end_ms), manifest.stamp(tenant.name)
        known = self._states.get(key)
        if known is not None and known[0] == stamp:
            return known[1]
        days = [day.name for day in calendar.days(span, tenant.time_zone, tenant.epoch_turn_h)]
        state = tuple(file.id for kind in (WINDOWS, VISITS) for file in manifest.files(tenant.name, kind, days))
        if len(self._states) >= HOURS_KEPT:
            self._states = {}
        self._states[key] = (stamp, state)
        return state
