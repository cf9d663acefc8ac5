"""The door: what may come in. Pure decisions on one message: its size, topic, sender, signature, rate, body and time.

Checks stand in the order of their cost, and the signature is checked before anything is decoded.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from footfall_sensor.errors import BadSignature, Malformed
from footfall_sensor.wire import batch, envelope
from footfall_sensor.wire.batch import Batch, Columns
from footfall_sensor.wire.envelope import ENVELOPE_BYTES_MAX, READ_BY_COLLECTORS, SIGNATURE_BYTES, Envelope, Kind

from ..records.registry import Sensor
from ..records.reports import boot_number
from ..records.standing import Standing
from .rates import Limits, Rates

__all__ = ["Admitted", "Arrived", "Door", "Limits", "Reason", "Refused"]

TOPIC_PREFIX = "footfall/1/"
UPWARD = {
    "batch": Kind.BATCH,
    "health": Kind.HEALTH,
    "birth": Kind.BIRTH,
    "death": Kind.DEATH,
    "result": Kind.RESULT,
}


class Reason(StrEnum):
    """Why a message was refused; also the label of its counter."""

    TOO_LARGE = "too_large"
    BAD_TOPIC = "bad_topic"
    UNKNOWN_SENSOR = "unknown_sensor"
    NOT_APPROVED = "not_approved"
    MALFORMED = "malformed"
    BAD_SIGNATURE = "bad_signature"
    WRONG_SENDER = "wrong_sender"
    TOO_FAST = "too_fast"
    TOO_OLD = "too_old"
    IN_FUTURE = "in_future"
    REPEATED = "repeated"
    CLOCK_IN_DOUBT = "clock_in_doubt"  # the collector's own has jumped


DIGEST_BYTES = 8
DAY_MS = 24 * 3600 * 1000
EPOCH_NAME = re.compile(r"[\w.-]{0,32}", re.ASCII)  # it becomes the name of a folder
_NO_COLUMNS = Columns.from_rows([])


class Refused(NamedTuple):
    """Not let in. sensor: set where it certainly is its own; number: set where it may be told to drop a batch."""

    reason: Reason
    says: str
    sensor: Sensor | None = None
    boot: bytes = b""
    number: int | None = None
    strike: bytes = b""  # the message's digest, where no sensor in order would have made it


TOO_FAST = Refused(Reason.TOO_FAST, "more a second than allowed; it will be sent again")


class Arrived(NamedTuple):
    """A message that is certainly its sensor's own, not decoded."""

    sensor: Sensor
    envelope: Envelope
    digest: bytes = b""  # tells messages apart: the beginning of the signature


class Admitted(NamedTuple):
    """A batch that may be stored."""

    sensor: Sensor
    boot: int  # as the database keeps it
    number: int
    batch: Batch
    received_ms: int
    digest: bytes = b""
    cut: int = 0  # sightings left out, because the sensor has sent its day's share


class _KnownSensor(NamedTuple):
    sensor: Sensor
    verify: Callable[[bytes, bytes], None]


