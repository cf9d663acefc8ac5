"""The other bodies: birth, health and death upward (see reports); acknowledgement and epoch key (epoch) downward."""

from dataclasses import dataclass
from typing import Self

from ..errors import Malformed
from . import body
from .batch import UTC_MS_MAX
from .epoch import EpochKey
from .reports import TOTAL_NAMES, Birth, Health, Totals

__all__ = ["TOTAL_NAMES", "Ack", "Acked", "Birth", "EpochKey", "Health", "Totals", "ranges"]

RANGES_MAX = 32  # of sequence numbers in one acknowledgement
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
    issued_ms: int = 0  # UTC; 0 = an older collector
    expires_ms: int = 0  # UTC; 0 = never

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
                ],
                "issued": self.issued_ms or None,
                "expires": self.expires_ms or None,
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The acknowledgement in a body. Raises Malformed."""
        got = body.unpack(raw)
        boots = got.get("boots")
        if not isinstance(boots, list) or len(boots) > BOOTS_MAX:
            raise Malformed(f"boots: a list of at most {BOOTS_MAX} is wanted")
        times_ms = (body.integer(got, name, 0, UTC_MS_MAX, 0) for name in ("issued", "expires"))
        return cls(tuple(_acked(entry) for entry in boots), *times_ms)


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


def ranges(numbers: "list[int] | tuple[int, ...]") -> tuple[tuple[int, int], ...]:
    """Sorted, distinct numbers as inclusive ranges: [0, 1, 2, 5] -> ((0, 2), (5, 5))."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)
