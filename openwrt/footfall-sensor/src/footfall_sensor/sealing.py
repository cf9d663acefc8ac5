"""Sealing: a short secret for one receiver's ephemeral X25519 key, so that neither broker nor recording gives it away.

Both ends make a key pair for each secret and forget it afterwards; what they share pads the secret once:

    pad | tag key = HKDF-SHA256(X25519(ours, theirs), salt DOMAIN, info receiver's | sender's public key | context)
    box           = secret XOR pad | first 16 bytes of HMAC-SHA256(tag key, secret XOR pad)

The tag tells a box that was sealed for another key from one's own. It does not say who sealed it: the signature of the
message that carries the box does. `context` is what both ends know of the secret, see `context`.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec

from . import curve25519
from .curve25519 import KEY_BYTES
from .errors import Malformed

DOMAIN = b"footfall/1 sealed secret\0"
SECRET_BYTES_MAX = 64
TAG_BYTES = 16
PEER_BYTES = KEY_BYTES  # what travels with a box: the ephemeral public key of its sender
_HASH_BYTES = 32

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret under way: the sender's ephemeral public key, and the box, TAG_BYTES longer than the secret."""

    peer: bytes
    box: bytes


class Opener:
    """An ephemeral key pair, in memory only. Its public half goes out with the request; `close` when it is answered."""

    def __init__(self, random: Random = os.urandom) -> None:
        self._private = bytearray(random(KEY_BYTES))
        self.public = _public_of(self._private)

    def open(self, sealed: Sealed, context: bytes) -> bytearray:
        """The secret; overwrite it when it has been used. Raises Malformed where it was sealed for another key."""
        if not TAG_BYTES < len(sealed.box) <= SECRET_BYTES_MAX + TAG_BYTES:
            raise Malformed(f"a sealed secret has 1 to {SECRET_BYTES_MAX} bytes and a tag of {TAG_BYTES}")
        padded, tag = sealed.box[:-TAG_BYTES], sealed.box[-TAG_BYTES:]
        pad, tag_key = _pad(_shared(self._private, sealed.peer), self.public + sealed.peer + context, len(padded))
        if not hmac.compare_digest(_tag(tag_key, padded), tag):
            raise Malformed("sealed for another key, or for another purpose")
        return _xor(padded, pad)

    def close(self) -> None:
        """Forget the private half, as far as Python lets us."""
        wipe(self._private)


def seal(receiver: bytes, secret: bytes, context: bytes, random: Random = os.urandom) -> Sealed:
    """Seal a secret of 1 to SECRET_BYTES_MAX bytes for the public key `receiver`. Raises Malformed for a bad key."""
    if not 0 < len(secret) <= SECRET_BYTES_MAX:
        raise Malformed(f"a secret of 1 to {SECRET_BYTES_MAX} bytes can be sealed, not {len(secret)}")
    private = bytearray(random(KEY_BYTES))
    peer = _public_of(private)
    pad, tag_key = _pad(_shared(private, receiver), receiver + peer + context, len(secret))
    wipe(private)
    padded = bytes(_xor(secret, pad))
    return Sealed(peer, padded + _tag(tag_key, padded))


def context(purpose: str, *parts: object) -> bytes:
    """What a secret is for and belongs to, unambiguous: each part as text, with its length before it."""
    texts = [str(part).encode() for part in (purpose, *parts)]
    return b"".join(len(text).to_bytes(2, "little") + text for text in texts)


def wipe(secret: bytearray) -> None:
    """Overwrite a secret in place. Copies that Python has made of it elsewhere are not reached."""
    secret[:] = bytes(len(secret))


def _pad(shared: bytes, info: bytes, size: int) -> tuple[bytes, bytes]:
    """HKDF of RFC 5869: a pad of `size` bytes and a key for the tag."""
    root = hmac.new(DOMAIN, shared, hashlib.sha256).digest()
    out = block = b""
    for count in range(1, 2 + -(-size // _HASH_BYTES) + 1):
        block = hmac.new(root, block + info + bytes((count,)), hashlib.sha256).digest()
        out += block
    return out[:size], out[size : size + _HASH_BYTES]


def _tag(key: bytes, padded: bytes) -> bytes:
    return hmac.new(key, padded, hashlib.sha256).digest()[:TAG_BYTES]


def _xor(left: bytes, right: bytes) -> bytearray:
    return bytearray(a ^ b for a, b in zip(left, right, strict=True))


@lru_cache(1)
def _in_c() -> bool:
    return bool(find_spec("cryptography"))


def _shared(private: bytearray, public: bytes) -> bytes:
    if len(public) != KEY_BYTES:
        raise Malformed(f"an X25519 public key has {KEY_BYTES} bytes, this one {len(public)}")
    shared = _exchange(private, public) if _in_c() else curve25519.x25519(private, public)
    if not any(shared):
        raise Malformed("an X25519 public key of small order: whoever sent it wants the secret to be known to all")
    return shared


def _public_of(private: bytearray) -> bytes:
    if not _in_c():
        return curve25519.public_of(private)
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey  # noqa: PLC0415 - as in signing

    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def _exchange(private: bytearray, public: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import x25519  # noqa: PLC0415 - absent on 32-bit MIPS

    try:
        key = x25519.X25519PrivateKey.from_private_bytes(private)
        return key.exchange(x25519.X25519PublicKey.from_public_bytes(public))
    except ValueError:  # its word for a shared secret of zeros
        return bytes(KEY_BYTES)
