"""`footfall collector objection` and `site`: what staff types, and what it answers."""

import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from collector import folder as folders
from collector.folder import Collector
from collector.records.audit import Audit
from tools.cli import cli

ADDRESS = "00:17:f2:aa:bb:cc"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "c"
    assert run("init", "--dir", str(made), "--time-zone", "Europe/Berlin").exit_code == 0
    assert run("site", "set", "shop", "--dir", str(made)).exit_code == 0
    return made


def run(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["collector", *words], input=typed)


def opened(folder: Path) -> Collector:
    return folders.open_folder(folder)


def spellings(address: str) -> list[str]:
    plain = re.sub(r"[^0-9a-f]", "", address.lower())
    return [plain, plain[:6], plain[6:], address[:8], address[9:]]


def test_no_command_shows_an_address(folder: Path) -> None:
    """Neither the one that takes it, nor list, status, audit or withdraw, as text or as JSON."""
    at = ("--dir", str(folder))
    said = [
        run("objection", "add", ADDRESS, *at),
        run("objection", "add", ADDRESS, *at),
        *(run("objection", leaf, *at, *flag) for leaf in ("list", "status") for flag in ((), ("--json",))),
        run("audit", *at),
        run("objection", "withdraw", "1", *at),
    ]
    assert [one.exit_code for one in said] == [0] * len(said)
    shown = "".join(one.output for one in said).lower()
    assert "objection 1" in shown
    assert not [word for word in spellings(ADDRESS) if word in shown]
    assert opened(folder).objections.all() == []


def test_staff_are_enrolled_listed_and_heard_again_without_an_address(folder: Path) -> None:
    at = ("--dir", str(folder))
    said = [
        run("staff", "add", ADDRESS, *at),
        run("staff", "add", "02:17:f2:aa:bb:cc", "--fixed", "--site", "shop", *at),
        run("staff", "list", *at),
        run("staff", "list", "--json", *at),
        run("objection", "list", *at),
        run("audit", *at),
    ]
    assert [one.exit_code for one in said] == [0] * len(said)
    assert [one["kind"] for one in json.loads(said[3].stdout)] == ["staff", "fixed"]
    assert "nobody has objected" in said[4].output
    shown = "".join(one.output for one in said).lower()
    assert not [word for word in spellings(ADDRESS) if word in shown]
    assert run("staff", "remove", "1", *at).exit_code == 0
    assert run("staff", "remove", "1", *at).exit_code == 1
    assert run("objection", "add", "00:17:f2:aa:bb:cd", *at).exit_code == 0
    assert run("staff", "remove", "3", *at).exit_code == 1  # an objection is withdrawn, not removed


def test_address_can_be_asked_for_and_then_is_in_no_history(folder: Path) -> None:
    said = run("objection", "add", "--dir", str(folder), typed=f"{ADDRESS}\n")
    assert said.exit_code == 0
    assert len(opened(folder).objections.all()) == 1


def test_made_up_address_is_taken_with_a_word_of_warning(folder: Path) -> None:
    """An objection cannot bind a phone that makes up addresses; whoever takes it in says so to the visitor."""
    said = run("objection", "add", "02:17:f2:aa:bb:cc", "--dir", str(folder))
    assert said.exit_code == 0
    assert "made this address up" in said.output
    assert "made this address up" not in run("objection", "add", ADDRESS, "--dir", str(folder)).output


def test_objection_has_a_place_and_an_end(folder: Path) -> None:
    """The last day is the last: it ends at midnight of the place's own time."""
    at = ("--dir", str(folder))
    assert run("objection", "add", ADDRESS, "--site", "shop", "--until", "2099-06-30", *at).exit_code == 0
    midnight = datetime(2099, 7, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    (row,) = json.loads(run("objection", "list", "--json", *at).output)
    assert (row["site"], row["until_ms"]) == ("shop", midnight.timestamp() * 1000)
    assert set(row) == {"id", "tenant", "site", "since_ms", "until_ms", "kind"}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("add", "nonsense"), 1, "12 digits"),
        (("add", ADDRESS, "--site", "nowhere"), 1, "no site"),
        (("add", ADDRESS, "--tenant", "nobody"), 1, "no tenant"),
        (("add", ADDRESS, "--until", "2001-01-01"), 2, "is over"),
        (("add", ADDRESS, "--until", "soon"), 2, "YYYY-MM-DD"),
        (("withdraw", "7"), 1, "no objection 7"),
    ],
    ids=str,
)
def test_what_cannot_be_is_said(folder: Path, words: tuple[str, ...], code: int, says: str) -> None:
    said = run("objection", *words, "--dir", str(folder))
    assert (said.exit_code, says in said.output) == (code, True)


def test_status_tells_when_objections_cannot_be_read(folder: Path) -> None:
    at = ("--dir", str(folder))
    run("objection", "add", ADDRESS, *at)
    assert "shop: version 0, 1 objections" in run("objection", "status", *at).output
    (folder / "objections.key").unlink()
    said = run("objection", "status", *at)
    assert (said.exit_code, "Put it back" in said.output) == (1, True)


# Sites.


def test_site_is_set_shown_and_listed(folder: Path) -> None:
    at = ("--dir", str(folder))
    said = run("site", "set", "ward", "--sensitive", "--opens", "09:00", "--closes", "20:00", *at)
    assert "sensitive: counts only" in said.output
    shown = json.loads(run("site", "show", "ward", "--json", *at).output)
    assert (shown["sensitive"], shown["opens"], shown["time_zone"]) == (True, "09:00", "Europe/Berlin")
    assert [one["name"] for one in json.loads(run("site", "list", "--json", *at).output)] == ["shop", "ward"]
    assert "sensitive    True" in run("site", "show", "ward", *at).output
    assert "09:00 to 20:00" in run("site", "list", *at).output


def test_loosening_a_sensitive_site_wants_a_reason(folder: Path) -> None:
    at = ("--dir", str(folder))
    run("site", "set", "shop", "--sensitive", *at)
    said = run("site", "set", "shop", "--not-sensitive", *at)
    assert (said.exit_code, "--why" in said.output) == (1, True)
    assert run("site", "set", "shop", "--not-sensitive", "--why", "it has moved", *at).exit_code == 0
    entry = Audit(opened(folder).registry.engine).entries()[-1]
    assert (entry.verb, entry.actor.partition(":")[0]) == ("configure", "cli")
    assert "it has moved" in entry.says


def test_hours_can_be_taken_away_again(folder: Path) -> None:
    at = ("--dir", str(folder))
    run("site", "set", "shop", "--opens", "09:00", "--closes", "20:00", *at)
    assert run("site", "set", "shop", "--always-open", "--opens", "09:00", *at).exit_code == 2
    assert run("site", "set", "shop", "--always-open", *at).exit_code == 0
    assert opened(folder).registry.site("default", "shop").opens is None
