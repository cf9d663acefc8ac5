"""Challenges: what makes an ENROL good once, and for minutes only.

A challenge is a time, 16 random bytes and a tag over both by a key of this process; so none has to be remembered until
it was used, and all are void after a restart: the unit fetches another.
"""

import hashlib
import hmac
import os
from collections import OrderedDict

from footfall_sensor.wire.enrol import CHALLENGE_BYTES

GOOD_MS = 2 * 60 * 1000
USED_MAX = 20_000  # more than the rate limit lets through in GOOD_MS; beyond it the oldest are forgotten
_TIME_BYTES = 8
_BODY_BYTES = 24


class Challenges:
    """Makes challenges, and takes each of them back once. Not to be used by two threads at a time."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or os.urandom(32)
        self._used: OrderedDict[bytes, int] = OrderedDict()

    def make(self, now_ms: int) -> bytes:
        """A fresh one."""
        body = now_ms.to_bytes(_TIME_BYTES, "little") + os.urandom(_BODY_BYTES - _TIME_BYTES)
        return body + self._tag(body)

    def take(self, challenge: bytes, now_ms: int) -> bool:
        """Whether this is one of ours, fresh, and never taken before."""
        body, tag = challenge[:_BODY_BYTES], challenge[_BODY_BYTES:]
        if len(challenge) != CHALLENGE_BYTES or not hmac.compare_digest(tag, self._tag(body)):
            return False
        made_ms = int.from_bytes(body[:_TIME_BYTES], "little")
        if not now_ms - GOOD_MS < made_ms <= now_ms or challenge in self._used:
            return False
        while self._used and (len(self._used) >= USED_MAX or next(iter(self._used.values())) <= now_ms - GOOD_MS):
            self._used.popitem(last=False)
        self._used[challenge] = made_ms
        return True

    def _tag(self, body: bytes) -> bytes:
        return hmac.new(self._key, body, hashlib.sha256).digest()[: CHALLENGE_BYTES - _BODY_BYTES]
