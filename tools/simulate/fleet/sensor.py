"""One light sensor: its spool, its numbers, its envelopes. What it does when is the office's."""

import os
from collections import defaultdict
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from footfall_sensor import __version__
from footfall_sensor.sender import Sender
from footfall_sensor.spool import Key
from footfall_sensor.wire import body, envelope
from footfall_sensor.wire.envelope import BOOT_BYTES, Envelope, Kind
from footfall_sensor.wire.messages import Acked, Birth, Health, Totals
from tools.load.line import Line
from tools.simulate.fleet.air import Heard

INFLIGHT, RATE_PER_S, ACK_TIMEOUT_S = 20, 2.0, 30.0  # the usual options of a unit
NOTHING = body.pack({})


@dataclass(slots=True)
class Waiting:
    """A sealed batch that is not answered. Times by the monotonic clock."""

    sealed: bytes
    emitted_s: float
    sent: bool = False  # it went out at once, on a line that has stood since


@dataclass(slots=True)
class Start:
    """The truth about one start: what was emitted."""

    batches: int = 0
    sightings: int = 0


@dataclass(slots=True)
class LightSensor:
    """One sensor, over all its starts."""

    name: str
    seed: bytes  # of the key that it signs with
    line: Line
    busy: float  # times as much as the mean
    boot: bytes = b""
    frames: int = 0  # of all sightings emitted
    keyed: bool = False  # it has been sent an epoch key since its start
    refused: int = 0  # batches that the collector said it would never take
    spool: dict[Key, Waiting] = field(default_factory=dict)
    starts: dict[bytes, Start] = field(default_factory=lambda: defaultdict(Start))
    silent: bool = False
    look_s: float = 0.0  # when its spool is looked at again
    lasting: bytes = field(default_factory=lambda: os.urandom(512))  # tokens of its regulars
    sender: Sender = field(default_factory=lambda: Sender(INFLIGHT, RATE_PER_S, ACK_TIMEOUT_S))
    acked: int = 0  # of this start
    reconnects: int = 0
    began_s: float = 0.0
    _key: Ed25519PrivateKey = field(init=False)
    _sequence: int = 0
    _message: int = 0

    def __post_init__(self) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def oldest_s(self) -> float:
        """When the first of what waits was emitted."""
        return next(iter(self.spool.values())).emitted_s

    def start(self, now_s: float) -> None:
        """Begin anew, with a boot id of its own; what waits, waits on."""
        self.boot = os.urandom(BOOT_BYTES)
        self.keyed = False
        self.began_s, self._sequence, self._message, self.acked, self.reconnects = now_s, 0, 0, 0, 0
        self.line.will = self.seal(Kind.DEATH, NOTHING)

    def seal(self, kind: Kind, packed: bytes) -> bytes:
        """A signed message that is no batch."""
        number, self._message = self._message, self._message + 1
        return self._sealed(kind, number, packed)

    def emit(self, heard: Heard, now_s: float) -> None:
        """Put a batch into the spool."""
        key = Key(self.boot, self._sequence)
        self.spool[key] = Waiting(self._sealed(Kind.BATCH, self._sequence, heard.body), now_s)
        self._sequence += 1
        self.frames += heard.frames
        start = self.starts[self.boot]
        start.batches += 1
        start.sightings += heard.sightings

    def due(self, now_s: float) -> list[bytes]:
        """What is to be sent now, by the sensor's own bookkeeping; each is in flight from here on."""
        chosen = []
        for key in self.sender.due(self.spool, now_s):
            waiting = self.spool[key]
            chosen.append(waiting.sealed)
            waiting.sent = waiting.sent or waiting.emitted_s == now_s
        return chosen

    def settle(self, word: Acked) -> list[Waiting]:
        """Let go of what the collector has named; those of them that it has stored."""
        stored = []
        for key in [key for key in self.spool if key.boot == word.boot]:
            if any(first <= key.number <= last for first, last in word.committed):
                stored.append(self.spool.pop(key))
            elif any(first <= key.number <= last for first, last in word.refused):
                del self.spool[key]
                self.refused += 1
            else:
                continue
            self.sender.settled(key)
        self.acked += len(stored)
        return stored

    def birth(self) -> bytes:
        """What it says when it has connected; it asks for the running epoch's key, as a unit does when it starts."""
        said = Birth(__version__, "3.11", "mips", "full", "tokens", time_ms=0, wants_key=not self.keyed)
        if not self.keyed:
            seal = X25519PrivateKey.generate().public_key()
            raw = seal.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            said = replace(said, seal=raw)
        return self.seal(Kind.BIRTH, said.encode())

    def health(self, now_s: float, now_ms: int) -> bytes:
        """How it is, once a minute."""
        start = self.starts[self.boot]
        totals = Totals(
            batches_emitted=start.batches,
            sightings_emitted=start.sightings,
            batches_acked=self.acked,
            reconnects=self.reconnects,
        )
        oldest_s = min((one.emitted_s for one in self.spool.values()), default=now_s)
        said = Health(
            totals,
            uptime_s=now_s - self.began_s,
            time_ms=now_ms,
            load_1m=0.4,
            memory_available_kib=61_000,
            rss_kib=19_000,
            spool_batches=len(self.spool),
            spool_bytes=sum(len(one.sealed) for one in self.spool.values()),
            spool_oldest_s=now_s - oldest_s,
            radio="listening",
            version=__version__,
            clock="synced",
        )
        return self.seal(Kind.HEALTH, said.encode())

    def _sealed(self, kind: Kind, number: int, packed: bytes) -> bytes:
        return envelope.seal(Envelope(kind, self.name, self.boot, number, packed), self._key.sign)
