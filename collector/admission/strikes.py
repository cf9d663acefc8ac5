"""Strikes: a sensor whose own messages are broken again and again is not in order. Pure.

A strike is a message that certainly is the sensor's own and that no sensor in order makes: a malformed body, another
sensor's name. No strike: a bad signature, a wrong topic (anybody on the broker can do that to it), a clock that is
wrong, a rate that is too high; and the same message again.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

STRIKES = 3
WITHIN_MS = 3600 * 1000


@dataclass(slots=True)
class Strikes:
    """The latest strikes of each sensor: message digest -> when."""

    _of: dict[int, dict[bytes, int]] = field(default_factory=dict)

    def strike(self, sensor_id: int, digest: bytes, now_ms: int) -> bool:
        """Count one; True where that makes STRIKES within an hour."""
        recent = {one: at_ms for one, at_ms in self._of.get(sensor_id, {}).items() if now_ms - at_ms < WITHIN_MS}
        if len(recent) < STRIKES:
            recent.setdefault(digest, now_ms)
        self._of[sensor_id] = recent
        return len(recent) >= STRIKES

    def forget(self, sensor_id: int) -> None:
        """Somebody has looked at it: it begins anew."""
        self._of.pop(sensor_id, None)

    def keep(self, sensor_ids: Collection[int]) -> None:
        """Forget whoever is not among these."""
        self._of = {one: strikes for one, strikes in self._of.items() if one in sensor_ids}
