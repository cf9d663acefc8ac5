"""Ahead: while nobody waits, the reports are built that somebody will ask for, so that a first view finds its own.

After a start, and when a business day has turned, every site's report of everything is built once, those first that
were looked at last; briskly while somebody looks at pages, else in passing. What comes after that is built in when
somebody looks: the page shows the report that it has, and looks again when there is a newer one.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError

from ..errors import BusyError, CollectorError
from ..folder import Collector
from . import desk as desks
from .desk import Desk, Key
from .site import ranges

log = logging.getLogger(__name__)

LOOK_S = 5.0
BACKLOG = 200  # messages that wait for a commit: more than a second of 2,500 sensors
SITES_MAX = desks.KEPT * 3 // 4  # what people ask for besides is kept too
WATCHED_S = 600.0  # since somebody last looked: who has closed a page may open another
REST = 0.5  # of the time that a report took, while somebody looks: no more than two thirds of a processor
REST_UNWATCHED = 19.0  # and while nobody does: a twentieth, since each report folds what has just come beside ingest
BUILT = "the reports of %d sites are ready, after %.0f s"


class Ahead:
    """Builds ahead for one desk, in a thread of its own. busy: whether the collector has more urgent things to do."""

    def __init__(
        self, collector: Collector, desk: Desk, now_ms: Callable[[], int], busy: Callable[[], bool] = lambda: False
    ) -> None:
        self._collector = collector
        self._desk = desk
        self._now_ms = now_ms
        self._busy = busy
        self._tried: dict[Key, object] = {}  # the business day on which a site's report was built, or could not be
        self._stopping = threading.Event()
        self._since_s = time.monotonic()
        self._asked_s = float("-inf")  # when somebody was last seen to wait for any page
        self.done = threading.Event()  # nothing was left to be built at the last look

    def run(self) -> None:
        """Look every LOOK_S what is to be built, until `close`."""
        while not self._stopping.is_set():
            try:
                built = self.look()
            except CollectorError as exc:  # the registry or the store does not answer; whoever looks is told
                log.warning("nothing is built ahead: %s; tried again in %g s", exc, LOOK_S)
                built = False
            if not built:
                self._stopping.wait(LOOK_S)

    def close(self) -> None:
        """Build no more."""
        self._stopping.set()

    def look(self) -> bool:
        """Build the first report that is wanted; False where there is none, or no time."""
        if self._desk.builder.asked:
            self._asked_s = time.monotonic()
            return False
        if self._busy():
            return False
        wanted = self._next()
        if wanted is None:
            if not self.done.is_set():
                log.info(BUILT, len(self._tried), time.monotonic() - self._since_s)
            self.done.set()
            return False
        key, day = wanted
        if self.done.is_set():
            self._since_s = time.monotonic()
        self.done.clear()
        begun_s = time.monotonic()
        self._tried[key] = day
        try:
            self._desk.ahead(key).result()
        except (BusyError, CancelledError):
            self._tried.pop(key, None)
        except CollectorError:
            pass  # nothing was heard there; who looks is told so
        self._rest(time.monotonic() - begun_s)
        return True

    @property
    def watched(self) -> bool:
        """Whether somebody has looked at a page of numbers lately."""
        looked_s = max([self._asked_s, *self._desk.looked_s().values()])
        return time.monotonic() - looked_s < WATCHED_S

    def _rest(self, took_s: float) -> None:
        """Leave the processor to others, for as long as it is right by who looks now, not by who looked before."""
        begun_s = time.monotonic()
        while not self._stopping.is_set():
            left_s = took_s * (REST if self.watched else REST_UNWATCHED) - (time.monotonic() - begun_s)
            if left_s <= 0:
                return
            self._stopping.wait(min(left_s, LOOK_S))

    def _next(self) -> tuple[Key, object] | None:
        registry, looked_s = self._collector.registry, self._desk.looked_s()
        places = {
            (tenant.name, site.name): ranges.today(tenant, self._now_ms())
            for tenant in registry.tenants()
            for site in registry.sites(tenant.name)
        }
        ordered = sorted(places, key=lambda key: (-looked_s.get(key, float("-inf")), key))[:SITES_MAX]
        for key in ordered:
            if self._tried.get(key) != places[key]:
                return key, places[key]
        return None
