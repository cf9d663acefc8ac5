"""Shelves: where Parquet files lie, each under the name by which the manifest lists it: parts joined by slashes.

A name is written once and never again, so whoever reads a listed name reads the whole file or none.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from .. import durable
from ..errors import StoreError, scrubbed


@dataclass(frozen=True, slots=True)
class Lying:
    """A file on a shelf."""

    name: str
    bytes: int
    changed_s: float  # Unix seconds


class Shelf(Protocol):
    """What the store asks of a place for files. All of it may raise StoreError where the place does not answer."""

    def write(self, rows: "pa.Table | pa.RecordBatchReader", part: str) -> Lying:
        """A new file of these rows below `part`, durable on return. What a failure leaves is swept."""

    def relation(self, connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> duckdb.DuckDBPyRelation:
        """The rows of these files, at least one, all of the same columns; read when the relation is."""

    def open(self, name: str, *, checksums: bool = False) -> pq.ParquetFile:
        """One file, to be closed by the caller. checksums: compare each page that is read with its own.

        Raises FileNotFoundError, and pyarrow's ArrowException or OSError, then or when it is read, where it is damaged.
        """

    def look(self, name: str) -> Lying | None:
        """What lies under this name."""

    def listing(self) -> Iterator[Lying]:
        """Every file, also such as are not ours."""

    def discard(self, names: Sequence[str]) -> int:
        """Delete files that nobody lists; returns how many are gone. What cannot go now is left to a later sweep."""

    def claim(self, owner: str) -> None:
        """Write down whose files these are, where others could write too. Raises StoreError where it is another."""

    def fetch(self, name: str, path: Path) -> None:
        """Put a file's bytes at a local path, whose folder is there. Raises FileNotFoundError."""


@contextmanager
def readable() -> Iterator[None]:
    """What DuckDB says of files that it cannot read becomes a StoreError that says what to look at."""
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException) as exc:
        if isinstance(exc, duckdb.IOException) or "Arrow source" in str(exc):
            raise _unread(exc) from None
        raise


def streamed(relation: duckdb.DuckDBPyRelation) -> "pa.RecordBatchReader":
    """The rows of stored files, some at a time. What cannot be read is a StoreError, as in `readable`."""
    reader = pa.RecordBatchReader.from_stream(relation)
    return pa.RecordBatchReader.from_batches(reader.schema, _batches(reader))


def _batches(reader: "pa.RecordBatchReader") -> "Iterator[pa.RecordBatch]":
    try:
        yield from reader
    except (OSError, pa.ArrowException) as exc:  # DuckDB's own, as it comes through Arrow
        raise _unread(exc) from None


def _unread(exc: Exception) -> StoreError:
    return StoreError(
        f"the stored files cannot be read: {scrubbed(str(exc))}. Look at the object store, where there is one, "
        "else at the disk; footfall collector verify names files that are lost"
    )


@dataclass(frozen=True, slots=True)
class LocalShelf:
    """A folder of this machine."""

    root: Path

    def write(self, rows: "pa.Table | pa.RecordBatchReader", part: str) -> Lying:
        """See Shelf."""
        return self._lying(durable.write(rows, self.root / part))

    def relation(self, connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> duckdb.DuckDBPyRelation:
        """See Shelf."""
        return connection.read_parquet([str(self.root / name) for name in names])

    def open(self, name: str, *, checksums: bool = False) -> pq.ParquetFile:
        """See Shelf."""
        return pq.ParquetFile(self.root / name, page_checksum_verification=checksums)

    def look(self, name: str) -> Lying | None:
        """See Shelf."""
        path = self.root / name
        return self._lying(path) if path.is_file() else None

    def listing(self) -> Iterator[Lying]:
        """See Shelf."""
        for path in self.root.rglob("*"):
            with suppress(FileNotFoundError):  # another process has just tidied it away
                if not path.is_dir():
                    yield self._lying(path)

    def discard(self, names: Sequence[str]) -> int:
        """See Shelf."""
        return durable.discard(self.root / name for name in names)

    def claim(self, owner: str) -> None:
        """See Shelf. A folder of the collector's own is its own."""

    def fetch(self, name: str, path: Path) -> None:
        """See Shelf. On the same disk it costs no room: the file is linked."""
        path.hardlink_to(self.root / name)

    def _lying(self, path: Path) -> Lying:
        about = path.stat()
        return Lying(path.relative_to(self.root).as_posix(), about.st_size, about.st_mtime)
