"""Capture files: pcap and pcapng, plain or in gzip, as a stream of frames in time order.

Formats: the pcap and pcapng drafts of the IETF opsawg. A file that ends in the middle of a record gives all frames
before that place and then raises CaptureError, so that nothing readable is lost and nothing missing is hidden.
"""

import gzip
import hashlib
import heapq
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from struct import Struct
from typing import BinaryIO, NamedTuple, cast

from .errors import CaptureError
from .frames import LINK_IEEE802_11, LINK_RADIOTAP, LINK_TYPES
from .wire.batch import UTC_MS_MAX

FRAME_BYTES_MAX = 256 << 10  # snap lengths end at 262,144; a larger record is damage
BLOCK_BYTES_MAX = 1 << 20
FILES_MAX = 256  # open at once

_PCAP_MAGICS = {  # first four bytes -> (byte order, fractions of a second)
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}
_PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
_GZIP_MAGIC = b"\x1f\x8b"
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6
_LINK_NAMES = {
    0: "loopback",
    1: "Ethernet",
    113: "Linux cooked",
    119: "Prism",
    163: "AVS",
    192: "PPI",
    276: "Linux cooked v2",
}


class Frame(NamedTuple):
    """One captured frame; ts_ms is UTC milliseconds by the capturing machine's clock."""

    ts_ms: int
    raw: bytes
    link_type: int


class _Truncated(Exception):
    """The stream ended where a record should have gone on."""


def read(path: Path) -> Iterator[Frame]:
    """The frames of one capture file, in its order. Raises CaptureError, at once or after the last whole frame."""
    frames = 0
    try:
        with path.open("rb") as plain:
            stream = _unzipped(plain, path)
            for frame in _frames(stream, path):
                frames += 1
                yield frame
    except FileNotFoundError as exc:
        raise CaptureError(f"{path}: there is no such file; check the name") from exc
    except IsADirectoryError as exc:
        raise CaptureError(f"{path} is a folder; name the capture files in it") from exc
    except (_Truncated, EOFError) as exc:
        raise CaptureError(
            f"{path} ends in the middle of a record: the {frames} frames before that place were read. "
            "If the file was still being written or copied, run it again when it is complete"
        ) from exc
    except (zlib.error, gzip.BadGzipFile) as exc:
        raise CaptureError(
            f"{path} is damaged (gzip: {exc}): the {frames} frames before that place were read. Copy it again"
        ) from exc
    except OSError as exc:
        raise CaptureError(f"{path} cannot be read: {exc.strerror}") from exc


def read_all(paths: Sequence[Path]) -> Iterator[Frame | None]:
    """The frames of several captures by time; None marks a time that no capture covers (between two days, say).

    Captures that overlap (three channels at once) are merged. Raises CaptureError for the first bad file, after all
    frames that can be read.
    """
    if len(paths) > FILES_MAX:
        raise CaptureError(f"{len(paths)} captures at once are too many; give at most {FILES_MAX}")
    streams = [read(path) for path in paths]
    heads: list[tuple[int, int, Frame]] = []
    failed: CaptureError | None = None
    listening: set[int] = set()  # captures that have begun and not ended

    def advance(index: int) -> None:
        nonlocal failed
        try:
            frame = next(streams[index], None)
        except CaptureError as exc:
            failed, frame = failed or exc, None
        if frame is not None:
            heapq.heappush(heads, (frame.ts_ms, index, frame))
        else:
            listening.discard(index)

    for index in range(len(streams)):
        advance(index)
    began = False
    while heads:
        _, index, frame = heapq.heappop(heads)
        if began and not listening:
            yield None
        began = True
        listening.add(index)
        yield frame
        advance(index)
    if failed:
        raise failed


