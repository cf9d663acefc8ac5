"""The downlink: what the collector says to sensors, signed with its own key and numbered."""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from footfall_sensor import keys, signing
from footfall_sensor.downward import AHEAD_US
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.messages import BOOTS_MAX, RANGES_MAX, Ack, Acked, EpochKey, ranges
from footfall_sensor.wire.objections import Objections
from footfall_sensor.wire.settings import Command, Configuration
from footfall_sensor.wire.trust import Trust

from ..records.registry import Sensor

ACK_MS = 72 * 3600 * 1000  # how long an acknowledgement is good: what it says stays true, but nobody needs it longer


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
    """Seals messages for sensors, for several threads. Numbers are UTC microseconds and always grow.

    first: a number that none may be below, also where the clock has been set back since an earlier start.
    """

    def __init__(
        self, secret: keys.SecretKey, first: int = 0, now_us: Callable[[], int] = lambda: time.time_ns() // 1000
    ) -> None:
        self._secret = secret
        self._now_us = now_us
        self._backend = signing.backend()
        self._boot = os.urandom(envelope.BOOT_BYTES)
        self._number = max(first, now_us())
        self._lock = threading.Lock()

    @property
    def number(self) -> int:
        """The last number given."""
        return self._number

    def reach(self, number: int) -> None:
        """Let no later number be below this one, which another process may have given."""
        with self._lock:
            self._number = max(self._number, number)

    def use(self, secret: keys.SecretKey) -> None:
        """Sign with this key from now on."""
        self._secret = secret

    def trust(self, sensor: Sensor, listed: Trust) -> Outgoing:
        """The list of the collector's keys, for one sensor."""
        return self._seal(sensor, Kind.TRUST, listed.encode())

    def acks(self, settled: Iterable[Settled]) -> list[Outgoing]:
        """Acknowledgements, as few messages a sensor as the limits of the wire allow."""
        stored: dict[tuple[int, bytes], list[int]] = defaultdict(list)
        refused: dict[tuple[int, bytes], list[int]] = defaultdict(list)
        sensors: dict[int, Sensor] = {}  # by its id: to hash a whole one for every batch costs more than all else here
        for sensor, boot, number, is_stored in settled:
            sensors[sensor.id] = sensor
            (stored if is_stored else refused)[sensor.id, boot].append(number)
        of_sensor: dict[int, list[Acked]] = defaultdict(list)
        for whose in stored.keys() | refused.keys():
            sensor_id, boot = whose
            good, bad = ranges(stored[whose]), ranges(refused[whose])
            for start in range(0, max(len(good), len(bad)), RANGES_MAX):
                stop = start + RANGES_MAX
                of_sensor[sensor_id].append(Acked(boot, good[start:stop], bad[start:stop]))
        return [
            self._seal(
                sensors[sensor_id],
                Kind.ACK,
                Ack(tuple(acked[start : start + BOOTS_MAX]), *self._dates(ACK_MS)).encode(),
            )
            for sensor_id, acked in of_sensor.items()
            for start in range(0, len(acked), BOOTS_MAX)
        ]

    def epoch(self, sensor: Sensor, key: EpochKey, receiver: bytes) -> Outgoing:
        """The epoch's key for one sensor, sealed for the public key of its birth. Raises Malformed for a bad one."""
        return self._seal(sensor, Kind.EPOCH, key.sealed(sensor.name, receiver).encode())

    def _dates(self, good_ms: int) -> tuple[int, int]:
        """Now, and when a message said now is no longer good (UTC ms)."""
        now_ms = self._now_us() // 1000
        return now_ms, now_ms + good_ms

    def objections(self, sensor: Sensor, message: Objections) -> Outgoing:
        """The place's list of objections for one sensor, or the word that there is another."""
        return self._seal(sensor, Kind.OBJECTIONS, message.encode())

    def config(self, sensor: Sensor, configuration: Configuration) -> Outgoing:
        """A configuration for one sensor."""
        return self._seal(sensor, Kind.CONFIG, configuration.encode())

    def command(self, sensor: Sensor, command: Command) -> Outgoing:
        """A command for one start of one sensor."""
        return self._seal(sensor, Kind.COMMAND, command.encode())

    def _seal(self, sensor: Sensor, kind: Kind, body: bytes) -> Outgoing:
        # Not only larger than the last: UTC, so that the numbers of several collectors can be compared. One that a
        # clock of another day has brought is given up: sensors take no number so far ahead, nor do they remember it.
        with self._lock:
            now_us = self._now_us()
            last = self._number if self._number <= now_us + AHEAD_US else 0
            self._number = number = max(last + 1, now_us)
        sealed = envelope.seal(
            Envelope(kind, sensor.name, self._boot, number, body),
            lambda message: self._backend.sign(self._secret, message),
        )
        return Outgoing(f"footfall/1/{sensor.tenant}/{sensor.name}/{kind.name.lower()}", sealed)
