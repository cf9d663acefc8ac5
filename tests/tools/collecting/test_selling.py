"""Tills' files and sites' names are typed by people: what came of it is said."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector import folder as folders
from collector.options.settings import Settings
from collector.records.registry import Site
from tools.cli import cli

SHEET = "time,transactions\n2025-11-20T10:00,30\n2025-11-20T11:00,12\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("selling") / "c"
    folders.create(made, Settings())
    folders.open_folder(made).registry.put_site(Site("default", "shop"))
    return made


def run(folder: Path, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli, ["collector", *words, "--dir", str(folder)], input=typed)


def test_an_import_says_which_time_it_is_of_and_what_it_replaced(folder: Path) -> None:
    """A wrong day in the file would take away all that is known between: then it is seen at once."""
    first = run(folder, "transactions", "import", "shop", "-", typed=SHEET)
    assert first.stdout == "42 transactions of default/shop, 2025-11-20 10:00+00:00 to 2025-11-20 11:00+00:00\n"
    again = run(folder, "transactions", "import", "shop", "-", typed=SHEET)
    assert again.stdout.splitlines()[1] == "in the place of 42 that were known of that time"
    none = run(folder, "transactions", "import", "shop", "-", typed="time,transactions\n")
    assert "nothing was changed" in none.stdout
    ahead = run(folder, "transactions", "import", "shop", "-", typed="time\n2999-01-01T10:00\n")
    assert (ahead.exit_code, "lies ahead" in ahead.stderr) == (1, True)
    assert "42 transactions" in run(folder, "transactions", "list", "shop").stdout


def test_a_site_that_a_slip_of_the_pen_made_is_said(folder: Path) -> None:
    assert run(folder, "site", "set", "shop", "--opens", "09:00", "--closes", "20:00").stderr == ""
    assert "shop2 was not there and is made; there were: shop" in run(folder, "site", "set", "shop2").stderr
