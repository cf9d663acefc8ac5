"""Rates: how much each sensor, and each site, may send. Buckets that refill with time; pure, and bounded by the fleet.

Only messages that are certainly a sensor's own are charged to it: a forger cannot use up what another may send.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Self

from footfall_sensor.wire.envelope import ENVELOPE_BYTES_MAX

from ..records.registry import Sensor


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sensor may send (design section 5). None = no limit, for replays of captures."""

    rate_per_s: float | None = 2.0  # batches; and as much again for all that is no batch. None: no rate holds at all
    burst: int = 20
    bytes_per_min: int = 3 << 19  # 1.5 MiB: full batches at the full rate. Less would draw out the end of an outage
    site_sensors: int = 10  # the sensors of a site share the rate of so many, or of half of them where they are more
    sightings_per_day: int = 4_000_000  # see docs/decisions/026
    late_ms: int | None = 72 * 3600 * 1000
    ahead_ms: int | None = 120 * 1000

    @classmethod
    def at(cls, rate_per_s: float) -> Self:
        """The usual limits with another rate, and the burst and bytes that go with it."""
        usual = cls()
        assert usual.rate_per_s is not None
        times = rate_per_s / usual.rate_per_s
        burst, size = max(1, round(usual.burst * times)), max(ENVELOPE_BYTES_MAX, round(usual.bytes_per_min * times))
        return cls(rate_per_s=rate_per_s, burst=burst, bytes_per_min=size)


@dataclass(slots=True)
class Bucket:
    """Holds `size` at most, and refills by `per_s`."""

    size: float
    per_s: float
    level: float
    filled_ms: int

    def holds(self, amount: float, now_ms: int) -> bool:
        """Whether so much can be taken out. A clock that was set back refills nothing."""
        if now_ms != self.filled_ms:  # the messages of a handful all come at one time
            self.level = min(self.size, self.level + max(0, now_ms - self.filled_ms) / 1000 * self.per_s)
            self.filled_ms = now_ms
        return self.level >= amount

    def take(self, now_ms: int) -> bool:
        """Take one out, if there is one."""
        if not self.holds(1, now_ms):
            return False
        self.level -= 1
        return True


FORGED_PER_S, FORGED_BURST = 20.0, 200  # bad signatures under one name that are found out; each costs a tenth of a ms


@dataclass(slots=True)
class _Sender:
    batches: Bucket
    signals: Bucket  # whatever is no batch: so that an outage's backlog does not silence a sensor's health
    size: Bucket
    forged: Bucket  # of what comes under its name; beyond it nothing under that name is looked at for a while

    def of(self, *, is_batch: bool) -> Bucket:
        return self.batches if is_batch else self.signals


Place = tuple[str, str]  # tenant, site


@dataclass(slots=True)
class Rates:
    """The buckets of the registered sensors and their sites."""

    limits: Limits
    _senders: dict[int, _Sender] = field(default_factory=dict)
    _sites: dict[Place, Bucket] = field(default_factory=dict)
    _sensors_at: dict[Place, int] = field(default_factory=dict)

    def keep(self, sensors: Collection[Sensor]) -> None:
        """Forget whoever is not among these."""
        ids = {sensor.id for sensor in sensors}
        self._senders = {key: sender for key, sender in self._senders.items() if key in ids}
        self._sensors_at = {}
        for sensor in sensors:
            place = (sensor.tenant, sensor.site)
            self._sensors_at[place] = self._sensors_at.get(place, 0) + 1
        self._sites = {place: bucket for place, bucket in self._sites.items() if place in self._sensors_at}
        for place, bucket in self._sites.items():
            bucket.size, bucket.per_s = self._share(place)

    def spent(self, sensor: Sensor, now_ms: int, *, is_batch: bool) -> bool:
        """Whether the sensor has nothing left: its next message need not even be looked at."""
        sender = self._senders.get(sensor.id)
        if sender is None:
            return False
        return not (sender.of(is_batch=is_batch).holds(1, now_ms) and sender.forged.holds(1, now_ms))

    def forged(self, sensor: Sensor, now_ms: int) -> None:
        """Something under this sensor's name had a bad signature. So much work, and no more, others can make us."""
        if self.limits.rate_per_s is not None:
            self._sender(sensor, self.limits.rate_per_s, now_ms).forged.take(now_ms)

    def take(self, sensor: Sensor, size: int, now_ms: int, *, is_batch: bool) -> bool:
        """Charge a message of `size` bytes; False, and nothing is charged, where that is more than may be sent."""
        rate_per_s = self.limits.rate_per_s
        if rate_per_s is None:
            return True
        sender = self._sender(sensor, rate_per_s, now_ms)
        own, site = sender.of(is_batch=is_batch), self._site(sensor, now_ms)
        if not (own.holds(1, now_ms) and sender.size.holds(size, now_ms) and site.holds(1, now_ms)):
            return False
        own.level -= 1
        sender.size.level -= size
        site.level -= 1
        return True

    def _sender(self, sensor: Sensor, rate_per_s: float, now_ms: int) -> _Sender:
        sender = self._senders.get(sensor.id)
        if sender is None:
            burst, size = self.limits.burst, self.limits.bytes_per_min
            sender = self._senders[sensor.id] = _Sender(
                Bucket(burst, rate_per_s, burst, now_ms),
                Bucket(burst, rate_per_s, burst, now_ms),
                Bucket(size, size / 60, size, now_ms),
                Bucket(FORGED_BURST, FORGED_PER_S, FORGED_BURST, now_ms),
            )
        return sender

    def _site(self, sensor: Sensor, now_ms: int) -> Bucket:
        place = (sensor.tenant, sensor.site)
        bucket = self._sites.get(place)
        if bucket is None:
            size, per_s = self._share(place)
            bucket = self._sites[place] = Bucket(size, per_s, size, now_ms)
        return bucket

    def _share(self, place: Place) -> tuple[float, float]:
        """Size of a site's bucket, and what it refills by a second."""
        share = max(self.limits.site_sensors, self._sensors_at.get(place, 0) // 2)
        return share * self.limits.burst, share * (self.limits.rate_per_s or 0)
