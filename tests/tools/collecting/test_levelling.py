"""`footfall collector site level`: a walk with one phone, and humps, on what a collector has stored."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from shop import STREET_DBM, SmallShop, Stay, at

from tools.cli import cli

WALK = """from,to,place
2026-03-02T10:00,2026-03-02T10:10,outside
2026-03-02T10:10,2026-03-02T10:20,inside
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    made = SmallShop(tmp_path_factory.mktemp("level") / "collector")
    walker = [Stay(1, at(10), at(10, 10), -72), Stay(1, at(10, 10), at(10, 20), -58)]
    made.hear([*walker, *(Stay(2 + n, at(10, n), at(10, n, 30), STREET_DBM) for n in range(12))])
    return made


def level(shop: SmallShop, *words: str) -> Result:
    return CliRunner().invoke(cli, ["collector", "site", "level", "shop", "--dir", str(shop.collector.folder), *words])


def test_a_walk_sets_the_level_and_names_no_device(shop: SmallShop, tmp_path: Path) -> None:
    (tmp_path / "walk.csv").write_text(WALK)
    said = level(shop, "--walk", str(tmp_path / "walk.csv"), "--json", "--apply")
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout)
    assert (found["now_dbm"], found["right"], found["applied"]) == (-65, 1.0, True)
    assert -71 <= found["dbm"] <= -58
    assert shop.collector.registry.site("default", "shop").inside_dbm == found["dbm"]
    assert "token" not in said.output


def test_what_cannot_be_said_is_said(shop: SmallShop, tmp_path: Path) -> None:
    few = level(shop)
    assert (few.exit_code, "50 are wanted" in few.output) == (0, True)
    (tmp_path / "early.csv").write_text(WALK.replace("T10", "T08"))
    assert "one is wanted" in level(shop, "--walk", str(tmp_path / "early.csv")).output
    (tmp_path / "wrong.csv").write_text("from,to,place\nten,eleven,inside\n")
    wrong = level(shop, "--walk", str(tmp_path / "wrong.csv"))
    assert (wrong.exit_code, "line 2" in wrong.output) == (1, True)
