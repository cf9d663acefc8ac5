"""A light sender: the sensor's own spool, courier and signatures, with made-up sightings instead of a radio."""

import os
import time
from dataclasses import dataclass, field
from random import Random

from footfall_sensor import keys, signing
from footfall_sensor.agent import birth
from footfall_sensor.config import Config
from footfall_sensor.courier import Courier
from footfall_sensor.spool import Key as SpoolKey
from footfall_sensor.spool import Spool
from footfall_sensor.trusted import Trusted
from footfall_sensor.wire import batch
from footfall_sensor.wire.batch import Batch, ClockState, Columns, Counters, Sighting
from footfall_sensor.wire.envelope import BOOT_BYTES

from .journal import Journal, Key, Mark

POISON = b"\xc1 is no msgpack"  # what the collector must refuse, and go on
LENGTH_MS = 5000


class WitnessedSpool(Spool):
    """The sensor's spool, with a note of everything that goes in and out."""

    def __init__(self, config: Config, journal: Journal) -> None:
        self._journal, self._sensor = journal, config.name
        super().__init__(config.spool_path, config.spool_kib << 10)

    def put(self, key: SpoolKey, envelope: bytes, sightings: int) -> bool:
        """Keep a batch, noted before and after."""
        name = Key(self._sensor, *key)
        self._journal.note(Mark.MEANT, name, envelope)
        kept = super().put(key, envelope, sightings)
        if kept:
            self._journal.note(Mark.KEPT, name)
        return kept

    def forget(self, key: SpoolKey) -> int | None:
        """Let a batch go; noted where it was there.

        The note comes first: a process killed between the two sends the batch again after its start. The other way
        about, a batch that no spool has any more would be waited for for ever.
        """
        if key in self:
            self._journal.note(Mark.LEFT, Key(self._sensor, *key))
        return super().forget(key)


@dataclass(slots=True)
class LightSender:
    """One start of one sensor. `now_ms` is its idea of UTC."""

    config: Config
    journal: Journal
    chance: Random
    spool: WitnessedSpool = field(init=False)
    courier: Courier = field(init=False)
    _last_ms: int = 0
    _gone: int = 0

    def __post_init__(self) -> None:
        backend = signing.backend()
        self.spool = WitnessedSpool(self.config, self.journal)
        self.courier = Courier(
            self.config,
            backend,
            keys.read_secret(self.config.key_path),
            Trusted(self.config.name, self.config.collector_key_path, self.config.trust_path, backend.verify),
            self.spool,
            birth(self.config),
            os.urandom(BOOT_BYTES),
        )

    def emit(self, now_ms: int) -> None:
        """A batch of a few sightings, no two windows of this start at the same millisecond."""
        self._last_ms = max(self._last_ms + 1, now_ms)
        made = made_up(self.chance, self._last_ms, self.chance.randrange(1, 7))
        self.courier.emit(batch.encode(made), len(made.columns))

    def poison(self) -> None:
        """A batch with this sensor's good signature that no collector can decode."""
        self.courier.emit(POISON, 0)

    def pump(self) -> None:
        """Send what is due, take in what came, and note what went without being stored."""
        self.courier.pump()
        gone = self.courier.totals.batches_dropped_refused + self.spool.dropped_batches
        if gone != self._gone:
            self._gone = gone
            self.journal.note(Mark.COUNTED, Key(self.config.name, self.courier.boot, 0), gone=gone)


def made_up(chance: Random, start_ms: int, rows: int) -> Batch:
    """A batch of SIMULATED sightings, of every kind of value that the wire allows."""
    epoch = time.strftime("%Y-%m-%d", time.gmtime(start_ms / 1000))
    counters = Counters(frames=3 * rows, probes=rows)
    columns = Columns.from_rows([_sighting(chance) for _ in range(rows)])
    return Batch(epoch, start_ms, LENGTH_MS, ClockState.SYNCED, 0, 1, counters, columns)


def _sighting(chance: Random) -> Sighting:
    draw = chance.randrange
    first_ms = draw(LENGTH_MS)
    return Sighting(
        token=chance.getrandbits(64),
        first_ms=first_ms,
        last_ms=draw(first_ms, LENGTH_MS),
        frames=draw(1, 1000),
        bursts=draw(1, 100),
        rssi_max_dbm=draw(-90, -20) if draw(10) else -128,
        rssi_mean_dbm=draw(-90, -20) if draw(10) else -128,
        freq_mhz=draw(2412, 2485) if draw(10) else 0,
        flags=draw(8),
        model_class=draw(1 << 16),
    )
