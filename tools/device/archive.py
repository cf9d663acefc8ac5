"""Archives that come out byte for byte the same: GNU tar sorted by name, owner 0, one date, gzip without a name."""

import io
import os
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import ToolError

GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03"  # deflate, no name, no date, slowest, Unix: what `gzip -9n` writes


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an archive. A folder's name ends in /."""

    name: str
    mode: int
    content: bytes = b""


def tree(root: Path) -> Iterator[Member]:
    """A folder's members from ./ down, each folder's in the order of their names' bytes. Raises ToolError."""
    yield Member("./", 0o755)
    yield from _below(root, "./")


def _below(folder: Path, prefix: str) -> Iterator[Member]:
    for path in sorted(folder.iterdir(), key=lambda entry: os.fsencode(entry.name)):
        mode = path.lstat().st_mode & 0o7777
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            raise ToolError(f"{path} is neither a file nor a folder; a package of ours holds nothing else")
        if path.is_dir():
            yield Member(f"{prefix}{path.name}/", mode)
            yield from _below(path, f"{prefix}{path.name}/")
        else:
            yield Member(prefix + path.name, mode, path.read_bytes())


def tar(members: Iterable[Member], epoch_s: int) -> bytes:
    """The members as one GNU tar, in the order given."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for member in members:
            entry = tarfile.TarInfo(member.name)
            entry.mode = member.mode
            entry.mtime = epoch_s
            if member.name.endswith("/"):
                entry.type = tarfile.DIRTYPE
                entry.name = member.name.rstrip("/")  # tarfile puts the slash back
            else:
                entry.size = len(member.content)
            archive.addfile(entry, io.BytesIO(member.content))
    return packed.getvalue()


def gzip(content: bytes) -> bytes:
    """`content` compressed; Python's own gzip writes headers that differ between its versions."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return b"".join(
        (
            GZIP_HEADER,
            deflate.compress(content),
            deflate.flush(),
            struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF),
        )
    )
