"""The desk of ended times: the report of a day, week or month is built once, and again only when its files change.

It changes when a batch comes late, when a day is folded, or when somebody changes what counts as a visit: whether
one of these has happened is known in some milliseconds.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ... import calendar
from ...answers.question import PAGE, Audience
from ...errors import QueryError
from ...folder import Collector
from ...records.registry import Site
from ...reporting import report
from ...reporting.report import Report
from ...storage.store import VISITS, WINDOWS
from ..builder import Builder
from ..given import Unfit

KEPT = 256  # reports; one of a day is some 100 kB
KEPT_S = 600.0  # what is not looked at when deciding whether a report is fresh (door counts, sales) is in it by then
Key = tuple[str, str, int, int, str]  # tenant, site, begin, end, audience


@dataclass(frozen=True, slots=True)
class _Kept:
    state: object
    built_s: float
    report: Report | QueryError  # why there is none


class Ended:
    """Reports of times that have ended."""

    def __init__(self, collector: Collector, now_ms: Callable[[], int], builder: Builder | None = None) -> None:
        self._collector = collector
        self._now_ms = now_ms
        self._builder = builder or Builder("ended")
        self._keeping = threading.Lock()
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def report(self, site: Site, span: calendar.Span, audience: Audience = PAGE) -> Report:
        """The report of a site and a time, which must have ended. Raises QueryError, as report.build does, and where it
        has not: such a time changes with every question, and two answers to it would tell who came in between.
        Raises BusyError where it takes long."""
        if span.end_ms > self._now_ms():
            raise Unfit("that time has not ended yet; its numbers come when it has")
        key = (site.tenant, site.name, span.start_ms, span.end_ms, audience.name)
        kept = self._fresh(key, site, span)  # who finds one waits for nobody who builds another
        if kept is None:
            kept = self._builder.get(("ended", *key), lambda: self._build(key, site, span, audience))
        if isinstance(kept.report, QueryError):
            raise QueryError(str(kept.report))
        return kept.report

    def _fresh(self, key: Key, site: Site, span: calendar.Span) -> _Kept | None:
        """What is kept, if nothing that it rests on has changed."""
        with self._keeping:
            kept = self._kept.get(key)
        if kept is None or time.monotonic() - kept.built_s > KEPT_S or kept.state != self._state(site, span):
            return None
        return kept

    def close(self) -> None:
        """Build no more reports."""
        self._builder.close()

    def _build(self, key: Key, site: Site, span: calendar.Span, audience: Audience) -> _Kept:
        if kept := self._fresh(key, site, span):
            return kept  # it was built between the look and the turn
        store, registry, now_s = self._collector.store, self._collector.registry, time.monotonic()
        built: Report | QueryError
        try:
            built = report.build(store, registry, site.tenant, site.name, span, self._now_ms(), audience=audience)
        except QueryError as exc:
            built = exc
        # Its own folding may have changed the files: they are looked at afterwards.
        kept = _Kept(self._state(site, span), now_s, built)
        with self._keeping:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return kept

    def _state(self, site: Site, span: calendar.Span) -> object:
        tenant = self._collector.registry.tenant(site.tenant)
        days = [day.name for day in calendar.days(span, tenant.time_zone, tenant.epoch_turn_h)]
        manifest = self._collector.store.manifest
        files = tuple(file.id for kind in (WINDOWS, VISITS) for file in manifest.files(site.tenant, kind, days))
        return site, tenant, self._collector.store.zones.of(site.tenant, site.name), files
