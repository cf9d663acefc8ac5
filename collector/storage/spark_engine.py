"""The engine that asks Apache Spark: see engines.Engine; docs/decisions/079 and 080 say what it does to be cheap."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..spark import dialect, session
from .manifest import StoredFile
from .shelf import LocalShelf
from .store import Store

ROWS_A_PARTITION = 1_000_000  # of a shuffle: some tens of MiB
PARTITIONS_MAX = 64
FEW_ROWS = 50_000  # stored rows of a question or turn: its tables are some MiB then

# Few rows are one partition, so that nothing is shuffled; to compile their plans takes longer than to interpret them.
FEW = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
# Many rows: what lies together by token is neither shuffled nor sorted again for an hour, a site and a token.
ADAPTIVE, TOGETHER = "spark.sql.adaptive.enabled", "token"
MANY = {ADAPTIVE: "true", "spark.sql.requireAllClusterKeysForCoPartition": "false"}


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
        self._kept = ExitStack()  # lets go of what was computed for good

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
        """See Engine."""
        if self._few:
            self.give(name, self.table(sql))
        else:
            self._ask(sql, lambda found: self._keep(name, found, self._kept))

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
        self._kept.close()
        for name in self._names:
            self._session.catalog.dropTempView(name)

    def _ask(self, sql: str, take: Callable[[Any], None]) -> None:
        """Take what is wanted of a query's result. What several of its parts read is kept until then, computed once."""
        asked = dialect.parts(sql)
        with ExitStack() as kept:
            for name, part in asked.shared:
                self._keep(name, self._session.sql(part), kept)
            take(self._session.sql(asked.whole))

    def _keep(self, name: str, frame: Any, until: ExitStack) -> None:
        """Compute these rows once, under this name. Few go through this process: Spark knows then how few they are.

        Many stay where they were made, those of a token together. Plans that are mended as they run do not say where
        rows lie, so that all would be shuffled again. until: lets go of them when it closes.
        """
        if self._few:
            self.give(name, frame.toArrow())
            return
        self._session.conf.set(ADAPTIVE, "false")
        try:
            made = (frame.repartition(TOGETHER) if TOGETHER in frame.columns else frame).localCheckpoint(eager=False)
            rows = made._jdf.queryExecution().logical().rdd()
            count = rows.count()
        finally:
            self._session.conf.set(ADAPTIVE, "true")
        if count > FEW_ROWS:
            until.callback(rows.unpersist, False)
            self._view(name, made)
            return
        self.give(name, made.toArrow())
        rows.unpersist(False)

    def _many(self, rows: int) -> dict[str, str]:
        """Partitions by the rows, and plans that are mended as they run, by the sizes that were found."""
        cores = self._session.sparkContext.defaultParallelism
        partitions = min(PARTITIONS_MAX, max(cores, -(-rows // ROWS_A_PARTITION)))
        return {"spark.sql.shuffle.partitions": str(partitions), **MANY}

    def _view(self, name: str, frame: Any) -> None:
        (frame.coalesce(1) if self._few else frame).createOrReplaceTempView(name)
        self._names.add(name)


def _schema(paths: Sequence[str]) -> Any:
    """The columns of these files, as their ends say; Spark would run a job to find out."""
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

    return from_arrow_schema(pa.unify_schemas([pq.read_schema(path) for path in paths]))
