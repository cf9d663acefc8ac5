"""The attack on pseudonyms: whoever holds bytes, and knows addresses, tries every key that the bytes could hide."""

import base64
import hmac
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

KEY_BYTES, TOKEN_BYTES = 32, 8
ZEROS_MAX = 8  # 32 random bytes have so many zeros once in 10^15 times: what has more is no key


def token(key: bytes, address: bytes) -> bytes:
    return hmac.digest(key, address, "sha256")[:TOKEN_BYTES]


def confirmed(image: bytes, addresses: Sequence[bytes], tokens: set[bytes]) -> int:
    """How many addresses can be confirmed by the best key in `image`: each 32 bytes that stand together are tried.

    Each is tried on the first address, which must have been heard; a key that gives its token is tried on all.
    """
    best = 0
    for key in _candidates(image):
        if token(key, addresses[0]) in tokens:
            best = max(best, sum(token(key, address) in tokens for address in addresses))
    return best


def files(*folders: Path) -> bytes:
    """Every byte of every file below these folders, as who takes the disk has them: logs and free pages too."""
    return b"\xff".join(path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())


def _candidates(image: bytes) -> Iterator[bytes]:
    for at in range(len(image) - KEY_BYTES + 1):
        key = image[at : at + KEY_BYTES]
        if key.count(0) <= ZEROS_MAX:
            yield key
    for text in re.findall(rb"[0-9A-Fa-f]{64,}", image):
        yield from (bytes.fromhex(text[at : at + 64].decode()) for at in range(len(text) - 63))
    for text in re.findall(rb"[A-Za-z0-9+/_-]{43,}", image):
        for at in range(len(text) - 42):
            yield base64.b64decode(text[at : at + 43] + b"=", altchars=b"-_" if b"-" in text or b"_" in text else None)
