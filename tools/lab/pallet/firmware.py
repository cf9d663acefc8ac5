"""Firmware images of the two real layouts, with nothing in them."""

import hashlib
import json
import struct
import zlib

_SALT = bytes.fromhex("7a2b15ed9b98596de504ab44ac2a9f4e")


def factory(
    supports: list[str], *, version: tuple[int, int, int] = (0, 0, 0), compat: int = 0, payload: bytes = b"kernel"
) -> bytes:
    """A factory image for the units of these lines: "CPE210(TP-LINK|EU|N300-2|45550000):3.20"."""
    soft = struct.pack(">B3B4BI", 0xFF, *version, 0x20, 0x26, 0x11, 0x27, 1)
    if compat:
        soft += struct.pack(">I", compat)
    text = "SupportList:\r\n" + "".join(f"{line}\r\n" for line in supports)
    parts = {
        "partition-table": b"\0\4\0\0".ljust(0x800, b"\xff"),
        "soft-version": _meta(soft),
        "support-list": _meta(text.encode()),
        "os-image": payload,
        "file-system": payload,
    }
    table, body = b"", b""
    for name, content in parts.items():
        table += f"fwup-ptn {name} base 0x{0x800 + len(body):05x} size 0x{len(content):05x}\t\r\n".encode()
        body += content
    rest = struct.pack(">I", 0).ljust(0x1000, b"\xff") + (table + b"\0").ljust(0x800, b"\xff") + body
    size = 0x14 + len(rest)
    return struct.pack(">I", size) + hashlib.md5(_SALT + rest, usedforsecurity=False).digest() + rest


def sysupgrade(
    boards: list[str], *, payload: bytes = b"kernel" * 1000, release: str = "24.10.4", revision: str = "r2-new"
) -> bytes:
    """A sysupgrade image for the units of these boards, with OpenWrt's metadata behind it."""
    said = {"metadata_version": "1.1", "compat_version": "1.0", "supported_devices": boards}
    info = (
        bytes(8)
        + json.dumps(
            {**said, "version": {"version": release, "revision": revision, "target": "ath79/generic"}}
        ).encode()
    )
    content = payload + info
    crc = zlib.crc32(content) ^ 0xFFFFFFFF
    return content + struct.pack(">4sIB3xI", b"FWx0", crc, 1, len(info) + 16)


def _meta(content: bytes) -> bytes:
    return struct.pack(">II", len(content), 0) + content
