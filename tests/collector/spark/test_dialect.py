"""What several parts of a query read is computed once where that is less work, and names keep their meaning."""

import duckdb
import pytest

from collector.counting import signs
from collector.metrics import FOLD, ORDER, TABLES, sql_text
from collector.spark.dialect import SHARED, parts

READ_TWICE = """
WITH plain AS (SELECT place, n * 2 AS n FROM heard),
sums AS (SELECT place, sum(n) AS n FROM plain GROUP BY place),
told AS (SELECT sums.*, n > 8 AS many FROM sums),
most AS (SELECT max(n) AS n FROM told)
SELECT told.place, told.many, most.n FROM told JOIN most ON most.n = told.n WHERE EXISTS (SELECT 1 FROM plain)
"""


def test_only_what_groups_and_is_read_twice_is_computed_apart() -> None:
    asked = parts(READ_TWICE)
    assert [name for name, _ in asked.shared] == ["shared_told"]
    assert "plain AS (" in asked.shared[0][1], "what it reads goes with it"
    assert "shared_told AS told" in asked.whole
    assert "sums" not in asked.whole


def test_the_parts_give_what_the_whole_gives() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE heard AS SELECT range % 3 AS place, range AS n FROM range(9)")
        whole = connection.execute(READ_TWICE).fetchall()
        asked = parts(READ_TWICE)
        for name, query in asked.shared:
            connection.execute(f"CREATE TABLE {name} AS {query}")
        assert connection.execute(asked.whole).fetchall() == whole != []


def test_groups_that_rows_are_looked_up_in_are_computed_apart_and_rows_are_not() -> None:
    looked_up = """
    WITH loud AS (SELECT DISTINCT place FROM heard WHERE n > 4), plain AS (SELECT place FROM heard)
    SELECT n FROM heard AS h WHERE EXISTS (SELECT 1 FROM {} AS o WHERE o.place = h.place)
    """
    assert [name for name, _ in parts(looked_up.format("loud")).shared] == ["shared_loud"]
    assert parts(looked_up.format("plain")).shared == ()


def test_a_name_that_means_something_else_inside_leaves_the_query_whole() -> None:
    inner = "WITH a AS (SELECT 1 AS x) SELECT x FROM a"
    nested = f"WITH a AS (SELECT x FROM t GROUP BY x) SELECT * FROM a JOIN ({inner}) AS b ON b.x = a.x"
    assert parts(nested).shared == ()


@pytest.mark.parametrize(("sql", "table", "times"), [(signs.sql_text(), "marks", 1), (sql_text("stays"), "heard", 2)])
def test_the_fold_reads_its_largest_tables_no_more_often_than_it_must(sql: str, table: str, times: int) -> None:
    """The largest tables are sightings, and marks of them: once grouped, they are not grouped anew."""
    asked = parts(sql)
    texts = [query for _, query in asked.shared] + [asked.whole]
    assert sum(text.count(f" FROM {table}") for text in texts) == times


def test_what_is_computed_apart_is_read_by_what_comes_after_it() -> None:
    for name in (*TABLES, *FOLD, *ORDER):
        asked = parts(sql_text(name))
        for number, (part, _) in enumerate(asked.shared):
            assert part.startswith(SHARED)
            later = [query for _, query in asked.shared[number + 1 :]] + [asked.whole]
            assert any(part in query for query in later), name
