"""Standing in: where batches are shared by topic, the chief takes the part of a worker that does not come back.

Where they are shared by subscription the broker sees to that. What waits in the session of such a worker is let go:
no word of it has gone out, so its sensors send it again, to the chief now. Where worker and chief both take a batch,
the second finds its number in the manifest.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ..brokering import addresses, identities
from ..errors import BrokerError
from ..ingest.address import BrokerAddress
from ..ingest.crew import MISSING_S
from ..ingest.duty import NOBODY, PROCESSES_MAX, duty_of
from ..mosquitto.eviction import end_session
from ..options.settings import Settings

log = logging.getLogger(__name__)


class Stands(Protocol):
    """What takes the parts of others too."""

    def stand_in(self, others: frozenset[int]) -> None:
        """Take the parts of these, and of no others."""


class StandIn:
    """The chief's care for parts that nobody takes. `turn` is to be called every second or so."""

    def __init__(
        self,
        folder: Path,
        chosen: Settings,
        missing: Callable[[], frozenset[int]],
        ingest: Stands,
        end: Callable[[BrokerAddress], None] = end_session,
    ) -> None:
        """missing: numbers of workers that are away for good, as far as can be seen; end: ends a client's session."""
        self._folder = folder
        self._chosen = chosen
        self._missing = missing
        self._ingest = ingest
        self._end_session = end
        self._for = NOBODY
        self._former_ended = False

    def turn(self, _now_ms: int) -> None:
        """Look who is missing, and who is back."""
        if not self._former_ended:
            self._former_ended = True
            self._end_former()
        if not duty_of(self._chosen).by_topic:
            return
        missing = self._missing()
        if missing != self._for:
            self._ingest.stand_in(missing)
        for number in sorted(missing - self._for):
            log.error("worker %d has shown nothing for %g s: its sensors are taken here", number, MISSING_S)
            self._end(number)
        for number in sorted(self._for - missing):
            log.info("worker %d is back, and takes its sensors again", number)
        self._for = missing

    def _end_former(self) -> None:
        """Sessions of workers that there are no more: the broker would keep for them what nobody will fetch."""
        for number in range(self._chosen.workers + 1, PROCESSES_MAX):
            if self._chosen.broker_tls and identities.of_ingest(self._folder, number).certificate.exists():
                self._end(number)

    def _end(self, number: int) -> None:
        try:
            self._end_session(addresses.of_ingest(self._folder, self._chosen, number))
        except BrokerError as exc:
            log.error("what waits for worker %d stays with the broker: %s", number, exc)
