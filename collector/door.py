"""The door: what may come in. Pure decisions on one message: its size, topic, sender, signature, rate, body and time.

Checks stand in the order of their cost, and the signature is checked before anything is decoded.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from footfall_sensor.errors import BadSignature, Malformed
from footfall_sensor.wire import batch, envelope
from footfall_sensor.wire.batch import Batch
from footfall_sensor.wire.envelope import ENVELOPE_BYTES_MAX, Envelope, Kind

from .registry import Sensor, boot_number

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


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sensor may send (design section 5). None = no limit, for replays of captures."""

    rate_per_s: float | None = 2.0
    burst: int = 20
    late_ms: int | None = 72 * 3600 * 1000
    ahead_ms: int | None = 120 * 1000


class Refused(NamedTuple):
    """Not let in. `number` is set where the message is certainly the sensor's own: it may then be told to drop it."""

    reason: Reason
    says: str
    sensor: Sensor | None = None
    boot: bytes = b""
    number: int | None = None


class Arrived(NamedTuple):
    """A message that is certainly its sensor's own, not decoded."""

    sensor: Sensor
    envelope: Envelope


class Admitted(NamedTuple):
    """A batch that may be stored."""

    sensor: Sensor
    boot: int  # as the database keeps it
    number: int
    batch: Batch
    received_ms: int


class _KnownSensor(NamedTuple):
    sensor: Sensor
    verify: Callable[[bytes, bytes], None]


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_ms: int


@dataclass(slots=True)
class Door:
    """Decides on messages by what the registry says of the sensors, and remembers each sensor's rate."""

    limits: Limits = field(default_factory=Limits)
    _sensors: dict[str, _KnownSensor] = field(default_factory=dict)
    _buckets: dict[int, _Bucket] = field(default_factory=dict)

    def know(self, sensors: Iterable[Sensor]) -> None:
        """Take these sensors, and only these, for known."""
        self._sensors = {
            f"{sensor.tenant}/{sensor.name}": _KnownSensor(sensor, _verifier(sensor.public_key)) for sensor in sensors
        }

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
        if not known.sensor.approved:
            return Refused(Reason.NOT_APPROVED, "the sensor waits for approval")
        try:
            opened = envelope.open_sealed(payload, known.verify)
        except BadSignature:
            return Refused(Reason.BAD_SIGNATURE, "not signed with the sensor's key")
        except Malformed as exc:
            return Refused(Reason.MALFORMED, str(exc))
        if opened.sensor != known.sensor.name or opened.kind is not UPWARD[leaf]:
            return Refused(Reason.WRONG_SENDER, "the envelope names another sensor or kind than its topic")
        return Arrived(known.sensor, opened)

    def admit(self, arrived: Arrived, now_ms: int) -> Admitted | Refused:
        """Whether a batch may be stored: rate, form, time. Over the rate it may come again; else it may not."""
        sensor, opened = arrived.sensor, arrived.envelope
        if not self._may_pass(sensor.id, now_ms):
            return Refused(Reason.TOO_FAST, "more batches a second than allowed; it will be sent again")

        def never(reason: Reason, says: str) -> Refused:
            return Refused(reason, says, sensor, opened.boot, opened.number)

        try:
            decoded = batch.decode(opened.body)
        except Malformed as exc:
            return never(Reason.MALFORMED, str(exc))
        if self.limits.late_ms is not None and decoded.start_ms < now_ms - self.limits.late_ms:
            return never(Reason.TOO_OLD, f"its window is more than {self.limits.late_ms // 3_600_000} h old")
        if self.limits.ahead_ms is not None and decoded.start_ms > now_ms + self.limits.ahead_ms:
            return never(Reason.IN_FUTURE, "its window is in the future: is the sensor's clock set?")
        if opened.number >= 1 << 63:
            return never(Reason.MALFORMED, "sequence numbers above 2**63 are not used")
        return Admitted(sensor, boot_number(opened.boot), opened.number, decoded, now_ms)

    def _may_pass(self, sensor_id: int, now_ms: int) -> bool:
        rate_per_s = self.limits.rate_per_s
        if rate_per_s is None:
            return True
        bucket = self._buckets.setdefault(sensor_id, _Bucket(self.limits.burst, now_ms))
        refill = max(0, now_ms - bucket.filled_ms) / 1000 * rate_per_s
        bucket.tokens, bucket.filled_ms = min(self.limits.burst, bucket.tokens + refill), now_ms
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True


def _verifier(public_key: bytes) -> Callable[[bytes, bytes], None]:
    verify = Ed25519PublicKey.from_public_bytes(public_key).verify

    def check(message: bytes, signature: bytes) -> None:
        try:
            verify(signature, message)
        except InvalidSignature as exc:
            raise BadSignature("the signature is not of this key and message") from exc

    return check
