"""The hand-out: what a sensor's birth is answered with. Nothing for a sensor that is not approved this very moment."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy.exc import OperationalError

from footfall_sensor.wire.messages import Birth

from ..errors import StoreError
from ..keys.epochs import EpochKeys
from ..keys.identity import Identity
from ..records.registry import Registry, Sensor, Tenant
from .places import Places
from .sealing import Downlink, Outgoing

WITHHELD = ("not_approved", "unsealed", "another_time")


class Handout:
    """Answers births. `refused` counts the asks that were not answered, by reason."""

    def __init__(
        self, registry: Registry, epochs: EpochKeys, identity: Identity, downlink: Downlink, places: Places
    ) -> None:
        self.refused: Counter[str] = Counter()
        self._registry = registry
        self._epochs = epochs
        self._identity = identity
        self._downlink = downlink
        self._places = places

    def answer(self, sensor: Sensor, birth: Birth, tenants: Mapping[str, Tenant], now_ms: int) -> list[Outgoing]:
        """What to say to a sensor that has just been born. Raises Malformed: its ephemeral key is none; StoreError."""
        try:
            told = self._tell(sensor, birth, now_ms)
            return told + self._key(sensor, birth, tenants, now_ms) if birth.wants_key else told
        except OperationalError as exc:
            raise StoreError(f"the registry cannot be written: {exc.orig}. Free some space or check the disk") from exc

    def _tell(self, sensor: Sensor, birth: Birth, now_ms: int) -> list[Outgoing]:
        """The list of the collector's keys, where the sensor has an older one."""
        self._identity.noted(sensor.id, birth.trust, now_ms)
        listed = self._identity.trust(now_ms)
        return [] if listed is None or birth.trust >= listed.version else [self._downlink.trust(sensor, listed)]

    def _key(self, sensor: Sensor, birth: Birth, tenants: Mapping[str, Tenant], now_ms: int) -> list[Outgoing]:
        if not self._registry.approved(sensor.id):  # the door learns of a change within seconds: that is too late here
            self.refused["not_approved"] += 1
        elif not birth.seal:
            self.refused["unsealed"] += 1  # an older unit: a key never goes out in clear
        else:
            key = self._epochs.for_time(tenants[sensor.tenant], birth.time_ms, now_ms)
            if key is None:
                self.refused["another_time"] += 1
            return self._places.answer(sensor, birth, key, self._downlink, now_ms)
        return []
