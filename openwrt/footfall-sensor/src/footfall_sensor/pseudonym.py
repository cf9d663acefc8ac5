"""Pseudonyms: an address becomes a token, and capability elements become a class, under the epoch's key.

This is the last module that sees an address; only the objections see it before. A token is the first 8 bytes of
HMAC-SHA256(epoch key, address); a class is 16 bits of HMAC-SHA256(epoch key, label and capabilities), so it names a
family of models within one epoch only.
"""

import hashlib
import os
from collections.abc import Callable

from . import elements
from .keyed import KEY_BYTES, KeyedHash

__all__ = [
    "CLASS_LABEL",
    "CLASS_UNKNOWN",
    "KEY_BYTES",
    "MEMORY_MAX",
    "TOKEN_BYTES",
    "Pseudonymiser",
    "is_randomised",
    "no_class",
]

TOKEN_BYTES = 8
CLASS_LABEL = b"footfall model class\0"  # longer than an address: a class can never be the token of one
CLASS_UNKNOWN = 0
MEMORY_MAX = 4096  # addresses and element lists remembered; reached only by a flood, then forgotten together

_BLOCK_BYTES = 64  # of SHA-256
SCRUBBED_MAX = 256  # freed places of hash states that are overwritten when a key is let go


class Pseudonymiser(KeyedHash):
    """Tokens and classes under one epoch key. `forget` drops what it remembers; do so at every window's end.

    Remembering halves the instructions a frame costs on a 24Kc: phones repeat themselves within a burst.
    """

    def __init__(self, key: bytes | bytearray) -> None:
        super().__init__(key)
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

    def token(self, mac: bytes) -> bytes:
        """The 8-byte token of a 6-byte address."""
        token = self._tokens.get(mac)
        if token is None:
            if len(self._tokens) >= MEMORY_MAX:
                self._tokens.clear()
            token = self._tokens[mac] = self.digest(mac)[:TOKEN_BYTES]
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
        return int.from_bytes(self.digest(CLASS_LABEL + capabilities)[:2], "little") or 1

    def forget(self) -> None:
        """Drop the remembered addresses and elements; the key stays."""
        self._tokens.clear()
        self._classes.clear()


def no_class(_elements: bytes) -> int:
    """The classifier of a sensor that has no epoch key: it knows no class."""
    return CLASS_UNKNOWN


def is_randomised(mac: bytes) -> bool:
    """Whether an address is locally administered (IEEE 802 bit U/L): made up by the phone, not given by its maker."""
    return bool(mac[0] & 2)
