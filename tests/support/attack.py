"""The attack on pseudonyms: whoever holds bytes, and knows addresses, tries every key that the bytes could hide."""

import base64
import hmac
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from collector.keys.blinding import blind

KEY_BYTES, TOKEN_BYTES = 32, 8
ZEROS_MAX = 8  # 32 random bytes have so many zeros once in 10^15 times: what has more is no key


def token(key: bytes, address: bytes) -> bytes:
    return hmac.digest(key, address, "sha256")[:TOKEN_BYTES]


def confirmed(image: bytes, addresses: Sequence[bytes], tokens: set[bytes], turned_by: bytes | None = None) -> int:
    """How many addresses can be confirmed by the best key in `image`: each 32 bytes that stand together are tried.

    Each is tried on the first address, which must have been heard; a key that gives its token is tried on all.
    turned_by: the key that the store turns tokens with, which is given to the attacker for nothing.
    """
    best = 0
    for keys in _handfuls(_candidates(image)):
        found = turned([token(key, addresses[0]) for key in keys], turned_by)
        for key, one in zip(keys, found, strict=True):
            if one in tokens:
                all_of_it = turned([token(key, address) for address in addresses], turned_by)
                best = max(best, sum(each in tokens for each in all_of_it))
    return best


def turned(tokens: Sequence[bytes], by: bytes | None) -> list[bytes]:
    """Tokens as the store has them."""
    if by is None:
        return list(tokens)
    raw = blind(by, b"".join(tokens))
    return [raw[at : at + TOKEN_BYTES] for at in range(0, len(raw), TOKEN_BYTES)]


def _handfuls(keys: Iterator[bytes]) -> Iterator[list[bytes]]:
    while handful := list(islice(keys, 10_000)):
        yield handful


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
