"""What a sensor says of itself: birth when it has connected, health once a minute."""

from dataclasses import astuple, dataclass, fields
from typing import Self

from ..errors import Malformed
from ..sealing import PEER_BYTES
from . import body
from .batch import EPOCH_CHARS_MAX, UTC_MS_MAX
from .objections import VERSION_MAX

_COUNT_MAX = 1 << 53
TRUST_VERSION_MAX = (1 << 32) - 1
EPOCHS_MAX = 3  # in one health message: of an older one nothing changes any more
FREQUENCIES_MAX = 32  # in one health message: a radio of ours goes through 3 to 27


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
    kernel: str = ""
    seal: bytes = b""  # ephemeral X25519 public key that an epoch key is to be sealed for; empty = none is asked
    trust: int = 0  # version of the list of collector keys that it has; 0 = the one it was given by hand
    objections: int = 0  # version of the list of objections that is in force on it; 0 = none yet
    config: int = 0  # version of the configuration that it runs with; 0 = its own file alone
    trial: bool = False  # that one is on probation
    firmware: str = ""  # version of the image, see wire.image; "" = it has none that can be compared
    board: str = ""  # as images name it: tplink,cpe210-v3

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
                "kernel": self.kernel or None,
                "seal": self.seal or None,
                "trust": self.trust or None,
                "objections": self.objections or None,
                "config": self.config or None,
                "trial": int(self.trial) or None,
                "firmware": self.firmware or None,
                "board": self.board or None,
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
            kernel=body.text(got, "kernel", ""),
            seal=body.binary(got, "seal", PEER_BYTES) if "seal" in got else b"",
            trust=body.integer(got, "trust", 0, TRUST_VERSION_MAX, 0),
            objections=body.integer(got, "objections", 0, VERSION_MAX, 0),
            config=body.integer(got, "config", 0, _COUNT_MAX, 0),
            trial=bool(body.integer(got, "trial", 0, 1, 0)),
            firmware=body.text(got, "firmware", ""),
            board=body.text(got, "board", ""),
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
    associations: int = 0
    beacons: int = 0
    kicks: int = 0  # of a radio that seemed deaf
    repeated_downlink: int = 0  # downward messages that were delivered once more
    windows_dropped: int = 0  # they waited for the time to become known, and did not fit


TOTAL_NAMES = frozenset(field.name for field in fields(Totals))


@dataclass(frozen=True, slots=True)
class EpochCount:
    """What became of the batches that this start made in one epoch: emitted = committed + waiting + dropped."""

    epoch: str  # "" = made without a key
    emitted: int
    waiting: int  # in the spool
    dropped_full: int
    dropped_refused: int


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
    spool_oldest_s: float = 0.0  # how long the oldest batch has waited; of an earlier start: since this one
    radio: str = ""  # replay, listening, closed, deaf, gone ...
    epoch: str = ""
    version: str = ""
    clock: str = ""  # synced, assumed, unsure or unknown
    clock_offset_ms: int | None = None  # of this clock to NTP's, as the NTP daemon said last
    held: int = 0  # windows that wait for the time to become known
    channels: str = ""  # what the radio does, in words
    heard: tuple[tuple[int, int], ...] = ()  # (MHz, probe requests since the start)
    key_wanted: bool = False  # it has no epoch key, and makes no tokens
    objections: int = 0  # version of the list of objections that is in force on it; 0 = none
    config: int = 0  # as in a birth
    config_stale: bool = False  # that configuration has expired, and no fresh one has come
    epochs: tuple[EpochCount, ...] = ()  # the newest; of this start's batches alone

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
                "clock": self.clock or None,
                "offset": self.clock_offset_ms,
                "held": self.held or None,
                "channels": self.channels or None,
                "heard": [number for pair in self.heard[:FREQUENCIES_MAX] for number in pair] or None,
                "keyless": int(self.key_wanted) or None,
                "objections": self.objections or None,
                "config": self.config or None,
                "config_stale": int(self.config_stale) or None,
                "epochs": [list(astuple(one)) for one in self.epochs] or None,
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
            clock=body.text(got, "clock", ""),
            clock_offset_ms=body.integer(got, "offset", -_COUNT_MAX, _COUNT_MAX) if "offset" in got else None,
            held=body.integer(got, "held", 0, _COUNT_MAX, 0),
            channels=body.text(got, "channels", ""),
            heard=_pairs(got, "heard"),
            key_wanted=bool(body.integer(got, "keyless", 0, 1, 0)),
            objections=body.integer(got, "objections", 0, VERSION_MAX, 0),
            config=body.integer(got, "config", 0, _COUNT_MAX, 0),
            config_stale=bool(body.integer(got, "config_stale", 0, 1, 0)),
            epochs=_epochs(got),
        )


def _optional_count(got: body.Fields, name: str) -> int | None:
    return body.integer(got, name, 0, _COUNT_MAX) if name in got else None


def _pairs(got: body.Fields, name: str) -> tuple[tuple[int, int], ...]:
    numbers = got.get(name, [])
    if not isinstance(numbers, list) or len(numbers) % 2 or len(numbers) > 2 * FREQUENCIES_MAX:
        raise Malformed(f"{name}: at most {FREQUENCIES_MAX} pairs are wanted")
    if not all(type(number) is int and 0 <= number <= _COUNT_MAX for number in numbers):
        raise Malformed(f"{name}: pairs of frequency and count are wanted")
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _epochs(got: body.Fields) -> tuple[EpochCount, ...]:
    rows = got.get("epochs", [])
    if not isinstance(rows, list) or len(rows) > EPOCHS_MAX or not all(map(_is_epoch, rows)):
        raise Malformed(f"epochs: at most {EPOCHS_MAX} lists of an epoch's name and four counts are wanted")
    return tuple(EpochCount(*row) for row in rows)


def _is_epoch(row: object) -> bool:
    if not isinstance(row, list) or len(row) != 5:
        return False
    name, *counted = row
    named = type(name) is str and len(name) <= EPOCH_CHARS_MAX and (name.isprintable() or not name)
    return named and all(type(count) is int and 0 <= count <= _COUNT_MAX for count in counted)
