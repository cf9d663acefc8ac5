"""`footfall collector site train`: phones that were carried are found by their times, and what was learnt holds."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from shop import DAY, SmallShop, Stay, at

from collector.reporting import report
from tools.cli import cli

LINES = [(6 + n // 2, 30 * (n % 2)) for n in range(30)]  # every half an hour; even lines go in
PHONES = 2


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Whoever stands at the window is as long there as a visitor, and not so loud. Strangers come and go all day."""
    made = SmallShop(tmp_path_factory.mktemp("train") / "collector")
    stays = [
        Stay(1 + phone, at(hour, minute), at(hour, minute + 4), (-50 if minute == 0 else -62) - phone)
        for hour, minute in LINES
        for phone in range(PHONES)
    ]
    strangers = [Stay(100 + n, at(7 + n % 9, n), at(7 + n % 9, n + 9), -55) for n in range(40)]
    window_shoppers = [Stay(200 + n, at(8 + n % 9, n), at(8 + n % 9, n + 3), -63) for n in range(20)]
    made.hear([*stays, *strangers, *window_shoppers])
    return made


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    rows = [
        f"{DAY}T{hour:02}:{minute:02},{DAY}T{hour:02}:{minute + 5:02},{'outside' if minute else 'inside'},{PHONES}"
        for hour, minute in LINES
    ]
    path = tmp_path / "labels.csv"
    path.write_text("\n".join(["from,to,place,phones", *rows]) + "\n")
    return path


def train(shop: SmallShop, *words: str) -> Result:
    return CliRunner().invoke(cli, ["collector", "site", "train", "shop", "--dir", str(shop.collector.folder), *words])


def visitors(shop: SmallShop) -> float | None:
    return (
        report.build(shop.collector.store, shop.collector.registry, "default", "shop", None, 0).answer("visitors").value
    )


def test_it_is_found_compared_applied_and_forgotten(shop: SmallShop, labels: Path) -> None:
    assert "the rule: inside for 60 s" in train(shop).output
    tried = train(shop, "--labels", str(labels), "--json")
    assert tried.exit_code == 0, tried.output
    said = json.loads(tried.stdout)
    assert (said["visitors"], said["passers_by"], said["lines_heard"], said["rule_right"]) == (30, 30, 30, 0.5)
    assert all(one["right"] > 0.95 and one["beats"] for one in said["candidates"])
    assert (said["applied"], visitors(shop)) == (False, 60.0)

    done = train(shop, "--labels", str(labels), "--apply")
    assert "it holds from now on" in done.output
    assert "a visitor is who shows" in train(shop).output
    assert visitors(shop) == 40.0
    assert "token" not in done.output

    assert train(shop, "--forget").exit_code == 0
    assert visitors(shop) == 60.0


def test_phones_that_are_not_found_are_said(shop: SmallShop, labels: Path, tmp_path: Path) -> None:
    fewer = tmp_path / "fewer.csv"
    fewer.write_text(labels.read_text().replace(",2\n", ",1\n"))
    said = train(shop, "--labels", str(fewer))
    assert (said.exit_code, "2 lasting devices" in said.output) == (1, True)
    assert train(shop, "--apply").exit_code == 2
