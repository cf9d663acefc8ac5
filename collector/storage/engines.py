"""Engines that answer the metrics' SQL: DuckDB in this process, or Apache Spark. One dialect for both.

The SQL files are written in DuckDB's dialect; sqlglot writes it anew for Spark. Both engines get the same tables and
are asked the same questions: tests compare whole results.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from ..spark import session
from . import desk
from .manifest import StoredFile
from .shelf import LocalShelf, streamed
from .store import Store

if TYPE_CHECKING:
    import duckdb

DUCKDB, SPARK = "duckdb", "spark"
NAMES = (DUCKDB, SPARK)
ROWS_A_PARTITION = 500_000  # of a shuffle: some tens of MiB
PARTITIONS_MAX = 64

Values = tuple[Any, ...]
SPARK_SETTINGS, obstacle = session.SETTINGS, session.obstacle


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


class Spark:
    """Apache Spark: where the process has it (see spark.session), or on this machine alone, under names of its own."""

    def __init__(self, store: Store, rows: int = 0) -> None:
        self._store = store
        self._session = session.running().newSession()
        if rows > ROWS_A_PARTITION:
            partitions = min(PARTITIONS_MAX, -(-rows // ROWS_A_PARTITION))
            self._session.conf.set("spark.sql.shuffle.partitions", str(partitions))
        else:  # to compile a small question's plans takes longer than to interpret them
            self._session.conf.set("spark.sql.codegen.wholeStage", "false")
        self._names: set[str] = set()

    def give(self, name: str, table: "pa.Table") -> None:
        """See Engine."""
        self._view(name, self._session.createDataFrame(table))

    def read(self, name: str, files: Sequence[StoredFile], empty: "pa.Schema") -> None:
        """See Engine."""
        shelf = self._store.shelf
        if files and isinstance(shelf, LocalShelf):
            self._view(name, self._session.read.parquet(*[str(shelf.root / file.name) for file in files]))
        elif files:  # through this process: Spark has no keys to the object store of its own
            self.give(name, pa.concat_tables([self._store.table(file) for file in files]))
        else:
            self.give(name, empty.empty_table())

    def view(self, name: str, sql: str) -> None:
        """See Engine."""
        self._view(name, self._session.sql(spark_sql(sql)))

    def make(self, name: str, sql: str) -> None:
        """See Engine."""
        self._view(name, self._session.sql(spark_sql(sql)).localCheckpoint())

    def rows(self, sql: str) -> tuple[list[str], list[Values]]:
        """See Engine."""
        found = self._session.sql(spark_sql(sql))
        return found.columns, [tuple(row) for row in found.collect()]

    def table(self, sql: str) -> "pa.Table":
        """See Engine."""
        return self._session.sql(spark_sql(sql)).toArrow()

    def stream(self, sql: str) -> "Iterator[pa.RecordBatch]":
        """See Engine. All of it at once: Spark hands on nothing before it has everything."""
        yield from self.table(sql).to_batches()

    def close(self) -> None:
        """See Engine. The session goes on: to start one takes seconds."""
        for name in self._names:
            self._session.catalog.dropTempView(name)

    def _view(self, name: str, frame: Any) -> None:
        frame.createOrReplaceTempView(name)
        self._names.add(name)


@cache
def spark_sql(sql: str) -> str:
    """A query of our dialect as Spark wants it.

    Raises sqlglot's ParseError for what is no SQL.
    """
    import sqlglot  # noqa: PLC0415
    from sqlglot import exp  # noqa: PLC0415
    from sqlglot.dialects.spark import Spark as Dialect  # noqa: PLC0415

    class Exact(Dialect):
        """Spark's own exact percentiles: sqlglot would write the approximate ones, with other results."""

        class Generator(Dialect.Generator):  # type: ignore[misc, valid-type]
            TRANSFORMS = {  # noqa: RUF012 - as sqlglot has it
                **Dialect.Generator.TRANSFORMS,
                exp.WithinGroup: lambda self, one: f"{self.sql(one.this)} WITHIN GROUP ({self.sql(one.expression)})",
                exp.PercentileCont: lambda self, one: self.func("PERCENTILE_CONT", one.this),
            }

    return sqlglot.parse_one(sql, read="duckdb").sql(dialect=Exact, comments=False)
