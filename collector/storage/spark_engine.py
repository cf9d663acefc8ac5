"""The engine that asks Apache Spark: see engines.Engine, and docs/decisions/079 for what it does to be cheap."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..spark import dialect, session
from .manifest import StoredFile
from .shelf import LocalShelf
from .store import Store

ROWS_A_PARTITION = 500_000  # of a shuffle: some tens of MiB
PARTITIONS_MAX = 64
FEW_ROWS = 50_000  # stored rows of a question or turn: its tables are some MiB then

# Few rows are one partition, so that nothing is shuffled; to compile their plans takes longer than to interpret them.
FEW = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


class Spark:
    """Apache Spark: where the process has it (see spark.session), or on this machine alone, under names of its own."""

    def __init__(self, store: Store, rows: int = 0) -> None:
        """rows: about how many stored ones it will read."""
        self._store = store
        self._session = session.running().newSession()
        self._few = rows <= FEW_ROWS
        for name, value in (FEW if self._few else self._many(rows)).items():
            self._session.conf.set(name, value)
        self._names: set[str] = set()

    def give(self, name: str, table: "pa.Table") -> None:
        """See Engine."""
        self._view(name, self._session.createDataFrame(table))

    def read(self, name: str, files: Sequence[StoredFile], empty: "pa.Schema") -> None:
        """See Engine."""
        shelf = self._store.shelf
        if files and isinstance(shelf, LocalShelf):
            paths = [str(shelf.root / file.name) for file in files]
            self._view(name, self._session.read.schema(_schema(paths)).parquet(*paths))
        elif files:  # through this process: Spark has no keys to the object store of its own
            self.give(name, pa.concat_tables([self._store.table(file) for file in files]))
        else:
            self.give(name, empty.empty_table())

    def view(self, name: str, sql: str) -> None:
        """See Engine."""
        self._view(name, self._session.sql(dialect.spark_sql(sql)))

    def make(self, name: str, sql: str) -> None:
        """See Engine. Few rows go through this process, so that Spark knows how many they are."""
        if self._few:
            self.give(name, self.table(sql))
        else:
            self._ask(sql, lambda found: self._view(name, found.localCheckpoint()))

    def rows(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """See Engine."""
        names: list[str] = []
        found: list[tuple[Any, ...]] = []

        def take(frame: Any) -> None:
            names.extend(frame.columns)
            found.extend(tuple(row) for row in frame.collect())

        self._ask(sql, take)
        return names, found

    def table(self, sql: str) -> "pa.Table":
        """See Engine."""
        found: list[pa.Table] = []
        self._ask(sql, lambda frame: found.append(frame.toArrow()))
        return found[0]

    def stream(self, sql: str) -> "Iterator[pa.RecordBatch]":
        """See Engine. All of it at once: Spark hands on nothing before it has everything."""
        yield from self.table(sql).to_batches()

    def close(self) -> None:
        """See Engine. The session goes on: to start one takes seconds."""
        for name in self._names:
            self._session.catalog.dropTempView(name)

    def _ask(self, sql: str, take: Callable[[Any], None]) -> None:
        """Take what is wanted of a query's result. What several of its parts read is kept until then, computed once."""
        asked = dialect.parts(sql)
        with ExitStack() as kept:
            for name, part in asked.shared:
                frame = self._session.sql(part)
                if self._few:
                    self.give(name, frame.toArrow())
                else:
                    frame.persist()
                    kept.callback(frame.unpersist)
                    self._view(name, frame)
            take(self._session.sql(asked.whole))

    def _many(self, rows: int) -> dict[str, str]:
        """Partitions by the rows, and plans that are mended as they run, by the sizes that were found."""
        cores = self._session.sparkContext.defaultParallelism
        partitions = min(PARTITIONS_MAX, max(cores, -(-rows // ROWS_A_PARTITION)))
        return {"spark.sql.shuffle.partitions": str(partitions), "spark.sql.adaptive.enabled": "true"}

    def _view(self, name: str, frame: Any) -> None:
        (frame.coalesce(1) if self._few else frame).createOrReplaceTempView(name)
        self._names.add(name)


def _schema(paths: Sequence[str]) -> Any:
    """The columns of these files, as their ends say; Spark would run a job to find out."""
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

    return from_arrow_schema(pa.unify_schemas([pq.read_schema(path) for path in paths]))
