"""OpenWrt's sysupgrade images: the units that the metadata behind them names, read without a unit.

Chunks stand at the end of the file, the last first: content, then a trailer of 16 bytes, big-endian: magic FWx0, CRC
of everything before it, type (0 signature, 1 info), 3 bytes of nothing, size of content and trailer. The content of an
info chunk is 8 bytes of header and JSON (openwrt/fwtool, fwimage.h and fwtool.c).
"""

import json
import struct
import zlib
from dataclasses import dataclass

from .errors import BadImage

_TRAILER = struct.Struct(">4sIB3xI")
_HEADER_SIZE = 8
_MAGIC = b"FWx0"
_INFO = 1
_CHUNKS_MAX = 4
_CONTENT_MAX = 64 << 10


@dataclass(frozen=True, slots=True)
class Sysupgrade:
    """What a sysupgrade image says of itself."""

    size: int
    boards: tuple[str, ...]  # board names, as /tmp/sysinfo/board_name has them: tplink,cpe210-v3
    compat_version: str
    release: str  # of OpenWrt
    revision: str  # of its source: r28739-d9340319c6
    target: str
    payload: int = 0  # bytes before the metadata: what is written to flash


def parse(content: bytes) -> Sysupgrade | None:
    """What stands behind a sysupgrade image; None where nothing does. Raises BadImage where it does, but is broken."""
    end = len(content)
    for _ in range(_CHUNKS_MAX):
        if end < _TRAILER.size or content[end - _TRAILER.size : end - _TRAILER.size + 4] != _MAGIC:
            return None
        _, crc, kind, size = _TRAILER.unpack_from(content, end - _TRAILER.size)
        start = end - size
        if not _TRAILER.size <= size <= _CONTENT_MAX + _TRAILER.size or start < 0:
            raise BadImage("its metadata is broken: a chunk is longer than the file. Copy or download it again")
        if _crc(content[: end - _TRAILER.size]) != crc:
            raise BadImage("its checksum is wrong: it was damaged on its way. Copy or download it again")
        if kind == _INFO:
            return _info(content[start + _HEADER_SIZE : end - _TRAILER.size], len(content), start)
        end = start
    return None


def _crc(content: bytes) -> int:
    """CRC-32 without the last inversion, as fwtool keeps it."""
    return zlib.crc32(content) ^ 0xFFFFFFFF


def _info(text: bytes, size: int, payload: int) -> Sysupgrade:
    try:
        said = json.loads(text)
        version = said.get("version", {})
        # Where the layout changed, the old names stand under supported_devices with a warning; the new ones beside it.
        boards = (*said.get("new_supported_devices", ()), *said.get("supported_devices", ()))
        return Sysupgrade(
            size=size,
            boards=tuple(dict.fromkeys(str(board) for board in boards if not str(board).startswith("Image version"))),
            compat_version=str(said.get("compat_version", "1.0")),
            release=str(version.get("version", "")),
            revision=str(version.get("revision", "")),
            target=str(version.get("target", "")),
            payload=payload,
        )
    except (ValueError, TypeError, AttributeError) as exc:
        raise BadImage("its metadata cannot be read. Build or download the image again") from exc
