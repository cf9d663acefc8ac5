"""The key of one epoch, on its way to one sensor: sealed for the key that the sensor's birth carried."""

from dataclasses import dataclass, replace
from typing import Self

from ..errors import Malformed
from ..keyed import KEY_BYTES
from ..sealing import PEER_BYTES, TAG_BYTES, Opener, Sealed, context, seal
from . import body
from .batch import EPOCH_CHARS_MAX, UTC_MS_MAX
from .objections import VERSION_MAX

OPEN_SPANS_MAX = 8  # of the seven days from its begin, one of which may have begun the day before


@dataclass(frozen=True, slots=True)
class EpochKey:
    """The key of one epoch and the time it holds for. Never logged: its repr hides the key.

    In a collector, and in an old recording, the key is plain and `peer` is empty. What travels is `sealed`, and only
    that is taken by a sensor.
    """

    epoch: str
    start_ms: int  # UTC, inclusive
    end_ms: int  # UTC, exclusive
    key: bytes  # 32 bytes, or sealed: TAG_BYTES more
    expires_ms: int  # when this message itself stops being good
    issued_ms: int = 0  # 0 = an older collector
    peer: bytes = b""  # of the sealing: the collector's ephemeral public key; empty = the key is plain
    open_spans: tuple[tuple[int, int], ...] | None = None  # UTC, [start, end) in which the site is open; None = always
    objections: int = 0  # version of the place's list that must be in force before a token is made
    counts: bool = False  # the place is a sensitive one: no token is made there, whatever the unit's own mode

    def __repr__(self) -> str:
        return f"EpochKey(epoch={self.epoch!r}, start_ms={self.start_ms}, end_ms={self.end_ms}, key=hidden)"

    def sealed(self, sensor: str, receiver: bytes) -> "EpochKey":
        """The same for one sensor's ephemeral public key. Raises Malformed where that is none."""
        box = seal(receiver, self.key, self._context(sensor))
        return replace(self, key=box.box, peer=box.peer)

    def opened(self, sensor: str, opener: Opener) -> bytearray:
        """The key itself; overwrite it when it has been used. Raises Malformed: plain, or sealed for another key."""
        if not self.peer:
            raise Malformed("epoch key: it came plain; only a sealed one is taken")
        return opener.open(Sealed(self.peer, self.key), self._context(sensor))

    def encode(self) -> bytes:
        """The body."""
        spans = self.open_spans
        return body.pack(
            {
                "epoch": self.epoch,
                "start": self.start_ms,
                "end": self.end_ms,
                "key": self.key,
                "expires": self.expires_ms,
                "issued": self.issued_ms or None,
                "peer": self.peer or None,
                "open": None if spans is None else [instant for span in spans for instant in span],
                "objections": self.objections or None,
                "counts": int(self.counts) or None,
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The epoch key in a body. Raises Malformed."""
        got = body.unpack(raw)
        start_ms = body.integer(got, "start", 0, UTC_MS_MAX)
        epoch = body.text(got, "epoch")
        if not 0 < len(epoch) <= EPOCH_CHARS_MAX:  # what a batch could not carry must not become its epoch
            raise Malformed(f"epoch: a name of 1 to {EPOCH_CHARS_MAX} characters is wanted")
        peer = body.binary(got, "peer", PEER_BYTES) if "peer" in got else b""
        return cls(
            epoch=epoch,
            start_ms=start_ms,
            end_ms=body.integer(got, "end", start_ms + 1, UTC_MS_MAX),
            key=body.binary(got, "key", KEY_BYTES + TAG_BYTES if peer else KEY_BYTES),
            expires_ms=body.integer(got, "expires", 0, UTC_MS_MAX),
            issued_ms=body.integer(got, "issued", 0, UTC_MS_MAX, 0),
            peer=peer,
            open_spans=_spans(got),
            objections=body.integer(got, "objections", 0, VERSION_MAX, 0),
            counts=bool(body.integer(got, "counts", 0, 1, 0)),
        )

    def _context(self, sensor: str) -> bytes:
        return context("epoch key", sensor, self.epoch, self.start_ms, self.end_ms)


def _spans(got: body.Fields) -> tuple[tuple[int, int], ...] | None:
    numbers = got.get("open")
    if numbers is None:
        return None
    if not isinstance(numbers, list) or len(numbers) % 2 or len(numbers) > 2 * OPEN_SPANS_MAX:
        raise Malformed(f"open: at most {OPEN_SPANS_MAX} pairs are wanted")
    if not all(type(number) is int and 0 <= number <= UTC_MS_MAX for number in numbers):
        raise Malformed("open: UTC milliseconds are wanted")
    spans = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    if not all(start_ms < end_ms for start_ms, end_ms in spans):
        raise Malformed("open: pairs of begin and end are wanted")
    return spans