def fingerprint(paths: Sequence[Path]) -> bytes:
    """32 bytes that the same captures in the same order always give. Raises CaptureError."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as exc:
            raise CaptureError(f"{path} cannot be read: {exc.strerror}. Check the name") from exc
    return digest.digest()


def _unzipped(plain: BinaryIO, path: Path) -> BinaryIO:
    magic = plain.read(2)
    plain.seek(0)
    if not magic:
        raise CaptureError(f"{path} is empty; nothing was captured into it")
    return cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if magic == _GZIP_MAGIC else plain


def _frames(stream: BinaryIO, path: Path) -> Iterable[Frame]:
    magic = stream.read(4)
    if not magic:
        raise CaptureError(f"{path} is empty; nothing was captured into it")
    if magic == _PCAPNG_MAGIC:
        return _pcapng(stream, path)
    if magic in _PCAP_MAGICS:
        return _pcap(stream, path, *_PCAP_MAGICS[magic])
    raise CaptureError(f"{path} is no capture file: it begins neither as pcap nor as pcapng")


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise _Truncated
    return data


def _check_link(link_type: int, path: Path) -> None:
    if link_type not in LINK_TYPES:
        name = _LINK_NAMES.get(link_type, "other")
        raise CaptureError(
            f"{path} holds {name} frames (link type {link_type}). Footfall reads 802.11 captures: radiotap "
            f"({LINK_RADIOTAP}) or bare 802.11 ({LINK_IEEE802_11}); capture on an interface in monitor mode"
        )


def _pcap(stream: BinaryIO, path: Path, order: str, fractions: int) -> Iterator[Frame]:
    *_, link = Struct(order + "HHiIII").unpack(_exactly(stream, 20))
    link_type = link & 0xFFFF  # the upper half may say how long the FCS is
    header = Struct(order + "IIII")
    per_ms = fractions // 1000
    while head := stream.read(16):
        if len(head) != 16:
            raise _Truncated
        _check_link(link_type, path)  # only now: a capture without frames is of no wrong type
        seconds, fraction, kept, _ = header.unpack(head)
        if kept > FRAME_BYTES_MAX:
            raise CaptureError(f"{path} is damaged: a record claims {kept} bytes. Copy the file again")
        yield Frame(seconds * 1000 + fraction // per_ms, _exactly(stream, kept), link_type)


class _Interface(NamedTuple):
    link_type: int
    ticks_per_s: int
    offset_s: int


def _pcapng(stream: BinaryIO, path: Path) -> Iterator[Frame]:
    order = "<"
    interfaces: list[_Interface] = []
    head = _PCAPNG_MAGIC
    last_ms = 0
    while head:
        if len(head) != 4:
            raise _Truncated
        kind = int.from_bytes(head, "little" if order == "<" else "big")
        if head == _PCAPNG_MAGIC:
            kind = _SECTION
            size_raw, order_magic = _exactly(stream, 4), _exactly(stream, 4)
            order = "<" if order_magic == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
            _body(stream, path, Struct(order + "I").unpack(size_raw)[0], already=12)
        else:
            body = _body(stream, path, Struct(order + "I").unpack(_exactly(stream, 4))[0], already=8)
            if kind == _INTERFACE:
                interfaces.append(_interface(body, order))
            elif kind in (_PACKET, _OLD_PACKET, _SIMPLE_PACKET):
                frame = _packet(kind, body, order, interfaces, last_ms)
                _check_link(frame.link_type, path)
                last_ms = frame.ts_ms
                if not 0 <= last_ms <= UTC_MS_MAX:
                    raise CaptureError(f"{path} is damaged: a packet claims a year beyond 2248. Copy the file again")
                yield frame
        head = stream.read(4)


def _body(stream: BinaryIO, path: Path, size: int, already: int) -> bytes:
    if size > BLOCK_BYTES_MAX or size < already + 4 or size % 4:
        raise CaptureError(f"{path} is damaged: a pcapng block claims {size} bytes. Copy the file again")
    return _exactly(stream, size - already)[:-4]


def _interface(body: bytes, order: str) -> _Interface:
    if len(body) < 8:
        raise _Truncated
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
        raise _Truncated from exc
    if at + kept > len(body):
        raise _Truncated
    ts_ms = last_ms if ticks is None else interface.offset_s * 1000 + ticks * 1000 // interface.ticks_per_s
    return Frame(ts_ms, body[at : at + kept], interface.link_type)
