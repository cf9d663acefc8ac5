"""Conditions: what is amiss with a sensor, from when on, and whether it has lasted long enough to count. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .checks import CHECKS, MINUTE_MS, Check
from .seen import Seen


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is amiss with one sensor."""

    sensor_id: int
    state: str
    since_ms: int
    says: str
    raised_ms: int | None = None  # when its tolerance was over
    clear_ms: int | None = None  # when it was last seen to be gone; it must stay so for the recovery


Key = tuple[int, str]


def step(known: Condition | None, check: Check, says: str, sensor_id: int, now_ms: int) -> Condition | None:
    """What becomes of one condition at one look; None where there is none (any more)."""
    if says:
        base = known or Condition(sensor_id, check.state, now_ms, says)
        lasted = now_ms - base.since_ms >= check.tolerance_min * MINUTE_MS
        raised_ms = base.raised_ms if base.raised_ms is not None else now_ms if lasted else None
        return replace(base, says=says, raised_ms=raised_ms, clear_ms=None)
    if known is None or known.raised_ms is None:
        return None
    clear_ms = known.clear_ms if known.clear_ms is not None else now_ms
    if now_ms - clear_ms >= check.recovery_min * MINUTE_MS:
        return None
    return replace(known, clear_ms=clear_ms)


def look(seen: Iterable[Seen], known: Mapping[Key, Condition]) -> dict[Key, Condition]:
    """Every condition of these sensors now, from those that were known."""
    found: dict[Key, Condition] = {}
    for one in seen:
        for check in CHECKS:
            key = (one.sensor.id, check.state)
            now = step(known.get(key), check, check.amiss(one), one.sensor.id, one.now_ms)
            if now is not None:
                found[key] = now
    return found
