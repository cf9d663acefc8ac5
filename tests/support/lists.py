"""Lists of objections for tests, computed with the standard library's own HMAC."""

import hashlib
import hmac
from collections.abc import Iterable

from footfall_sensor.wire.objections import Objections, prefix, width


def made_list(
    addresses: Iterable[bytes],
    version: int = 1,
    key: bytes = bytes(range(32)),
    issued_ms: int = 0,
    expires_ms: int = 1 << 42,
    bits: int = 0,
) -> Objections:
    """The list of these addresses; as wide as so many want it, unless told otherwise."""
    those = list(addresses)
    bits = bits or width(len(those))
    entries = {prefix(hmac.new(key, mac, hashlib.sha256).digest(), bits) for mac in those}
    return Objections(version, bits, key, b"".join(sorted(entries)), issued_ms, expires_ms)
