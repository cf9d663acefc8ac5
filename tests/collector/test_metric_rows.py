"""Every number of a morning with everything in it, as it was when the numbers were looked through.

What each means is tested where it is made. This holds them all to the digit: a border of a time, a rank, a side of a
group. After a change that is meant, KEEP_METRICS=1 with these tests writes them anew; look at the difference.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from morning import day, question
from shop import TENANT, SmallShop, at

from collector.answers import query
from collector.metrics import ORDER, metric
from collector.stays import fold

KEPT = Path(__file__).parents[1] / "vectors/metrics.json"
KEEP = os.environ.get("KEEP_METRICS") == "1"

Said = list[object]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Said]]:
    """(series, cell, value, group, of, low, high) of each row, by metric."""
    shop = SmallShop(tmp_path_factory.mktemp("morning") / "collector")
    day(shop)
    collector = shop.collector
    fold.refresh(collector.store, collector.registry.tenant(TENANT), collector.registry.sites(TENANT), at(24))
    with query.Answers(collector.store, question(shop)) as answers:
        said = {
            name: [
                [row.series, row.cell, row.value, row.group_size, row.of, row.low, row.high]
                for row in answers.rows(metric(name))
            ]
            for name in ORDER
        }
    if KEEP:
        lines = (f"{json.dumps(name)}: {json.dumps(rows)}" for name, rows in said.items())
        KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    return said


def numbers(rows: list[Said]) -> Iterator[float]:
    for row in rows:
        yield from (value for value in row if isinstance(value, float | int))


@pytest.mark.parametrize("name", ORDER)
def test_a_metric_says_what_it_said(found: dict[str, list[Said]], name: str) -> None:
    kept: list[Said] = json.loads(KEPT.read_text())[name]
    assert [row[:2] for row in found[name]] == [row[:2] for row in kept]
    assert [[one is None for one in row] for row in found[name]] == [[one is None for one in row] for row in kept]
    assert list(numbers(found[name])) == pytest.approx(list(numbers(kept)), rel=1e-6)
