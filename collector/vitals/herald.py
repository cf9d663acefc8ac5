"""What hinders the collector stands in its log once when it begins, and once when it is over. Who only reads the log
would else not learn that intake has stopped.
"""

import logging
import re
from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

EVERY_S = 30.0
_NUMBER = re.compile(r"\d+")


class Herald:
    """Compares the reasons of not being ready with those of the last look."""

    def __init__(self, reasons: Callable[[], Sequence[str]]) -> None:
        self._reasons = reasons
        self._said: dict[str, str] = {}

    def look(self, _now_ms: int) -> None:
        """Say what is new and what is over; a reason whose numbers alone have changed is the same."""
        found = {_NUMBER.sub("", one): one for one in self._reasons()}
        for kind in found.keys() - self._said.keys():
            log.warning("not ready: %s", found[kind])
        for kind in self._said.keys() - found.keys():
            log.info("over: %s", self._said[kind])
        self._said = found
