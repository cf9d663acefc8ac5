"""The spool: sealed batches that wait for the collector's word, in a bounded folder of a RAM file system.

Batches are appended to segment files and leave only when the collector has named them, or as the oldest when the folder
is full; both are counted. A segment is deleted when nothing in it waits any more. Records carry a checksum, so that a
torn write after a crash costs the torn record and nothing else.

    record: size u32 | crc32 u32 | boot 8 | number u64 | sightings u16 | envelope

All little-endian; the checksum covers what follows it.
"""

import errno
import os
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from struct import Struct
from typing import NamedTuple

from .errors import SpoolError
from .wire.envelope import ENVELOPE_BYTES_MAX

SPOOL_BYTES_MAX = 4 << 20
SEGMENT_BYTES = 64 << 10
_RECORD = Struct("<II8sQH")
_ENTRY = Struct("<IIIHI")  # as it is kept in memory: a full spool holds some ten thousand small batches
_CRC_FROM = 8  # the checksum covers what follows it
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Key(NamedTuple):
    """What names a batch between its sensor and the collector."""

    boot: bytes
    number: int


class Entry(NamedTuple):
    """Where a waiting batch lies."""

    segment: int
    offset: int  # of its record
    size: int  # of its envelope
    sightings: int
    since_s: int  # monotonic, when it was put here; of an earlier start: when that was found

    @property
    def packed(self) -> bytes:
        """A quarter of its memory."""
        return _ENTRY.pack(*self)

    @classmethod
    def of(cls, packed: bytes) -> "Entry":
        """See packed."""
        return cls(*_ENTRY.unpack(packed))


@dataclass(slots=True)
class _Segment:
    """A file of the folder: its bytes, and how many of its batches wait."""

    bytes: int = 0
    waiting: int = 0


