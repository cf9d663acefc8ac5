"""pcapng files: blocks of sections, interfaces and packets. Format: draft-ietf-opsawg-pcapng."""

import struct
from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO, NamedTuple

from .captured import Frame, Truncated, Unreadable, check_link, exactly
from .wire.batch import UTC_MS_MAX

MAGIC = b"\x0a\x0d\x0d\x0a"
BLOCK_BYTES_MAX = 1 << 20
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6


class _Interface(NamedTuple):
    link_type: int
    ticks_per_s: int
    offset_s: int


def frames(stream: BinaryIO) -> Iterator[Frame]:
    """The frames of a pcapng stream whose four magic bytes have been read. Raises Truncated or Unreadable."""
    order = "<"
    interfaces: list[_Interface] = []
    head = MAGIC
    last_ms = 0
    while head:
        if len(head) != 4:
            raise Truncated
        kind = int.from_bytes(head, "little" if order == "<" else "big")
        if head == MAGIC:
            kind = _SECTION
            size_raw, order_magic = exactly(stream, 4), exactly(stream, 4)
            order = "<" if order_magic == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
            _body(stream, Struct(order + "I").unpack(size_raw)[0], already=12)
        else:
            body = _body(stream, Struct(order + "I").unpack(exactly(stream, 4))[0], already=8)
            if kind == _INTERFACE:
                interfaces.append(_interface(body, order))
            elif kind in (_PACKET, _OLD_PACKET, _SIMPLE_PACKET):
                frame = _packet(kind, body, order, interfaces, last_ms)
                check_link(frame.link_type)
                last_ms = frame.ts_ms
                if not 0 <= last_ms <= UTC_MS_MAX:
                    raise Unreadable("is damaged: a packet claims a year beyond 2248. Copy the file again")
                yield frame
        head = stream.read(4)


def _body(stream: BinaryIO, size: int, already: int) -> bytes:
    if size > BLOCK_BYTES_MAX or size < already + 4 or size % 4:
        raise Unreadable(f"is damaged: a pcapng block claims {size} bytes. Copy the file again")
    return exactly(stream, size - already)[:-4]


def _interface(body: bytes, order: str) -> _Interface:
    if len(body) < 8:
        raise Truncated
    link_type = Struct(order + "H").unpack_from(body)[0]
    ticks_per_s, offset_s, at = 1_000_000, 0, 8
    option = Struct(order + "HH")
    while at + 4 <= len(body):
        code, size = option.unpack_from(body, at)
        value = body[at + 4 : at + 4 + size]
        if code == 0 or len(value) != size:
            break
        if code == 9 and size == 1:  # if_tsresol: a power of ten, or of two with the top bit set
            ticks_per_s = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
        elif code == 14 and size == 8:  # if_tsoffset
            offset_s = Struct(order + "q").unpack(value)[0]
        at += 4 + (size + 3 & ~3)
    return _Interface(link_type, ticks_per_s, offset_s)


def _packet(kind: int, body: bytes, order: str, interfaces: list[_Interface], last_ms: int) -> Frame:
    """The frame of a packet block. A simple packet has no time of its own and takes its predecessor's."""
    try:
        if kind == _SIMPLE_PACKET:
            index, kept, at, ticks = 0, min(Struct(order + "I").unpack_from(body)[0], len(body) - 4), 4, None
        elif kind == _PACKET:
            index, high, low, kept, _ = Struct(order + "IIIII").unpack_from(body)
            at, ticks = 20, high << 32 | low
        else:
            index, _, high, low, kept, _ = Struct(order + "HHIIII").unpack_from(body)
            at, ticks = 20, high << 32 | low
        interface = interfaces[index]
    except (IndexError, struct.error) as exc:
        raise Truncated from exc
    if at + kept > len(body):
        raise Truncated
    ts_ms = last_ms if ticks is None else interface.offset_s * 1000 + ticks * 1000 // interface.ticks_per_s
    return Frame(ts_ms, body[at : at + kept], interface.link_type)
