"""`footfall collector user`: people from a shell, their one-time passwords printed once."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector import folder as folders
from collector.clock import now_ms
from collector.options.settings import Settings
from collector.people.book import People
from collector.people.sessions import Sessions
from collector.people.tokens import Tokens
from collector.records.registry import Site
from tools.cli import cli


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("users") / "collector"
    folders.create(made, Settings())
    folders.open_folder(made).registry.put_site(Site("default", "shop"))
    return made


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["collector", "user", *words, "--dir", str(folder)])


def test_a_user_from_the_first_password_to_the_last(folder: Path) -> None:
    engine = folders.open_folder(folder).registry.engine
    added = run(folder, "add", "ada", "--role", "analyst", "--site", "default/shop", "--json")
    assert added.exit_code == 0, added.output
    password = json.loads(added.output)["one_time_password"]
    [said] = json.loads(run(folder, "list", "--json").output)
    assert (said["name"], said["role"], said["sites"], said["must_change"]) == (
        "ada",
        "analyst",
        ["default/shop"],
        True,
    )
    assert password not in run(folder, "list").output
    secret = People(engine).sign_in("ada", password, now_ms()) or ""
    assert Sessions(engine).find(secret, now_ms()) is not None
    assert run(folder, "role", "ada", "technician").output == "ada is technician now\n"
    assert run(folder, "sites", "ada", "--site", "default/*").output == "ada sees default/* now\n"
    assert "one-time password of ada" in run(folder, "password", "ada").output
    assert Sessions(engine).find(secret, now_ms()) is None
    assert run(folder, "disable", "ada").exit_code == run(folder, "enable", "ada").exit_code == 0


def test_who_sees_no_site_yet_is_said(folder: Path) -> None:
    """An analyst without a site signs in and finds nothing."""
    assert "footfall collector user sites joe" in run(folder, "add", "joe", "--role", "analyst").stderr
    assert run(folder, "add", "kim", "--role", "operator").stderr == ""


def test_a_token_is_shown_once_and_revoked(folder: Path) -> None:
    engine = folders.open_folder(folder).registry.engine
    run(folder, "add", "bob", "--role", "analyst", "--site", "default/shop")
    made = json.loads(run(folder, "token", "add", "bob", "export", "--scope", "read:report", "--json").output)
    listed = run(folder, "token", "list", "--json").output
    assert made["token"] not in listed
    assert json.loads(listed)[0]["scopes"] == ["read:report"]
    assert run(folder, "token", "revoke", str(made["id"])).exit_code == 0
    assert Tokens(engine).find(made["token"], now_ms()) is None


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["role", "nobody", "analyst"], 1, "there is no user 'nobody'"),
        (["add", "eve", "--role", "analyst", "--site", "shop"], 1, "TENANT/SITE"),
        (["sites", "ada"], 2, "one of --site, --all and --none is wanted"),
        (["add", "eve", "--role", "king"], 2, "is not one of 'technician'"),
        (["token", "revoke", "999"], 1, "there is no token 999"),
    ],
)
def test_a_mistake_is_told(folder: Path, words: list[str], code: int, says: str) -> None:
    done = run(folder, *words)
    assert (done.exit_code, says in done.output) == (code, True), done.output
