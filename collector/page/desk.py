"""The desk: builds reports one at a time, however many ask, and hands out the last one while it is fresh."""

import threading
import time
from collections.abc import Callable

from .. import report
from ..folder import Collector
from ..report import Report

KEPT_S = 2.0  # a page that is refreshed every 5 s never shows numbers much older than that
RECENT_S = 10.0


class Desk:
    """Reports of one collector. Errors are those of report.build."""

    def __init__(self, collector: Collector, now_ms: Callable[[], int]) -> None:
        self._collector = collector
        self._now_ms = now_ms
        self._building = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[float, Report]] = {}

    def report(self, tenant: str, site: str) -> Report:
        """The report of all that was heard at a site, at most KEPT_S old."""
        with self._building:
            now_s = time.monotonic()
            self._kept = {asked: kept for asked, kept in self._kept.items() if now_s - kept[0] < KEPT_S}
            if (tenant, site) not in self._kept:
                store, registry = self._collector.store, self._collector.registry
                built = report.build(store, registry, tenant, site, None, self._now_ms())
                self._kept[tenant, site] = time.monotonic(), built
            return self._kept[tenant, site][1]


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
