"""The other bodies: birth, health and death upward; acknowledgement and epoch key downward."""

from dataclasses import dataclass, fields
from typing import Self

from ..errors import Malformed
from . import body
from .batch import EPOCH_CHARS_MAX, UTC_MS_MAX

_COUNT_MAX = 1 << 53
RANGES_MAX = 32  # of sequence numbers in one acknowledgement
BOOTS_MAX = 8  # in one acknowledgement: a spool holds batches of several starts


@dataclass(frozen=True, slots=True)
class Birth:
    """A sensor has connected: what it is, and the time it needs an epoch key for."""

    version: str  # of the agent
    python: str
    machine: str
    profile: str  # lean or full
    mode: str  # tokens or counts
    time_ms: int  # UTC for which a key is asked; 0 = unknown, the collector's own time will do
    wants_key: bool

    def encode(self) -> bytes:
        """The body."""
        return body.pack(
            {
                "version": self.version,
                "python": self.python,
                "machine": self.machine,
                "profile": self.profile,
                "mode": self.mode,
                "time": self.time_ms,
                "wants_key": int(self.wants_key),
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The birth in a body. Raises Malformed."""
        got = body.unpack(raw)
        return cls(
            version=body.text(got, "version"),
            python=body.text(got, "python", ""),
            machine=body.text(got, "machine", ""),
            profile=body.text(got, "profile", ""),
            mode=body.text(got, "mode", "tokens"),
            time_ms=body.integer(got, "time", 0, UTC_MS_MAX, 0),
            wants_key=bool(body.integer(got, "wants_key", 0, 1, 0)),
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts since the sensor's start, for the conservation check: emitted = committed + spooled + dropped."""

    frames: int = 0
    probes: int = 0
    malformed: int = 0
    overflow: int = 0
    keyless: int = 0
    kernel_drops: int = 0
    windows: int = 0
    tokens: int = 0  # distinct within each epoch; only a replay counts them
    batches_emitted: int = 0
    sightings_emitted: int = 0
    batches_acked: int = 0
    batches_dropped_full: int = 0  # oldest, pushed out of a full spool
    sightings_dropped_full: int = 0
    batches_dropped_refused: int = 0  # the collector said that it will never take them
    reconnects: int = 0
    refused_downlink: int = 0  # downward messages that were unsigned, foreign, old or expired


TOTAL_NAMES = frozenset(field.name for field in fields(Totals))


@dataclass(frozen=True, slots=True)
class Health:
    """How the sensor is, once a minute. None = this machine does not say."""

    totals: Totals
    uptime_s: float
    time_ms: int
    load_1m: float | None = None
    memory_available_kib: int | None = None
    rss_kib: int | None = None
    temperature_c: float | None = None
    spool_batches: int = 0
    spool_bytes: int = 0
    spool_oldest_s: float = 0.0
    radio: str = ""  # file, listening, deaf, gone ...
    epoch: str = ""
    version: str = ""

    def encode(self) -> bytes:
        """The body."""
        totals = {name: getattr(self.totals, name) for name in sorted(TOTAL_NAMES)}
        return body.pack(
            {
                "totals": {name: count for name, count in totals.items() if count},
                "uptime": self.uptime_s,
                "time": self.time_ms,
                "load": self.load_1m,
                "mem_free": self.memory_available_kib,
                "rss": self.rss_kib,
                "temp": self.temperature_c,
                "spool": self.spool_batches,
                "spool_bytes": self.spool_bytes,
                "spool_age": self.spool_oldest_s,
                "radio": self.radio,
                "epoch": self.epoch,
                "version": self.version,
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The health in a body. Raises Malformed."""
        got = body.unpack(raw)
        return cls(
            totals=Totals(**body.counts(got, "totals", TOTAL_NAMES)),
            uptime_s=body.number(got, "uptime", 0, 1e10) or 0.0,
            time_ms=body.integer(got, "time", 0, UTC_MS_MAX, 0),
            load_1m=body.number(got, "load", 0, 1e6),
            memory_available_kib=_optional_count(got, "mem_free"),
            rss_kib=_optional_count(got, "rss"),
            temperature_c=body.number(got, "temp", -100, 300),
            spool_batches=body.integer(got, "spool", 0, _COUNT_MAX, 0),
            spool_bytes=body.integer(got, "spool_bytes", 0, _COUNT_MAX, 0),
            spool_oldest_s=body.number(got, "spool_age", 0, 1e10) or 0.0,
            radio=body.text(got, "radio", ""),
            epoch=body.text(got, "epoch", ""),
            version=body.text(got, "version", ""),
        )


def _optional_count(got: body.Fields, name: str) -> int | None:
    return body.integer(got, name, 0, _COUNT_MAX) if name in got else None


@dataclass(frozen=True, slots=True)
class Acked:
    """What the collector says of the batches of one start: ranges are (first, last), both inclusive."""

    boot: bytes
    committed: tuple[tuple[int, int], ...] = ()
    refused: tuple[tuple[int, int], ...] = ()  # verified as the sensor's own, and never to be taken: drop them


@dataclass(frozen=True, slots=True)
class Ack:
    """Batches that are durable at the collector; only this lets a sensor forget them."""

    boots: tuple[Acked, ...]

    def encode(self) -> bytes:
        """The body."""
        return body.pack(
            {
                "boots": [
                    {
                        "boot": acked.boot,
                        "ok": [number for pair in acked.committed for number in pair],
                        "no": [number for pair in acked.refused for number in pair],
                    }
                    for acked in self.boots
                ]
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The acknowledgement in a body. Raises Malformed."""
        boots = body.unpack(raw).get("boots")
        if not isinstance(boots, list) or len(boots) > BOOTS_MAX:
            raise Malformed(f"boots: a list of at most {BOOTS_MAX} is wanted")
        return cls(tuple(_acked(entry) for entry in boots))


def _acked(entry: object) -> Acked:
    if not isinstance(entry, dict):
        raise Malformed("boots: maps are wanted")
    return Acked(body.binary(entry, "boot", 8), _ranges(entry, "ok"), _ranges(entry, "no"))


def _ranges(entry: body.Fields, name: str) -> tuple[tuple[int, int], ...]:
    numbers = entry.get(name, [])
    if not isinstance(numbers, list) or len(numbers) % 2 or len(numbers) > 2 * RANGES_MAX:
        raise Malformed(f"{name}: at most {RANGES_MAX} pairs are wanted")
    pairs = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    if not all(type(a) is int and type(b) is int and 0 <= a <= b < 1 << 64 for a, b in pairs):
        raise Malformed(f"{name}: pairs of first and last sequence number are wanted")
    return pairs


@dataclass(frozen=True, slots=True)
class EpochKey:
    """The key of one epoch and the time it holds for. Never logged: its repr hides the key."""

    epoch: str
    start_ms: int  # UTC, inclusive
    end_ms: int  # UTC, exclusive
    key: bytes
    expires_ms: int  # when this message itself stops being good

    def __repr__(self) -> str:
        return f"EpochKey(epoch={self.epoch!r}, start_ms={self.start_ms}, end_ms={self.end_ms}, key=hidden)"

    def encode(self) -> bytes:
        """The body."""
        return body.pack(
            {
                "epoch": self.epoch,
                "start": self.start_ms,
                "end": self.end_ms,
                "key": self.key,
                "expires": self.expires_ms,
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The epoch key in a body. Raises Malformed."""
        got = body.unpack(raw)
        start_ms = body.integer(got, "start", 0, UTC_MS_MAX)
        epoch = body.text(got, "epoch")
        if not 0 < len(epoch) <= EPOCH_CHARS_MAX:  # what a batch could not carry must not become its epoch
            raise Malformed(f"epoch: a name of 1 to {EPOCH_CHARS_MAX} characters is wanted")
        return cls(
            epoch=epoch,
            start_ms=start_ms,
            end_ms=body.integer(got, "end", start_ms + 1, UTC_MS_MAX),
            key=body.binary(got, "key", 32),
            expires_ms=body.integer(got, "expires", 0, UTC_MS_MAX),
        )


def ranges(numbers: "list[int] | tuple[int, ...]") -> tuple[tuple[int, int], ...]:
    """Sorted, distinct numbers as inclusive ranges: [0, 1, 2, 5] -> ((0, 2), (5, 5))."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)
