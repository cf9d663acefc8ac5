"""The keeper of keys: destroys epoch keys that are over, lets the collector's next key take over, and tells sensors."""

import logging
import time
from dataclasses import dataclass

from ..downlink import numbering
from ..errors import StoreError
from ..folder import Collector
from ..ingest.intake import Intake
from ..ingest.mqtt import Ingest

log = logging.getLogger(__name__)

NUMBER_S = 20.0  # how often the downlink's number is kept; sensors let numbers lag by a minute


@dataclass(slots=True)
class KeyKeeper:
    """What a collector process does about keys, once a second each."""

    collector: Collector
    intake: Intake
    ingest: Ingest
    _told: int = 0  # version of the list of keys that every connected sensor was told
    _numbered_s: float = 0.0

    def turn(self, now_ms: int) -> None:
        """Destroy what is over, and let the collector's next key take over where its time has come."""
        for name in self.collector.epochs.destroy_ended(now_ms):
            log.info("epoch key %s destroyed", name)
        if self.collector.store.blinding is not None:
            for name in self.collector.store.blinding.destroy_ended(now_ms):
                log.info("blinding key %s destroyed", name)
        retired = self.collector.identity.tend(now_ms)
        if retired:
            log.info("collector key %s retired", retired)
        self.intake.use(self.collector.identity.secret())

    def tell(self, now_ms: int) -> None:
        """Tell sensors of a new list of keys, and keep the number of what they were told."""
        self._tell(now_ms)
        if time.monotonic() - self._numbered_s >= NUMBER_S:
            self._numbered_s = time.monotonic()
            self.keep_number()

    def keep_number(self) -> None:
        """Keep the downlink's number for the next start; on a full disk the next start must do without."""
        try:
            self.intake.downlink.reach(numbering.load(self.collector.folder))  # a worker's may be ahead
            numbering.keep(self.collector.folder, self.intake.downlink.number)
        except StoreError as exc:
            log.error("the number of the downlink is not kept: %s; tried again", exc)

    def _tell(self, now_ms: int) -> None:
        listed = self.collector.identity.trust(now_ms)
        if listed is None or listed.version == self._told:
            return
        for sensor in self.collector.registry.sensors():
            if sensor.approved:
                self.ingest.say(self.intake.downlink.trust(sensor, listed))
        self._told = listed.version
