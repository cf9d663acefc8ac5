"""The other bodies: birth, health and death upward (see reports); acknowledgement and epoch key downward."""

from dataclasses import dataclass
from typing import Self

from ..errors import Malformed
from . import body
from .batch import EPOCH_CHARS_MAX, UTC_MS_MAX
from .objections import VERSION_MAX
from .reports import TOTAL_NAMES, Birth, Health, Totals

__all__ = ["TOTAL_NAMES", "Ack", "Acked", "Birth", "EpochKey", "Health", "Totals", "ranges"]

RANGES_MAX = 32  # of sequence numbers in one acknowledgement
OPEN_SPANS_MAX = 8  # of a week, one of which may have begun the day before
BOOTS_MAX = 8  # in one acknowledgement: a spool holds batches of several starts


@dataclass(frozen=True, slots=True)
class Acked:
    """What the collector says of the batches of one start: ranges are (first, last), both inclusive."""

    boot: bytes
    committed: tuple[tuple[int, int], ...] = ()
    refused: tuple[tuple[int, int], ...] = ()  # verified as the sensor's own, and never to be taken: drop them


@dataclass(frozen=True, slots=True)
class Ack:
    """Batches that are durable at the collector; only this lets a sensor forget them."""

    boots: tuple[Acked, ...]

    def encode(self) -> bytes:
        """The body."""
        return body.pack(
            {
                "boots": [
                    {
                        "boot": acked.boot,
                        "ok": [number for pair in acked.committed for number in pair],
                        "no": [number for pair in acked.refused for number in pair],
                    }
                    for acked in self.boots
                ]
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The acknowledgement in a body. Raises Malformed."""
        boots = body.unpack(raw).get("boots")
        if not isinstance(boots, list) or len(boots) > BOOTS_MAX:
            raise Malformed(f"boots: a list of at most {BOOTS_MAX} is wanted")
        return cls(tuple(_acked(entry) for entry in boots))


def _acked(entry: object) -> Acked:
    if not isinstance(entry, dict):
        raise Malformed("boots: maps are wanted")
    return Acked(body.binary(entry, "boot", 8), _ranges(entry, "ok"), _ranges(entry, "no"))


def _ranges(entry: body.Fields, name: str) -> tuple[tuple[int, int], ...]:
    numbers = entry.get(name, [])
    if not isinstance(numbers, list) or len(numbers) % 2 or len(numbers) > 2 * RANGES_MAX:
        raise Malformed(f"{name}: at most {RANGES_MAX} pairs are wanted")
    pairs = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    if not all(type(a) is int and type(b) is int and 0 <= a <= b < 1 << 64 for a, b in pairs):
        raise Malformed(f"{name}: pairs of first and last sequence number are wanted")
    return pairs


@dataclass(frozen=True, slots=True)
class EpochKey:
    """The key of one epoch and the time it holds for. Never logged: its repr hides the key."""

    epoch: str
    start_ms: int  # UTC, inclusive
    end_ms: int  # UTC, exclusive
    key: bytes
    expires_ms: int  # when this message itself stops being good
    open_spans: tuple[tuple[int, int], ...] | None = None  # UTC; when the place may be sensed, None = always
    objections: int = 0  # version of the place's list that must be in force before a token is made
    counts: bool = False  # the place is a sensitive one: no token is made there, whatever the unit's own mode

    def __repr__(self) -> str:
        return f"EpochKey(epoch={self.epoch!r}, start_ms={self.start_ms}, end_ms={self.end_ms}, key=hidden)"

    def encode(self) -> bytes:
        """The body."""
        return body.pack(
            {
                "epoch": self.epoch,
                "start": self.start_ms,
                "end": self.end_ms,
                "key": self.key,
                "expires": self.expires_ms,
                "open": None if self.open_spans is None else [edge for span in self.open_spans for edge in span],
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
        return cls(
            epoch=epoch,
            start_ms=start_ms,
            end_ms=body.integer(got, "end", start_ms + 1, UTC_MS_MAX),
            key=body.binary(got, "key", 32),
            expires_ms=body.integer(got, "expires", 0, UTC_MS_MAX),
            open_spans=_spans(got) if "open" in got else None,
            objections=body.integer(got, "objections", 0, VERSION_MAX, 0),
            counts=bool(body.integer(got, "counts", 0, 1, 0)),
        )


def _spans(got: body.Fields) -> tuple[tuple[int, int], ...]:
    edges = got["open"]
    if not isinstance(edges, list) or len(edges) % 2 or len(edges) > 2 * OPEN_SPANS_MAX:
        raise Malformed(f"open: at most {OPEN_SPANS_MAX} pairs of begin and end are wanted")
    spans = tuple(zip(edges[::2], edges[1::2], strict=True))
    if not all(type(start) is int and type(end) is int and 0 <= start < end <= UTC_MS_MAX for start, end in spans):
        raise Malformed("open: each pair is a begin and a later end, in UTC milliseconds")
    return spans


def ranges(numbers: "list[int] | tuple[int, ...]") -> tuple[tuple[int, int], ...]:
    """Sorted, distinct numbers as inclusive ranges: [0, 1, 2, 5] -> ((0, 2), (5, 5))."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)
