"""The desk: builds reports one at a time, however many ask, and hands out the last one while it is fresh.

Fresh is what is younger than KEPT_S, and what nothing has come for since. A report that is dear to build (many days of
a large chain) is handed out for a while longer while it is built anew behind the page: who looks does not wait for it.
That holds for new data alone: where people have changed what a report rests on, the old one is not shown again.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from ..errors import BusyError, CollectorError
from ..folder import Collector
from ..records.audit import SIGN_IN, SIGN_OUT, Audit
from ..reporting import report
from ..reporting.report import Report
from . import shelved
from .builder import Builder, Rank
from .shelved import Shelved
from .site import ranges

KEPT_S = 2.0  # a page that is refreshed every 5 s never shows numbers much older than that
SURE_S = 600.0  # after which it is built anew though nothing is known to have come
DEAR_ROWS = 5_000_000  # a tenant of whom more is stored has dear reports: half a second and more of processor time
OLD_S = 60.0  # they are handed out this long while it is built anew; a sensor's windows are 30 s long
DAY_S = 86_400.0  # or this long by a page that says so and looks again, as long as the business day is the same
KEPT = 128  # reports; one of a month is some 500 kB
RECENT_S = 10.0

Key = tuple[str, str]  # tenant, site


@dataclass(frozen=True, slots=True)
class _Kept:
    """A report. rules, state: of everything that it rests on, without and with data, None: data came meanwhile;
    asked_s: when that was last seen to hold, monotonic; day: the business day on which it was built.
    """

    report: Report
    rules: object
    state: object
    day: date
    built_s: float
    dear: bool
    asked_s: float


class Desk:
    """Reports of one collector. Errors are those of report.build, and BusyError where one takes long."""

    def __init__(self, collector: Collector, now_ms: Callable[[], int], builder: Builder | None = None) -> None:
        self._collector = collector
        self._now_ms = now_ms
        self.builder = builder or Builder("desk")
        self._keeping = threading.Lock()
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._looked_s: dict[Key, float] = {}
        self._tenants: dict[str, tuple[float, object]] = {}
        self._shelf = dict(shelved.take(collector.folder))  # from before the start; each is looked at once

    def report(self, tenant: str, site: str, old_s: float | None = None) -> Report:
        """The report of all that was heard at a site, as fresh as the desk keeps it.

        old_s: of a dear one, how old it may be while another is built, None: OLD_S; see `renews`.
        """
        key = (tenant, site)
        self._looked_s[key] = time.monotonic()
        kept = self._find(key)
        if kept is not None and self._fresh(key, kept):
            return kept.report
        if kept is not None and self._will_do(key, kept, OLD_S if old_s is None else old_s):
            with suppress(BusyError):  # then it is built anew when somebody asks next
                self.builder.begin(("everything", *key), lambda: self._build(key))
            return kept.report
        built = self.builder.get(("everything", *key), lambda: self._build(key))
        if built.rules != self._rules(key):  # it was begun before somebody changed what it rests on
            built = self.builder.get(("everything", *key), lambda: self._build(key))
        return built.report

    def ahead(self, key: Key) -> "Future[object]":
        """Have a site's report built before anybody asks for it. Raises BusyError."""
        return self.builder.begin(("everything", *key), lambda: self._build(key), Rank.AHEAD)

    def looked_s(self) -> dict[Key, float]:
        """When each site was last looked at, monotonic."""
        return dict(self._looked_s)

    def renews(self, tenant: str, site: str) -> bool:
        """Whether another report of a site is being built, and the last is older than a page may show in silence."""
        key = (tenant, site)
        kept = self._find(key)
        return kept is not None and time.monotonic() - kept.built_s > OLD_S and self.builder.has(("everything", *key))

    def close(self) -> None:
        """Build no more reports, and shelve those that there are."""
        self.builder.close()
        self._shelve()

    def _shelve(self) -> None:
        """Write the reports that are dear to build where the next start finds them."""
        now_s, now_ms = time.monotonic(), self._now_ms()
        with self._keeping:
            dear = [(key[0], kept) for key, kept in self._kept.items() if kept.dear]
        if dear:
            lying = [
                Shelved.of(tenant, kept.report, kept.rules, kept.day, now_ms - int(1000 * (now_s - kept.built_s)))
                for tenant, kept in dear
            ]
            shelved.put(self._collector.folder, lying)

    def _find(self, key: Key) -> _Kept | None:
        with self._keeping:
            line = self._shelf.pop(key, None)
        found = self._unshelved(key, line) if line is not None else None
        with self._keeping:
            if found is not None:
                self._kept.setdefault(key, found)
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _unshelved(self, key: Key, line: str) -> _Kept | None:
        """A report from before the start, as one for which data has come since; None where its rules have changed."""
        one, rules = shelved.read(line), self._rules(key)
        age_s = (self._now_ms() - one.built_ms) / 1000 if one is not None else 0.0
        if one is None or age_s < 0 or one.rules != shelved.digest(rules) or one.day != self._today(key):
            return None
        with suppress(KeyError):
            built_s = time.monotonic() - age_s
            return _Kept(one.report(), rules, None, one.day, built_s, dear=True, asked_s=float("-inf"))
        return None

    def _keep(self, key: Key, kept: _Kept) -> None:
        with self._keeping:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def _fresh(self, key: Key, kept: _Kept) -> bool:
        now_s = time.monotonic()
        if now_s - kept.asked_s < KEPT_S:
            return True
        if now_s - kept.built_s > SURE_S or self._state(key, self._lately(key[0])) != kept.state:
            return False
        self._keep(key, replace(kept, asked_s=now_s))
        return True

    def _build(self, key: Key) -> _Kept:
        kept = self._find(key)
        if kept is not None and self._fresh(key, kept):
            return kept  # it was built between the look and the turn
        store, registry = self._collector.store, self._collector.registry
        try:
            day, rules, before = self._today(key), self._rules(key), self._state(key)
            built = report.build(store, registry, *key, None, self._now_ms())
        except CollectorError:
            with self._keeping:
                self._kept.pop(key, None)
            raise
        # What came or was folded meanwhile may or may not be in it: then nothing is known to hold.
        state = before if self._state(key) == before else None
        now_s = time.monotonic()
        kept = _Kept(built, rules, state, day, now_s, store.manifest.rows(key[0]) > DEAR_ROWS, now_s)
        self._keep(key, kept)
        return kept

    def _will_do(self, key: Key, kept: _Kept, old_s: float) -> bool:
        """Whether a report that is no longer fresh may be shown while another is built: only data has come since."""
        if not kept.dear or time.monotonic() - kept.built_s >= old_s:
            return False
        return kept.day == self._today(key) and kept.rules == self._rules(key)

    def _today(self, key: Key) -> date:
        return ranges.today(self._collector.registry.tenant(key[0]), self._now_ms())

    def _rules(self, key: Key) -> object:
        """Of all that people change: sites, zones, counts, sales are in the audit log."""
        return self._rules_of(key[0]), self._rules_here(key)

    def _state(self, key: Key, now: object = None) -> object:
        """And of files and flags. now: what is known of the tenant as a whole, see `_of_tenant`."""
        return now or self._of_tenant(key[0]), self._rules_here(key)

    def _rules_of(self, tenant: str) -> object:
        registry = self._collector.registry
        newest = Audit(registry.engine).newest(besides=(SIGN_IN, SIGN_OUT))
        return registry.tenant(tenant), registry.sites(tenant), newest

    def _rules_here(self, key: Key) -> object:
        return self._collector.registry.sensors(key), self._collector.store.zones.of(*key)

    def _of_tenant(self, tenant: str) -> object:
        store = self._collector.store
        return self._rules_of(tenant), store.manifest.stamp(tenant), store.flags.stamp(tenant)

    def _lately(self, tenant: str) -> object:
        """What was known of a tenant a moment ago: viewers of many sites ask for it once, not each."""
        now_s = time.monotonic()
        seen_s, known = self._tenants.get(tenant, (float("-inf"), None))
        if now_s - seen_s >= KEPT_S / 4:
            known = self._of_tenant(tenant)
            self._tenants[tenant] = (now_s, known)
        return known


class Pulse:
    """Whether messages are coming in, told from a counter that is looked at now and then."""

    def __init__(self) -> None:
        self._count = 0
        self._grew_s = float("-inf")

    def beats(self, count: int, now_s: float) -> bool:
        """Whether the counter has grown within the last RECENT_S; after a long time unseen, growth counts as recent."""
        if count != self._count:
            self._count, self._grew_s = count, now_s
        return now_s - self._grew_s < RECENT_S
