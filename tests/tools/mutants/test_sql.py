"""Changes of SQL: each a mistake that somebody could have made, one word at a time."""

import pytest

from tools.mutants import sql


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ("SELECT a < b", ["SELECT a <= b"]),
        ("SELECT a <> b", ["SELECT a = b"]),
        ("SELECT max(a) + min(b)", ["SELECT min(a) + min(b)", "SELECT max(a) - min(b)", "SELECT max(a) + max(b)"]),
        ("SELECT 20", ["SELECT 21", "SELECT 19"]),
        ("SELECT a OR NOT b", ["SELECT a AND NOT b", "SELECT a OR  b"]),
        ("FROM a JOIN b", ["FROM a LEFT JOIN b"]),
        ("FROM a LEFT JOIN b", ["FROM a INNER JOIN b"]),
        ("FROM a CROSS JOIN b", []),
        ("SELECT a BETWEEN b AND c", []),
        ("SELECT a BETWEEN b AND c AND d", ["SELECT a BETWEEN b AND c OR d"]),
        ("-- 20 < 30\nSELECT '20 < 30'", []),
    ],
)
def test_each_word_that_can_be_mistaken_is_changed_alone(query: str, changed: list[str]) -> None:
    """Comments and texts are none of them, nor is the AND of a BETWEEN."""
    assert changed == [sql.changed(query, place) for place in sql.places(query)]
