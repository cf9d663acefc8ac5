"""A metric's header is its definition and its rules: what is missing or misspelt there is found when it is read."""

import pytest

from collector import metrics

HEADER = """-- name: long_rate
-- title: Long visits
-- unit: share of visits
-- people: yes
-- definition: visits of an hour or longer / visits.
-- bias: none known.
-- source: Footfall's own definition
"""


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (HEADER.replace("-- bias: none known.\n", ""), "collector/metrics/long_rate.sql: '-- bias: ...' is missing"),
        (HEADER + "-- rest_on: visitors\n", "nothing reads 'rest_on'"),
    ],
)
def test_a_slip_in_a_header_is_named(header: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that is misspelt holds nothing back."""
    monkeypatch.setattr(metrics, "sql_text", lambda _: header + "SELECT 1")
    metrics.metric.cache_clear()
    with pytest.raises(ValueError, match=says):
        metrics.metric("long_rate")


def test_every_header_is_read_whole() -> None:
    assert len(metrics.metrics()) == len(metrics.ORDER)