class Spool:
    """Sealed batches in `folder`, oldest first. Not for use from several threads at once."""

    def __init__(
        self, folder: Path, bytes_max: int = SPOOL_BYTES_MAX, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Open, or make, the spool; batches left by an earlier start wait again. Raises SpoolError."""
        self.folder = folder
        self.bytes_max = max(bytes_max, 2 * SEGMENT_BYTES)
        self.dropped_batches = 0
        self.dropped_sightings = 0
        self.torn_records = 0
        self.on_lost: Callable[[Key], object] = lambda _key: None  # told of each that is dropped
        self._now_s = now_s
        self._entries: OrderedDict[Key, bytes] = OrderedDict()  # see Entry.packed
        self._segments: OrderedDict[int, _Segment] = OrderedDict()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(folder.glob("*.seg")):
                self._recover(path)
        except OSError as exc:
            raise SpoolError(
                f"the spool {folder} cannot be used: {exc.strerror}; give the agent a folder it may write to: spool_dir"
            ) from exc

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """Bytes on disk, waiting or not."""
        return sum(segment.bytes for segment in self._segments.values())

    @property
    def sightings(self) -> int:
        """Sightings in the batches that wait."""
        return sum(Entry.of(packed).sightings for packed in self._entries.values())

    @property
    def oldest_s(self) -> float:
        """How long the oldest batch has waited, seconds."""
        oldest = next(iter(self._entries.values()), None)
        return max(0.0, round(self._now_s() - Entry.of(oldest).since_s, 1)) if oldest else 0.0

    def waiting(self) -> Iterator[Key]:
        """The batches that wait, oldest first. Take what you need before you change the spool."""
        return iter(self._entries)

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def put(self, key: Key, envelope: bytes, sightings: int) -> bool:
        """Keep a sealed batch, at the cost of the oldest where there is no room; False, and counted, if that fails.

        One that waits already under this key, from an earlier replay of the same captures, gives way to it.
        """
        self.forget(key)
        record = _record(key, envelope, sightings)
        while self._segments and self.size_bytes + len(record) > self.bytes_max:
            self._drop_oldest_segment()
        while True:
            try:
                self._append(key, record, len(envelope), sightings)
                return True
            except OSError as exc:
                # Room is made only where room is missing: too many open files, say, must not cost what waits.
                if exc.errno not in _FULL or not self._segments:
                    self.dropped_batches += 1
                    self.dropped_sightings += sightings
                    return False
                self._drop_oldest_segment()

    def read(self, key: Key) -> "bytes | None":
        """The sealed batch, or None where it waits no longer or its bytes have been damaged."""
        packed = self._entries.get(key)
        if packed is None:
            return None
        entry = Entry.of(packed)
        try:
            with self._path(entry.segment).open("rb") as file:
                file.seek(entry.offset)
                record = file.read(_RECORD.size + entry.size)
        except OSError:
            record = b""
        if [found for found, _ in _records(record, entry.segment)] != [key]:
            self.torn_records += 1
            self._lose(key)
            return None
        return record[_RECORD.size :]

    def forget(self, key: Key) -> int | None:
        """The collector has spoken: the batch waits no more. Returns its sightings, or None where it did not wait."""
        packed = self._entries.pop(key, None)
        if packed is None:
            return None
        entry = Entry.of(packed)
        segment = self._segments[entry.segment]
        segment.waiting -= 1
        if not segment.waiting:
            self._delete(entry.segment)
        return entry.sightings

    def _append(self, key: Key, record: bytes, size: int, sightings: int) -> None:
        number, segment = next(reversed(self._segments.items()), (0, None))
        if segment is None or segment.bytes + len(record) > SEGMENT_BYTES:
            number, segment = number + 1, _Segment()
        path = self._path(number)
        try:
            with path.open("ab") as file:
                file.write(record)
        except OSError:
            if segment.bytes and path.exists():
                os.truncate(path, segment.bytes)  # half a record would hide all that follow it
            else:
                path.unlink(missing_ok=True)
            raise
        self._segments[number] = segment
        self._entries[key] = Entry(number, segment.bytes, size, sightings, int(self._now_s())).packed
        segment.bytes += len(record)
        segment.waiting += 1

    def _drop_oldest_segment(self) -> None:
        oldest = next(iter(self._segments))
        first = takewhile(lambda one: Entry.of(one[1]).segment == oldest, self._entries.items())  # oldest first
        for key in [key for key, _ in first]:
            self._lose(key)
        if oldest in self._segments:
            self._delete(oldest)

    def _lose(self, key: Key) -> None:
        sightings = self.forget(key)
        self.dropped_batches += 1
        self.dropped_sightings += sightings or 0
        self.on_lost(key)

    def _delete(self, number: int) -> None:
        del self._segments[number]
        self._path(number).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:08d}.seg"

    def _recover(self, path: Path) -> None:
        raw = path.read_bytes()
        if not path.stem.isdigit():
            return
        number, segment, at, since_s, boot = int(path.stem), _Segment(), 0, int(self._now_s()), b""
        self._segments[number] = segment
        for key, entry in _records(raw, number):
            segment.waiting += 1
            boot = boot if key.boot == boot else key.boot  # one in memory for all that follow each other
            self.forget(key)  # the later record is the one that was put last
            self._entries[Key(boot, key.number)] = entry._replace(since_s=since_s).packed
            at = entry.offset + _RECORD.size + entry.size
        if at < len(raw):
            self.torn_records += 1
            os.truncate(path, at)
        segment.bytes = at
        if not segment.waiting:
            self._delete(number)


def _record(key: Key, envelope: bytes, sightings: int) -> bytes:
    tail = _RECORD.pack(0, 0, key.boot, key.number, sightings)[_CRC_FROM:] + envelope
    return Struct("<II").pack(len(envelope), zlib.crc32(tail)) + tail


def _records(raw: bytes, segment: int) -> Iterator[tuple[Key, Entry]]:
    at = 0
    while at + _RECORD.size <= len(raw):
        size, crc, boot, number, sightings = _RECORD.unpack_from(raw, at)
        end = at + _RECORD.size + size
        if size > ENVELOPE_BYTES_MAX or end > len(raw) or zlib.crc32(raw[at + _CRC_FROM : end]) != crc:
            return
        yield Key(boot, number), Entry(segment, at, size, sightings, 0)
        at = end
