"""The "newc" archive that a Linux kernel unpacks as its first file system (kernel: driver-api/early-userspace)."""

import stat
from collections.abc import Iterable
from dataclasses import dataclass

MAGIC = b"070701"
END = "TRAILER!!!"
ALIGN = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or symbolic link (whose target is its content). `path` has no slash in front."""

    path: str
    mode: int
    content: bytes = b""
    mtime_s: int = 0


def folder(path: str) -> Entry:
    """A folder that everybody may enter."""
    return Entry(path, stat.S_IFDIR | 0o755)


def file(path: str, content: bytes, mode: int = 0o644, mtime_s: int = 0) -> Entry:
    """A regular file. `mtime_s` matters to Python, which compares it with what its byte code remembers."""
    return Entry(path, stat.S_IFREG | mode, content, mtime_s)


def pack(entries: Iterable[Entry]) -> bytes:
    """The archive of these entries, with the folders above them, each once; a path that comes again is left out."""
    packed = bytearray()
    seen: set[str] = set()
    for entry in entries:
        parts = entry.path.split("/")
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        for one in (*map(folder, above), entry):
            if one.path not in seen:
                seen.add(one.path)
                packed += _record(one, len(seen))
    return bytes(packed + _record(Entry(END, 0), 0))


def _record(entry: Entry, inode: int) -> bytes:
    name = entry.path.encode() + b"\0"
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    fields = (inode, entry.mode, 0, 0, links, entry.mtime_s, len(entry.content), 0, 0, 0, 0, len(name), 0)
    head = MAGIC + b"".join(b"%08x" % field for field in fields) + name
    return _padded(head) + _padded(entry.content)


def _padded(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % ALIGN)
