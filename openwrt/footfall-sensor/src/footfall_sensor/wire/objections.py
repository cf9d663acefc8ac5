"""The objections of a place: keyed prefixes of addresses that its sensors must not have heard.

A prefix is the first `bits` bits of HMAC-SHA256(key, address), kept in 3 bytes with zeros behind; they are sorted and
each is there once. The key is random, of one site and one week. It travels only in the answer to a birth; at any other
time the collector announces a version, without key and entries, and the sensor asks for it.
"""

from dataclasses import dataclass, replace
from typing import Self

from ..errors import Malformed
from ..keyed import KEY_BYTES
from ..sealing import PEER_BYTES, TAG_BYTES, Opener, Sealed, context, seal, wipe
from . import body
from .batch import UTC_MS_MAX

PREFIX_BYTES = 3
BITS_FEW, BITS_MANY = 20, 24
FEW_MAX = 1000  # entries at BITS_FEW: a stranger's address is then on the list by chance once in a thousand at most
ENTRIES_MAX = 10_000  # 30 kB, one body; at BITS_MANY a stranger is on it once in 1,600
VERSION_MAX = 1 << 48


@dataclass(frozen=True, slots=True)
class Objections:
    """One list. Never logged: its repr hides the key, which together with an address would tell who objected."""

    version: int  # from 1, growing at its site
    bits: int
    key: bytes  # empty: an announcement; sealed: TAG_BYTES more
    prefixes: bytes
    issued_ms: int
    expires_ms: int  # after this it is no list at all: nobody is told apart until another comes
    peer: bytes = b""  # of the sealing: the collector's ephemeral public key; empty = the key is plain

    def sealed(self, sensor: str, receiver: bytes) -> "Objections":
        """The same for one sensor's ephemeral public key. Raises Malformed where that is none."""
        box = seal(receiver, self.key, self._context(sensor))
        return replace(self, key=box.box, peer=box.peer)

    def opened(self, sensor: str, opener: Opener) -> "Objections":
        """The list with its key plain. Raises Malformed: it came plain, or is sealed for another key."""
        if not self.peer:
            raise Malformed("objections: the key came plain; only a sealed one is taken")
        key = opener.open(Sealed(self.peer, self.key), self._context(sensor))
        plain = replace(self, key=bytes(key), peer=b"")
        wipe(key)
        return plain

    def _context(self, sensor: str) -> bytes:
        return context("objections", sensor, self.version)

    @property
    def announces(self) -> bool:
        """Whether it only says that this version is there to be asked for."""
        return not self.key

    def __repr__(self) -> str:
        return f"Objections(version={self.version}, bits={self.bits}, entries={len(self)}, key=hidden)"

    def __len__(self) -> int:
        return len(self.prefixes) // PREFIX_BYTES

    def encode(self) -> bytes:
        """The body."""
        return body.pack(
            {
                "version": self.version,
                "bits": self.bits,
                "key": self.key or None,
                "peer": self.peer or None,
                "prefixes": self.prefixes or None,
                "issued": self.issued_ms,
                "expires": self.expires_ms,
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The list in a body. Raises Malformed."""
        got = body.unpack(raw)
        prefixes = got.get("prefixes", b"")
        if type(prefixes) is not bytes or len(prefixes) % PREFIX_BYTES or len(prefixes) > ENTRIES_MAX * PREFIX_BYTES:
            raise Malformed(f"prefixes: at most {ENTRIES_MAX} of {PREFIX_BYTES} bytes are wanted")
        peer = body.binary(got, "peer", PEER_BYTES) if "peer" in got else b""
        return cls(
            version=body.integer(got, "version", 1, VERSION_MAX),
            bits=body.integer(got, "bits", 8, 8 * PREFIX_BYTES),
            key=body.binary(got, "key", KEY_BYTES + TAG_BYTES if peer else KEY_BYTES) if "key" in got else b"",
            prefixes=prefixes,
            issued_ms=body.integer(got, "issued", 0, UTC_MS_MAX),
            expires_ms=body.integer(got, "expires", 0, UTC_MS_MAX),
            peer=peer,
        )


def announcement(version: int, issued_ms: int, expires_ms: int) -> Objections:
    """The word that a version is there."""
    return Objections(version, BITS_FEW, b"", b"", issued_ms, expires_ms)


def width(entries: int) -> int:
    """How many bits the prefixes of so many objections have."""
    return BITS_FEW if entries <= FEW_MAX else BITS_MANY


def prefix(digest: bytes, bits: int) -> bytes:
    """An entry: the first `bits` bits of a digest."""
    spare = 8 * PREFIX_BYTES - bits
    return (int.from_bytes(digest[:PREFIX_BYTES], "big") >> spare << spare).to_bytes(PREFIX_BYTES, "big")
