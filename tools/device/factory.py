"""TP-Link's factory images, as their boot loaders and stock pages take them: whole or not, and for which units.

Layout (openwrt/firmware-utils, src/tplink-safeloader.c), numbers big-endian, offsets in bytes:
0 size, 4 MD5 of a salt and everything from 20 on, 20 length of the maker's text, 24 that text, 4116 partition table as
text, 6164 the partitions. Bases in the table count from 4116. An image may be followed by a signature.
"""

import hashlib
import re
import struct
from dataclasses import dataclass

from .errors import BadImage

SIZE_MAX = 64 << 20  # the largest unit in the catalogue takes far less
_SALT = bytes.fromhex("7a2b15ed9b98596de504ab44ac2a9f4e")
_VENDOR, _TABLE, _DATA = 0x18, 0x1014, 0x1814
_ROW = re.compile(rb"fwup-ptn ([!-~]{1,31}) base 0x([0-9a-f]{1,8}) size 0x([0-9a-f]{1,8})\t\r\n")
_META = struct.Struct(">II")  # length, zero: before the content of soft-version and support-list
_SOFT = struct.Struct(">B3B4BI")  # 0xff, version, date in BCD, revision; a compat level may follow
_LINE = re.compile(r"([^(]+)\(([^|)]*)\|([^|)]*)\|([^|)]*)(?:\|([^)]*))?\):(\d+(?:\.\d+)*)")
_BRACES = re.compile(r"\{product_name:([^,]+),product_ver:([\d.]+),special_id:([0-9A-Fa-f]{8})\}")


@dataclass(frozen=True, slots=True)
class Supported:
    """A line of an image's support list: a unit that takes it."""

    model: str
    region: str  # EU, US, UN (all) ...; empty where the line tells none
    version: str  # of the hardware
    special_id: str = ""


@dataclass(frozen=True, slots=True)
class Factory:
    """What a factory image says of itself."""

    size: int
    supports: tuple[Supported, ...]
    version: str  # of the firmware, as the image claims
    compat_level: int
    partitions: tuple[str, ...]


def looks_like(content: bytes) -> bool:
    """Whether these are the first bytes of a factory image."""
    return content[_TABLE : _TABLE + 9] == b"fwup-ptn "


def parse(content: bytes) -> Factory:
    """Read a factory image. Raises BadImage with what is wrong."""
    if len(content) > SIZE_MAX:
        raise BadImage(f"it has {len(content) >> 20} MiB: no unit takes as much; is it the image?")
    if len(content) < _DATA or not looks_like(content):
        raise BadImage(
            "it is no factory image of this maker: its partition table is missing"
            "; take the maker's own, or OpenWrt's factory.bin"
        )
    (size,) = struct.unpack_from(">I", content)
    if not _DATA <= size <= len(content):
        raise BadImage(f"it is cut: {len(content)} bytes of {size}. Copy or download it again")
    if hashlib.md5(_SALT + content[0x14:size], usedforsecurity=False).digest() != content[4:0x14]:
        raise BadImage("its checksum is wrong: it was damaged on its way. Copy or download it again")
    rows = {name: (int(base, 16), int(length, 16)) for name, base, length in _ROW.findall(content[_TABLE:_DATA])}
    version, compat_level = _soft_version(_content(content, rows.get(b"soft-version"), size))
    return Factory(
        size=size,
        supports=_supports(_content(content, rows.get(b"support-list"), size)),
        version=version,
        compat_level=compat_level,
        partitions=tuple(name.decode("ascii") for name in rows),
    )


def _content(content: bytes, row: tuple[int, int] | None, size: int) -> bytes:
    if row is None:
        return b""
    start, end = _TABLE + row[0], _TABLE + row[0] + row[1]
    if end > size or row[1] < _META.size:
        raise BadImage("its partition table points outside of it; fetch it again")
    length, _ = _META.unpack_from(content, start)
    return content[start + _META.size : min(start + _META.size + length, end)]


def _soft_version(content: bytes) -> tuple[str, int]:
    if content[:1] != b"\xff" or len(content) < _SOFT.size:
        return content.rstrip(b"\0").decode("ascii", "replace").strip().removeprefix("soft_ver:"), 0
    version = ".".join(str(part) for part in content[1:4])
    rest = content[_SOFT.size : _SOFT.size + 4]
    return version, int.from_bytes(rest, "big") if len(rest) == 4 else 0


def _supports(content: bytes) -> tuple[Supported, ...]:
    text = content.decode("ascii", "replace")
    found = [
        Supported(model.strip(), region, version, special or "")
        for model, _, region, _, special, version in _LINE.findall(text.removeprefix("SupportList:"))
    ]
    found += [Supported(model, "", version, special) for model, version, special in _BRACES.findall(text)]
    return tuple(found)
