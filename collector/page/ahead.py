"""Ahead: while nobody waits, the reports are built that somebody will ask for, so that a first view finds its own.

After a start, and when a business day has turned, every site's report of everything is built once, those first that
were looked at last. What comes after that is built in when somebody looks: the page shows the report that it has, and
looks again when there is a newer one.
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
REST = 0.5  # of the time that a report took: building ahead takes no more than two thirds of a processor
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
        self.done = threading.Event()  # nothing was left to be built at the last look

    def run(self) -> None:
        """Look every LOOK_S what is to be built, until `close`."""
        while not self._stopping.is_set():
            try:
                built = self.look()
            except CollectorError as exc:  # the registry or the store does not answer; whoever looks is told
                log.warning("nothing is built ahead: %s", exc)
                built = False
            if not built:
                self._stopping.wait(LOOK_S)

    def close(self) -> None:
        """Build no more."""
        self._stopping.set()

    def look(self) -> bool:
        """Build the first report that is wanted; False where there is none, or no time."""
        if self._busy() or self._desk.builder.asked:
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
        self._stopping.wait(REST * (time.monotonic() - begun_s))
        return True

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
