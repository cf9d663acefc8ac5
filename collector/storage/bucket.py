"""The object store as a shelf: S3 or what speaks like it, through pyarrow's file system.

A file is put under a name that nobody has used before, so there is nothing to rename: it is there whole or not at all.
What larger files leave when they are cut off, parts of an upload, the bucket's own rule should end (docs/operator.md).
"""

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

from .. import durable
from ..errors import StoreError, scrubbed
from ..options.store_url import StoreUrl
from .shelf import Lying

# A store that accepts connections and never answers holds each task up for some 20 s: all of the keeper's together must
# stay below the watchdog's three minutes (collector/deploy).
CONNECT_S, REQUEST_S = 3.0, 8.0
ATTEMPTS = 2
DATA, OWNER = "data", "footfall-collector"  # below the URL's prefix
COPY_BYTES = 1 << 20


class ObjectShelf:
    """The files below DATA, or another name, in a bucket. Making one speaks to nobody."""

    def __init__(self, url: StoreUrl, below: str = DATA) -> None:
        self._below = below
        self.url = url

    @cached_property
    def files(self) -> fs.S3FileSystem:
        """pyarrow's file system; credentials from the environment, AWS's files or the machine's role."""
        return fs.S3FileSystem(
            region=self.url.region,
            scheme=self.url.scheme,
            endpoint_override=self.url.endpoint or None,
            connect_timeout=CONNECT_S,
            request_timeout=REQUEST_S,
            retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
            allow_delayed_open=True,  # a small file is one PUT
        )

    def write(self, rows: "pa.Table | pa.RecordBatchReader", part: str) -> Lying:
        """See Shelf."""
        name = f"{part}/{uuid.uuid4().hex}{durable.SUFFIX}"
        sink = pa.BufferOutputStream()
        durable.pour(rows, sink)
        raw = sink.getvalue()
        with self._speaking(), self.files.open_output_stream(self._path(name)) as stream:
            stream.write(raw)
        return Lying(name, raw.size, time.time())

    def relation(self, connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> duckdb.DuckDBPyRelation:
        """See Shelf. Filters and columns that are asked for are pushed down to the files."""
        try:
            with self._speaking():
                found = ds.dataset([self._path(name) for name in names], filesystem=self.files, format="parquet")
        except (FileNotFoundError, pa.ArrowInvalid) as exc:
            raise StoreError(f"{scrubbed(str(exc))}; footfall collector verify names files that are lost") from exc
        return connection.from_arrow(found)

    def open(self, name: str, *, checksums: bool = False) -> pq.ParquetFile:
        """See Shelf."""
        with self._speaking():
            return pq.ParquetFile(self._path(name), filesystem=self.files, page_checksum_verification=checksums)

    def look(self, name: str) -> Lying | None:
        """See Shelf."""
        with self._speaking():
            about = self.files.get_file_info(self._path(name))
        return self._lying(about) if about.is_file else None

    def listing(self) -> Iterator[Lying]:
        """See Shelf."""
        with self._speaking():
            found = self.files.get_file_info(fs.FileSelector(self._path(), recursive=True, allow_not_found=True))
        return (self._lying(about) for about in found if about.is_file)

    def discard(self, names: Sequence[str]) -> int:
        """See Shelf."""
        gone = 0
        for name in names:
            try:
                self.files.delete_file(self._path(name))
            except FileNotFoundError:
                gone += 1
            except OSError:  # it does not answer, and the fault that led here is the one to tell of
                break
            else:
                gone += 1
        return gone

    def fetch(self, name: str, path: Path) -> None:
        """See Shelf."""
        with self._speaking(), self.files.open_input_stream(self._path(name)) as stream, path.open("wb") as file:
            while part := stream.read(COPY_BYTES):
                file.write(part)

    def put(self, path: Path, name: str) -> None:
        """Put a local file under a name, durable on return."""
        with path.open("rb") as file, self._speaking(), self.files.open_output_stream(self._path(name)) as stream:
            while part := file.read(COPY_BYTES):
                stream.write(part)

    def claim(self, owner: str) -> None:
        """See Shelf. Two collectors below one prefix would sweep away each other's files."""
        path = self.url.path(OWNER)
        with self._speaking():
            if self.files.get_file_info(path).is_file:
                with self.files.open_input_stream(path) as stream:
                    there = stream.read().decode(errors="replace").strip()
            else:
                there = owner
                with self.files.open_output_stream(path) as stream:
                    stream.write(owner.encode())
        if there != owner:
            raise StoreError(
                f"s3://{self.url.path()} holds the files of another collector, of key {there[:32]}; give this one a "
                f"prefix of its own in store_url, or delete the object {OWNER} there if the other is gone for good"
            )

    def _path(self, name: str = "") -> str:
        return self.url.path(self._below, name)

    def _lying(self, about: fs.FileInfo) -> Lying:
        changed = about.mtime.timestamp() if about.mtime else time.time()
        return Lying(about.path.removeprefix(self._path() + "/"), about.size, changed)

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """What the object store complains of becomes a StoreError that says what to look at."""
        try:
            yield
        except FileNotFoundError as exc:
            if "bucket" in str(exc).lower():  # pyarrow's word for a bucket that is not there
                raise self._error(exc) from None
            raise
        except pa.ArrowInvalid:
            raise  # it answered: what it holds is no Parquet
        except OSError as exc:
            raise self._error(exc) from None  # its own text may quote what it was sent

    def _error(self, exc: OSError) -> StoreError:
        where = f"s3://{self.url.path()}" + (f" at {self.url.endpoint}" if self.url.endpoint else "")
        return StoreError(
            f"the object store {where} does not do it: {scrubbed(str(exc))}. Look at its endpoint and the network, the "
            "bucket's name and region, and the credentials (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the like)"
        )
