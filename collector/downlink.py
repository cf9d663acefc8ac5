"""The downlink: what the collector says to sensors, signed with its own key and numbered."""

import os
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from footfall_sensor import keys, signing
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.messages import BOOTS_MAX, RANGES_MAX, Ack, Acked, EpochKey, ranges
from footfall_sensor.wire.settings import Command, Configuration

from .registry import Sensor


class Outgoing(NamedTuple):
    """A message for the broker."""

    topic: str
    payload: bytes


class Settled(NamedTuple):
    """A batch of which the collector has something to say: stored (also as a duplicate), or refused for good."""

    sensor: Sensor
    boot: bytes
    number: int
    stored: bool


class Downlink:
    """Seals messages for sensors. Numbers grow over restarts, because they begin at the time of day."""

    def __init__(self, secret: keys.SecretKey) -> None:
        self._secret = secret
        self._backend = signing.backend()
        self._boot = os.urandom(envelope.BOOT_BYTES)
        self._number = time.time_ns() // 1000

    def acks(self, settled: Iterable[Settled]) -> list[Outgoing]:
        """Acknowledgements, as few messages a sensor as the limits of the wire allow."""
        stored: dict[tuple[Sensor, bytes], list[int]] = defaultdict(list)
        refused: dict[tuple[Sensor, bytes], list[int]] = defaultdict(list)
        for item in settled:
            (stored if item.stored else refused)[item.sensor, item.boot].append(item.number)
        of_sensor: dict[Sensor, list[Acked]] = defaultdict(list)
        for whose in stored.keys() | refused.keys():
            sensor, boot = whose
            good, bad = ranges(stored[whose]), ranges(refused[whose])
            for start in range(0, max(len(good), len(bad)), RANGES_MAX):
                stop = start + RANGES_MAX
                of_sensor[sensor].append(Acked(boot, good[start:stop], bad[start:stop]))
        return [
            self._seal(sensor, Kind.ACK, Ack(tuple(acked[start : start + BOOTS_MAX])).encode())
            for sensor, acked in of_sensor.items()
            for start in range(0, len(acked), BOOTS_MAX)
        ]

    def epoch(self, sensor: Sensor, key: EpochKey) -> Outgoing:
        """The epoch's key for one sensor."""
        return self._seal(sensor, Kind.EPOCH, key.encode())

    def config(self, sensor: Sensor, configuration: Configuration) -> Outgoing:
        """A configuration for one sensor."""
        return self._seal(sensor, Kind.CONFIG, configuration.encode())

    def command(self, sensor: Sensor, command: Command) -> Outgoing:
        """A command for one start of one sensor."""
        return self._seal(sensor, Kind.COMMAND, command.encode())

    def _seal(self, sensor: Sensor, kind: Kind, body: bytes) -> Outgoing:
        self._number += 1
        sealed = envelope.seal(
            Envelope(kind, sensor.name, self._boot, self._number, body),
            lambda message: self._backend.sign(self._secret, message),
        )
        return Outgoing(f"footfall/1/{sensor.tenant}/{sensor.name}/{kind.name.lower()}", sealed)
