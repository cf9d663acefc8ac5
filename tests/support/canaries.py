"""Canaries: secrets put in at one end, and a search for them, however they are spelt, at the other."""

import base64
import hashlib
from collections.abc import Iterable, Iterator

import numpy as np

PREFIX = 6  # bytes that a search begins with; no spelling is shorter


def addresses(count: int) -> list[bytes]:
    """Distinct addresses without any pattern, made up as phones make them up."""
    made = (hashlib.sha256(b"canary %d" % number).digest()[:6] for number in range(count))
    return [bytes([mac[0] & 0xFC | 2]) + mac[1:] for mac in made]


def spellings(secret: bytes) -> Iterator[bytes]:
    """The ways in which bytes are written down, and the hashes that anyone could undo by trying all addresses."""
    for raw in (secret, secret[::-1]):
        yield raw
        for text in (raw.hex(), raw.hex(":"), raw.hex("-"), raw.hex("."), raw.hex("."[0], 2)):
            yield text.encode()
            yield text.upper().encode()
        yield str(int.from_bytes(raw, "big")).encode()
        yield repr(raw)[2:-1].encode()
        for shift in range(3):  # base64 of a longer text that holds it: the characters that depend on it alone
            whole = base64.b64encode(bytes(shift) + raw + bytes(3))
            inside = whole[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6]
            yield inside
            yield inside.replace(b"+", b"-").replace(b"/", b"_")
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
            digest = hashlib.new(name, raw).digest()[:8]
            yield digest
            yield digest.hex().encode()


def found(secrets: Iterable[bytes], places: dict[str, bytes]) -> list[str]:
    """Where which secret was found, one line each. Secrets have at least PREFIX bytes."""
    spelt = {spelling: secret for secret in secrets for spelling in spellings(secret) if len(spelling) >= PREFIX}
    by_prefix: dict[int, list[bytes]] = {}
    for spelling in spelt:
        by_prefix.setdefault(int.from_bytes(spelling[:PREFIX], "little"), []).append(spelling)
    wanted = np.array(list(by_prefix), dtype=np.uint64)
    return [
        f"{spelt[spelling]!r} in {place} as {spelling!r}"
        for place, raw in places.items()
        for at, prefix in _hits(raw, wanted)
        for spelling in by_prefix[prefix]
        if raw.startswith(spelling, at)
    ]


def _hits(raw: bytes, wanted: "np.ndarray") -> Iterator[tuple[int, int]]:
    """Where one of the wanted prefixes stands: all places at once, because there are tens of thousands of spellings."""
    octets = np.frombuffer(raw, dtype=np.uint8).astype(np.uint64)
    if len(octets) < PREFIX:
        return
    windows = sum(octets[n : len(octets) - PREFIX + 1 + n] << np.uint64(8 * n) for n in range(PREFIX))
    for at in np.flatnonzero(np.isin(windows, wanted)):
        yield int(at), int(windows[at])