@dataclass(slots=True)
class Door:
    """Decides on messages by what the registry says of the sensors, and remembers what each has sent."""

    limits: Limits = field(default_factory=Limits)
    _sensors: dict[str, _KnownSensor] = field(default_factory=dict)
    _rates: Rates = field(init=False)
    _shares: dict[int, tuple[int, int]] = field(default_factory=dict)  # sensor -> UTC day, and its sightings so far

    def __post_init__(self) -> None:
        self._rates = Rates(self.limits)

    def know(self, sensors: Iterable[Sensor]) -> None:
        """Take these sensors, and only these, for known."""
        known = list(sensors)
        self._sensors = {sensor.user: _KnownSensor(sensor, _verifier(sensor.public_key)) for sensor in known}
        self._rates.keep(known)
        ids = {sensor.id for sensor in known}
        self._shares = {key: share for key, share in self._shares.items() if key in ids}

    def spent(self, topic: str, now_ms: int) -> bool:
        """Whether its sender has used up what it may send: then a message need not be looked at, it comes again."""
        who, _, leaf = topic.removeprefix(TOPIC_PREFIX).rpartition("/")
        known = self._sensors.get(who)
        return known is not None and self._rates.spent(known.sensor, now_ms, is_batch=leaf == "batch")

    def forged(self, topic: str, now_ms: int) -> None:
        """A message under this topic had a bad signature."""
        known = self._sensors.get(topic.removeprefix(TOPIC_PREFIX).rpartition("/")[0])
        if known is not None:
            self._rates.forged(known.sensor, now_ms)

    def check(self, topic: str, payload: bytes) -> Arrived | Refused:
        """Who sent this, if it is certain. Nothing of the body has been looked at."""
        if len(payload) > ENVELOPE_BYTES_MAX:
            return Refused(Reason.TOO_LARGE, f"{len(payload)} bytes; at most {ENVELOPE_BYTES_MAX} come in")
        who, _, leaf = topic.removeprefix(TOPIC_PREFIX).rpartition("/")
        if not topic.startswith(TOPIC_PREFIX) or leaf not in UPWARD:
            return Refused(Reason.BAD_TOPIC, "footfall/1/<tenant>/<sensor>/<batch|health|birth|death|result> is wanted")
        known = self._sensors.get(who)
        if known is None:
            return Refused(Reason.UNKNOWN_SENSOR, "no sensor of this name is registered; enrol it first")
        try:
            opened = envelope.open_sealed(payload, known.verify, READ_BY_COLLECTORS)
        except BadSignature:
            return Refused(Reason.BAD_SIGNATURE, "not signed with the sensor's key")
        except Malformed as exc:
            return Refused(Reason.MALFORMED, str(exc))
        digest = payload[-SIGNATURE_BYTES:][:DIGEST_BYTES]
        if opened.sensor != known.sensor.name:  # only who holds the key can have made it
            says = "the envelope names another sensor than its topic"
            return Refused(Reason.WRONG_SENDER, says, known.sensor, strike=digest)
        if opened.kind is not UPWARD[leaf]:  # anybody on the broker can have carried it here
            return Refused(Reason.WRONG_SENDER, "the envelope is of another kind than its topic")
        if not known.sensor.approved:
            return Refused(Reason.NOT_APPROVED, _not_approved(known.sensor), known.sensor)
        return Arrived(known.sensor, opened, digest)

    def may_pass(self, sensor: Sensor, size: int, now_ms: int, *, is_batch: bool) -> Refused | None:
        """Charge one message of `size` bytes to its sensor; a Refused where it has nothing left."""
        if self._rates.take(sensor, size, now_ms, is_batch=is_batch):
            return None
        return TOO_FAST

    def admit(self, arrived: Arrived, now_ms: int) -> Admitted | Refused:
        """Whether a batch may be stored: rate, form, time. Over the rate it may come again; else it may not."""
        sensor, opened = arrived.sensor, arrived.envelope
        if refused := self.may_pass(sensor, len(opened.body), now_ms, is_batch=True):
            return refused

        def never(reason: Reason, says: str, strike: bytes = b"") -> Refused:
            return Refused(reason, says, sensor, opened.boot, opened.number, strike)

        try:
            decoded = batch.decode(opened.body)
        except Malformed as exc:
            return never(Reason.MALFORMED, str(exc), arrived.digest)
        if self.limits.late_ms is not None and decoded.start_ms < now_ms - self.limits.late_ms:
            return never(Reason.TOO_OLD, f"its window is more than {self.limits.late_ms // 3_600_000} h old")
        if self.limits.ahead_ms is not None and decoded.start_ms > now_ms + self.limits.ahead_ms:
            return never(Reason.IN_FUTURE, "its window is in the future: is the sensor's clock set?")
        if opened.number >= 1 << 63:
            return never(Reason.MALFORMED, "sequence numbers above 2**63 are not used", arrived.digest)
        if not EPOCH_NAME.fullmatch(decoded.epoch):
            return never(Reason.MALFORMED, "an epoch is named with letters, digits, '_', '.' and '-'", arrived.digest)
        cut = self._beyond_share(sensor, decoded, now_ms)
        if cut:
            overflow = replace(decoded.counters, overflow=decoded.counters.overflow + cut)
            decoded = replace(decoded, columns=_NO_COLUMNS, counters=overflow)
        return Admitted(sensor, boot_number(opened.boot), opened.number, decoded, now_ms, arrived.digest, cut)

    def _beyond_share(self, sensor: Sensor, decoded: Batch, now_ms: int) -> int:
        """How many sightings of this batch must be left out, all or none, because the day's share is used up.

        By the day on which they come: a sensor names the epoch itself, and could name another each time.
        """
        rows = len(decoded.columns)
        if self.limits.rate_per_s is None or not rows:
            return 0
        today = now_ms // DAY_MS
        day, sent = self._shares.get(sensor.id, (today, 0))
        sent = sent + rows if day == today else rows
        if sent > self.limits.sightings_per_day:
            return rows
        self._shares[sensor.id] = (today, sent)
        return 0


def _not_approved(sensor: Sensor) -> str:
    if sensor.state in (Standing.NEW, Standing.PENDING):
        return "the sensor waits for approval"
    return f"the sensor is {sensor.state}{f': {sensor.says}' if sensor.says else ''}"


def _verifier(public_key: bytes) -> Callable[[bytes, bytes], None]:
    verify = Ed25519PublicKey.from_public_bytes(public_key).verify

    def check(message: bytes, signature: bytes) -> None:
        try:
            verify(signature, message)
        except InvalidSignature as exc:
            raise BadSignature("the signature is not of this key and message") from exc

    return check
