"""Mutations of good bytes, fast enough that the code under test costs more than they do."""

from collections.abc import Callable, Sequence
from random import Random

# Bytes and numbers at which readers change their mind.
EDGES = (b"\0", b"\1", b"\x7f", b"\x80", b"\xff", b"\0\0", b"\xff\xff", b"\0\x80", b"\xff\xff\xff\xff", b"\0\0\0\x80")
SIZE_MAX = 40_000


def mutate(good: Sequence[bytes], chance: Random) -> bytes:
    """One of the good inputs with one to four changes, or with a part of another in it."""
    draw = chance.random
    raw = bytearray(good[int(draw() * len(good))])
    for _ in range(1 + int(draw() * draw() * 4)):
        size = len(raw)
        at = int(draw() * (size + 1))
        _CHANGES[int(draw() * len(_CHANGES))](raw, at, size, draw, good)
    return bytes(raw[:SIZE_MAX])


Draw = Callable[[], float]
Good = Sequence[bytes]


def _flip_bit(raw: bytearray, at: int, size: int, draw: Draw, _good: Good) -> None:
    if at < size:
        raw[at] ^= 1 << int(draw() * 8)


def _set_byte(raw: bytearray, at: int, size: int, draw: Draw, _good: Good) -> None:
    if at < size:
        raw[at] = int(draw() * 256)


def _nudge(raw: bytearray, at: int, size: int, draw: Draw, _good: Good) -> None:
    if at < size:
        raw[at] = (raw[at] + int(draw() * 9) - 4) & 0xFF


def _overwrite(raw: bytearray, at: int, _size: int, draw: Draw, _good: Good) -> None:
    edge = EDGES[int(draw() * len(EDGES))]
    raw[at : at + len(edge)] = edge


def _insert(raw: bytearray, at: int, _size: int, draw: Draw, _good: Good) -> None:
    raw[at:at] = EDGES[int(draw() * len(EDGES))]


def _cut_out(raw: bytearray, at: int, _size: int, draw: Draw, _good: Good) -> None:
    del raw[at : at + 1 + int(draw() * 12)]


def _cut_off(raw: bytearray, at: int, _size: int, _draw: Draw, _good: Good) -> None:
    del raw[at:]


def _repeat(raw: bytearray, at: int, _size: int, draw: Draw, _good: Good) -> None:
    raw[at:at] = raw[at : at + 1 + int(draw() * 16)] * (1 + int(draw() * 4))


def _splice(raw: bytearray, at: int, _size: int, draw: Draw, good: Good) -> None:
    other = good[int(draw() * len(good))]
    start = int(draw() * (len(other) + 1))
    raw[at:] = other[start:]


# The gentle ones stand twice: an input that is all broken gets no further than the first check.
_GENTLE = (_flip_bit, _set_byte, _nudge)
_CHANGES = (*_GENTLE, *_GENTLE, _overwrite, _insert, _cut_out, _cut_off, _repeat, _splice)
