"""Questions share a DuckDB, and nothing of each other's."""

import duckdb
import pyarrow as pa
import pytest

from collector.storage.desk import SMALL_ROWS, desk, leave, sit


def test_two_questions_do_not_see_each_others_tables() -> None:
    with desk(0) as one, desk(0) as other:
        one.execute("CREATE TABLE visits AS SELECT 1 AS token")
        one.register("place", pa.table({"site": ["shop"]}))
        for name in ("visits", "place"):
            with pytest.raises(duckdb.CatalogException):
                other.execute(f"FROM {name}")


def test_what_a_question_was_told_goes_with_it() -> None:
    connection, name = sit(0)
    connection.execute("CREATE TABLE visits AS SELECT 1 AS token")
    leave(connection, name)
    with desk(0) as another:
        left = another.execute("SELECT database_name FROM duckdb_databases() WHERE database_name = ?", [name])
        assert left.fetchall() == []
        assert another.execute("FROM duckdb_tables()").fetchall() == []


def test_a_large_question_gets_all_processors() -> None:
    with desk(SMALL_ROWS) as small, desk(SMALL_ROWS + 1) as large:
        assert small.execute("SELECT current_setting('threads')").fetchall() == [(1,)]
        large.execute("CREATE TABLE visits AS SELECT 1 AS token")
        with pytest.raises(duckdb.CatalogException):
            small.execute("FROM visits")
