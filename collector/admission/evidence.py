"""Evidence: what is kept of a refused message, as whose, and for how long. Pure."""

from collections.abc import Mapping

from footfall_sensor.errors import Malformed
from footfall_sensor.wire import batch, envelope
from footfall_sensor.wire.envelope import ENVELOPE_BYTES_MAX, SIGNATURE_BYTES

from .. import calendar
from ..keys.blinding import LATE_MS
from ..records.registry import Tenant
from .door import DIGEST_BYTES, TOPIC_PREFIX, Reason, Refused
from .quarantine import KEPT_MS, PAYLOAD_BYTES_MAX, STRANGERS, Held

REPLAYABLE = frozenset({Reason.NOT_APPROVED, Reason.IN_FUTURE})  # of a sensor's own: these are kept whole


def source_of(refused: Refused, topic: str, known: Mapping[str, Tenant]) -> str:
    """Whose it is, or claims to be. known: tenants by sensor (`tenant/sensor`)."""
    whose = topic.removeprefix(TOPIC_PREFIX).rpartition("/")[0]
    if whose not in known:
        return STRANGERS
    return whose if refused.sensor is not None else STRANGERS + whose


def evidence(
    refused: Refused, topic: str, payload: bytes, known: Mapping[str, Tenant], now_ms: int, *, history: bool = False
) -> Held:
    """The message as the quarantine keeps it. known: as above; history: epochs never end."""
    certain = refused.sensor is not None
    source = source_of(refused, topic, known)
    tenant = known.get(source.removeprefix(STRANGERS), Tenant())
    kept_max = ENVELOPE_BYTES_MAX if refused.reason in REPLAYABLE and certain else PAYLOAD_BYTES_MAX
    until_ms = now_ms + KEPT_MS if history else payload_until_ms(payload, tenant, now_ms)
    return Held(
        id=0,
        received_ms=now_ms,
        topic=topic,
        reason=refused.reason,
        says=refused.says,
        payload=payload[:kept_max] if until_ms > now_ms else b"",
        source=source,
        size=len(payload),
        whole=len(payload) <= kept_max and until_ms > now_ms,
        digest=payload[-SIGNATURE_BYTES:][:DIGEST_BYTES] if certain else None,
        until_ms=until_ms,
    )


def payload_until_ms(payload: bytes, tenant: Tenant, now_ms: int) -> int:
    """How long the bytes may stay: a batch's until its epoch is over and late ones have come; what cannot be read, and
    might hold tokens all the same, as long as a late one may."""
    try:
        start_ms = min(now_ms, batch.decode(envelope.unpack(payload).body).start_ms)
    except Malformed:
        return now_ms + LATE_MS
    return calendar.day_of(start_ms, tenant.time_zone, tenant.epoch_turn_h).end_ms + LATE_MS
