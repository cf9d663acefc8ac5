"""The journal: what happened at the emitting end, in files that outlive the process that wrote them.

A sender notes that it is going to emit a batch before its spool has it, and that the spool has it afterwards: so
whatever a store holds must be in here, and whatever was kept is owed. One file a process; a kill can tear its end.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

import msgpack

SUFFIX = ".journal"


class Mark(IntEnum):
    """What happened to a batch."""

    MEANT = 0  # about to be put into the spool
    KEPT = 1  # the spool has it: from here on it must arrive, or be counted as dropped
    LEFT = 2  # the spool lets it go
    COUNTED = 3  # the sender's own sums of what went without being stored


class Key(NamedTuple):
    """What names a batch for ever."""

    sensor: str
    boot: bytes
    number: int


class Note(NamedTuple):
    """One line of a journal; `at_s` is the machine's monotonic clock."""

    mark: Mark
    at_s: float
    key: Key
    envelope: bytes = b""  # of MEANT
    gone: int = 0  # of COUNTED: batches that this process has dropped or been told to drop, for this sensor


class Journal:
    """A journal being written: each note goes to the kernel at once, so that SIGKILL cannot take it back."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{time.time_ns():020d}-{os.getpid()}{SUFFIX}"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def note(self, mark: Mark, key: Key, envelope: bytes = b"", gone: int = 0) -> None:
        """Write one note."""
        os.write(self._file, msgpack.packb((int(mark), time.monotonic(), *key, envelope, gone)))


@dataclass(slots=True)
class _Reading:
    unpacker: msgpack.Unpacker
    offset: int = 0


class Follower:
    """Reads all journals of a folder, as far as they are written; call `news` again for more."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Path, _Reading] = {}

    def news(self) -> Iterator[tuple[str, Note]]:
        """(name of the journal, note) of what has come since the last call, each journal in its order."""
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            reading = self._files.setdefault(path, _Reading(msgpack.Unpacker(max_buffer_size=0)))
            with path.open("rb") as file:
                file.seek(reading.offset)
                fresh = file.read()
            reading.offset += len(fresh)
            reading.unpacker.feed(fresh)
            for mark, at_s, sensor, boot, number, envelope, gone in reading.unpacker:
                yield path.name, Note(Mark(mark), at_s, Key(sensor, boot, number), envelope, gone)
