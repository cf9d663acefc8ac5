"""Exports of numbers: released cells alone, of the minimum group of exports, read back by other tools."""

import csv
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from shop import DAY, SITE, SmallShop, Stay, at

from collector.answers.intervals import wilson
from collector.exports import cells
from tools.cli import cli

ENGAGED, BOUNCED, SMALL = 43, 28, 15  # the smaller group may be on the page, and not in an export


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    shop = SmallShop(tmp_path_factory.mktemp("cells") / "c")
    shop.hear(
        [
            *(Stay(1 + token, at(10), at(10, 30)) for token in range(ENGAGED)),
            *(Stay(500 + token, at(10), at(10, 2)) for token in range(BOUNCED)),
            *(Stay(1000 + token, at(10), at(10, 2), -80) for token in range(SMALL)),
        ]
    )
    return shop


def asked(shop: SmallShop, layout: str, out: Path, *words: str) -> Result:
    base = ["report", "export", SITE, "--dir", str(shop.collector.folder), "--format", layout, "--out", str(out)]
    return CliRunner().invoke(cli, [*base, "--json", *words])


@pytest.fixture(scope="module")
def parquet(shop: SmallShop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "shop.parquet"
    done = asked(shop, "parquet", out)
    assert done.exit_code == 0, done.output
    said = json.loads(done.output.splitlines()[-1])
    assert (said["minimum_group"], said["bytes"]) == (20, out.stat().st_size)
    return out


def test_duckdb_reads_the_cells_with_what_they_mean(parquet: Path) -> None:
    found = duckdb.sql(f"SELECT * FROM '{parquet}' WHERE metric = 'visitors'").to_arrow_table().to_pylist()
    (row,) = found
    assert (row["site"], row["value"], row["suppressed"]) == (SITE, 70.0, False)
    assert (row["coverage"], row["epoch"]) == (1.0, DAY)
    assert row["low"] < 70 < row["high"]
    assert row["definition"]
    assert row["unit"]


def test_a_group_below_the_exports_minimum_is_no_number(parquet: Path) -> None:
    """15 passers-by; and no count that is shown is exact."""
    passers = duckdb.sql(f"SELECT value, low, high, suppressed FROM '{parquet}' WHERE metric = 'passers_by'").fetchall()
    assert passers == [(None, None, None, True)]
    counts = duckdb.sql(
        f"SELECT value FROM '{parquet}' WHERE metric IN ('visitors', 'visits', 'hourly') AND value IS NOT NULL"
    ).fetchall()
    assert counts
    assert {value % 5 for (value,) in counts} == {0}


def test_no_interval_tells_the_count_that_a_share_is_of(parquet: Path) -> None:
    """Wilson's interval is the narrower the larger its count: here it is that of 70, not of 71."""
    rows = duckdb.sql(
        f"SELECT value, low, high FROM '{parquet}' WHERE metric IN ('bounce_rate', 'engaged_rate') AND low IS NOT NULL"
    ).fetchall()
    assert len(rows) == 2
    for value, low, high in rows:
        assert (low, high) == pytest.approx(wilson(value * 70, 70))
        assert low != pytest.approx(wilson(value * 71, 71)[0])


def test_the_file_says_which_time_it_is_about(parquet: Path) -> None:
    schema = pq.read_schema(parquet)
    assert schema.names == cells.SCHEMA.names
    assert schema.metadata[b"footfall_from"] == f"{DAY}T10:00:00.000+00:00".encode()
    assert schema.metadata[b"footfall_minimum_group"] == b"20"


def test_csv_holds_the_same(parquet: Path, shop: SmallShop, tmp_path: Path) -> None:
    done = asked(shop, "csv", tmp_path / "shop.csv")
    assert done.exit_code == 0, done.output
    with (tmp_path / "shop.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = pq.read_table(parquet).to_pylist()
    assert [row["metric"] for row in rows] == [row["metric"] for row in wanted]
    assert [row["value"] == "" for row in rows] == [row["value"] is None for row in wanted]
    assert {row["suppressed"] for row in rows} == {"true", "false"}


def test_exports_share_the_memory_of_answers(shop: SmallShop, tmp_path: Path) -> None:
    """A time that differs by one person from all that was heard: it is refused, and leaves no file."""
    shop.hear([Stay(5000, at(10, 30), at(10, 40))])
    done = asked(shop, "csv", tmp_path / "a.csv", "--from", f"{DAY}T10:00", "--to", f"{DAY}T10:30")
    assert done.exit_code == 1
    assert "an answer to this would" in done.output
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--positions", "x.csv"], "--positions is for --format meraki"),
        (["--from", DAY], "--from and --to go together"),
    ],
)
def test_wrong_words_are_told(words: list[str], says: str, shop: SmallShop, tmp_path: Path) -> None:
    done = asked(shop, "csv", tmp_path / "x.csv", *words)
    assert done.exit_code == 2
    assert says in done.output
