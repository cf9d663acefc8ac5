"""Pseudonyms: an address becomes a token, and capability elements become a class, under the epoch's key.

This is the last module that sees an address. A token is the first 8 bytes of HMAC-SHA256(epoch key, address); a class
is 16 bits of HMAC-SHA256(epoch key, label and capabilities), so it names a family of models within one epoch only.
"""

import hashlib
import os
from collections.abc import Callable

from . import elements

KEY_BYTES = 32
TOKEN_BYTES = 8
CLASS_LABEL = b"footfall model class\0"  # longer than an address: a class can never be the token of one
CLASS_UNKNOWN = 0
MEMORY_MAX = 4096  # addresses and element lists remembered; reached only by a flood, then forgotten together

SCRUBBED_MAX = 256  # freed places of hash states that are overwritten when a key is let go
_BLOCK_BYTES = 64  # of SHA-256, RFC 2104


class Pseudonymiser:
    """Tokens and classes under one epoch key. `forget` drops what it remembers; do so at every window's end.

    Remembering halves the instructions a frame costs on a 24Kc: phones repeat themselves within a burst. Two SHA-256
    states with the key already in them are kept, because without OpenSSL a fresh HMAC costs 2.5 times as much.
    """

    def __init__(self, key: bytes | bytearray) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"an epoch key has {KEY_BYTES} bytes, this one {len(key)}")
        self._inner = _keyed(key, 0x36)
        self._outer = _keyed(key, 0x5C)
        self._tokens: dict[bytes, bytes] = {}
        self._classes: dict[bytes, int] = {}

    def __del__(
        self,
        random: "Callable[[int], bytes]" = os.urandom,  # as defaults: at the interpreter's end modules are empty
        state: "Callable[[], hashlib._Hash]" = hashlib.sha256,
        block_bytes: int = _BLOCK_BYTES,
        freed_max: int = SCRUBBED_MAX,
    ) -> None:
        # Nobody uses this key any more. SHA-256 lets its state be overwritten by feeding it: what was before cannot be
        # computed back. Short-lived copies have left the state in freed memory, which the new ones below take over.
        for keyed in (getattr(self, "_inner", None), getattr(self, "_outer", None)):
            if keyed is not None:  # None: the key was refused
                keyed.update(random(block_bytes))
        _ = [state() for _ in range(freed_max)]

    def _hmac(self, message: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()

    def token(self, mac: bytes) -> bytes:
        """The 8-byte token of a 6-byte address."""
        token = self._tokens.get(mac)
        if token is None:
            if len(self._tokens) >= MEMORY_MAX:
                self._tokens.clear()
            token = self._tokens[mac] = self._hmac(mac)[:TOKEN_BYTES]
        return token

    def model_class(self, raw_elements: bytes) -> int:
        """The class (1..65535) of information elements, or CLASS_UNKNOWN where none says what the phone can do."""
        found = self._classes.get(raw_elements)
        if found is None:
            if len(self._classes) >= MEMORY_MAX:
                self._classes.clear()
            found = self._classes[raw_elements] = self._classify(elements.capabilities(raw_elements))
        return found

    def _classify(self, capabilities: bytes) -> int:
        if not capabilities:
            return CLASS_UNKNOWN
        return int.from_bytes(self._hmac(CLASS_LABEL + capabilities)[:2], "little") or 1

    def forget(self) -> None:
        """Drop the remembered addresses and elements; the key stays."""
        self._tokens.clear()
        self._classes.clear()


def _keyed(key: bytes | bytearray, pad: int) -> "hashlib._Hash":
    """A SHA-256 state that has the key and a pad in it. The block that held them is overwritten."""
    block = bytearray(key.ljust(_BLOCK_BYTES, b"\0"))
    for at in range(_BLOCK_BYTES):
        block[at] ^= pad
    state = hashlib.sha256(block)
    block[:] = bytes(_BLOCK_BYTES)
    return state


def no_class(_elements: bytes) -> int:
    """The classifier of a sensor that has no epoch key: it knows no class."""
    return CLASS_UNKNOWN


def is_randomised(mac: bytes) -> bool:
    """Whether an address is locally administered (IEEE 802 bit U/L): made up by the phone, not given by its maker."""
    return bool(mac[0] & 2)
