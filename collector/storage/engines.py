"""Engines that answer the metrics' SQL: DuckDB in this process, or Apache Spark. One dialect for both.

The SQL files are written in DuckDB's dialect; sqlglot writes it anew for Spark. Both engines get the same tables and
are asked the same questions: tests compare whole results.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from . import desk
from .manifest import StoredFile
from .shelf import streamed
from .spark_engine import Spark
from .store import Store

if TYPE_CHECKING:
    import duckdb

DUCKDB, SPARK = "duckdb", "spark"
NAMES = (DUCKDB, SPARK)

Values = tuple[Any, ...]


class Engine(Protocol):
    """What the query layer asks of an engine."""

    def give(self, name: str, table: "pa.Table") -> None:
        """A small table of the question under this name."""

    def read(self, name: str, files: Sequence[StoredFile], empty: "pa.Schema") -> None:
        """The rows of stored files under this name; none of `empty`'s columns' where there is no file."""

    def view(self, name: str, sql: str) -> None:
        """A query under this name, answered anew each time that somebody reads it."""

    def make(self, name: str, sql: str) -> None:
        """The result of a query, kept under this name."""

    def rows(self, sql: str) -> tuple[list[str], list[Values]]:
        """Names of columns, and rows, of a query."""

    def table(self, sql: str) -> "pa.Table":
        """The result of a query, all of it."""

    def stream(self, sql: str) -> "Iterator[pa.RecordBatch]":
        """The result of a query, some rows at a time. Until its end nothing else may be asked."""

    def close(self) -> None:
        """Let go of everything under a name."""


def open_engine(name: str, store: Store, rows: int) -> Engine:
    """The engine of this name, for so many stored rows. Raises QueryError where Spark cannot run here."""
    return Spark(store, rows) if name == SPARK else Seated(store, rows)


class Duck:
    """A DuckDB in memory, which somebody else has opened and closes."""

    def __init__(self, store: Store, connection: "duckdb.DuckDBPyConnection") -> None:
        self._store = store
        self._connection = connection

    def give(self, name: str, table: "pa.Table") -> None:
        """See Engine."""
        self._connection.register(name, table)

    def read(self, name: str, files: Sequence[StoredFile], empty: "pa.Schema") -> None:
        """See Engine."""
        if files:
            self._store.read(self._connection, files).create_view(name)
        else:
            self.give(name, empty.empty_table())

    def view(self, name: str, sql: str) -> None:
        """See Engine."""
        self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS {sql}")

    def make(self, name: str, sql: str) -> None:
        """See Engine."""
        self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")

    def rows(self, sql: str) -> tuple[list[str], list[Values]]:
        """See Engine."""
        found = self._connection.execute(sql)  # a relation would be planned twice, which takes most of the time
        return [column[0] for column in found.description or ()], found.fetchall()

    def table(self, sql: str) -> "pa.Table":
        """See Engine."""
        return self._connection.sql(sql).to_arrow_table()

    def stream(self, sql: str) -> "Iterator[pa.RecordBatch]":
        """See Engine."""
        yield from streamed(self._connection.sql(sql))

    def close(self) -> None:
        """See Engine. Whoever opened it closes it."""


class Seated(Duck):
    """A database of one question at one of the process's desks."""

    def __init__(self, store: Store, rows: int) -> None:
        connection, self._database = desk.sit(rows)
        super().__init__(store, connection)

    def close(self) -> None:
        """See Engine."""
        desk.leave(self._connection, self._database)
