"""Which collector keys a sensor is to believe: a list with a version that only grows, signed by a key believed now."""

from dataclasses import dataclass
from typing import Self

from ..errors import Malformed
from ..keys import ID_BYTES, PUBLIC_BYTES, PublicKey
from . import body
from .batch import UTC_MS_MAX
from .reports import TRUST_VERSION_MAX

KEYS_MAX = 3


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A collector's public key and the time in which its word counts."""

    key: PublicKey
    not_before_ms: int = 0  # UTC
    not_after_ms: int = 0  # UTC, exclusive; 0 = no end is set

    def holds(self, utc_ms: int) -> bool:
        """Whether its word counts at that time."""
        return self.not_before_ms <= utc_ms and (not self.not_after_ms or utc_ms < self.not_after_ms)


@dataclass(frozen=True, slots=True)
class Trust:
    """All keys that count from now on; what was believed before and is not in it counts no more."""

    version: int
    issued_ms: int
    expires_ms: int  # when this message stops being good; the list itself holds until the next
    keys: tuple[TrustedKey, ...]

    def encode(self) -> bytes:
        """The body."""
        return body.pack(
            {
                "version": self.version,
                "issued": self.issued_ms,
                "expires": self.expires_ms,
                "keys": [
                    {"id": one.key.id, "key": one.key.raw, "from": one.not_before_ms, "until": one.not_after_ms}
                    for one in self.keys
                ],
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The list in a body. Raises Malformed."""
        got = body.unpack(raw)
        listed = got.get("keys")
        if not isinstance(listed, list) or not 0 < len(listed) <= KEYS_MAX:
            raise Malformed(f"keys: a list of 1 to {KEYS_MAX} is wanted")
        keys = tuple(_key(entry) for entry in listed)
        if len({one.key.raw for one in keys}) < len(keys):
            raise Malformed("keys: the same one twice")
        return cls(
            version=body.integer(got, "version", 1, TRUST_VERSION_MAX),
            issued_ms=body.integer(got, "issued", 1, UTC_MS_MAX),
            expires_ms=body.integer(got, "expires", 1, UTC_MS_MAX),
            keys=keys,
        )


def _key(entry: object) -> TrustedKey:
    if not isinstance(entry, dict):
        raise Malformed("keys: maps are wanted")
    return TrustedKey(
        PublicKey(body.binary(entry, "id", ID_BYTES), body.binary(entry, "key", PUBLIC_BYTES)),
        body.integer(entry, "from", 0, UTC_MS_MAX, 0),
        body.integer(entry, "until", 0, UTC_MS_MAX, 0),
    )
