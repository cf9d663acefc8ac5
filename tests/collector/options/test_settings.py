"""Settings: flag over environment over file over default; what is wrong is said plainly, and no password with it."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from collector import folder
from collector.errors import SettingsError
from collector.options import explaining, resolving, settings, sources
from collector.options.settings import Settings
from collector.options.sources import Outside, Source
from tools.cli import cli

SECRET = "hunter2"
URL = f"postgresql+psycopg://footfall:{SECRET}@127.0.0.1:1/nobody"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "collector.toml").write_text(settings.render(Settings(http_port=1111)))
    return tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that can be opened."""
    base = tmp_path_factory.mktemp("whole") / "c"
    folder.create(base, Settings())
    return base


def in_force(home: Path, flags: dict[str, str], environment: dict[str, str]) -> tuple[int, Source]:
    found = resolving.resolve(home, Outside(flags, environment))
    return found.settings.http_port, found.said["http_port"].source


def test_the_nearer_source_wins(home: Path) -> None:
    assert in_force(home, {}, {}) == (1111, Source.FILE)
    assert in_force(home, {}, {"FOOTFALL_HTTP_PORT": "2222"}) == (2222, Source.ENVIRONMENT)
    assert in_force(home, {"http_port": "3333"}, {"FOOTFALL_HTTP_PORT": "2222"}) == (3333, Source.FLAG)
    (home / "collector.toml").write_text("")
    found = resolving.resolve(home, Outside())
    assert found.settings == Settings()
    assert not found.said


@hypothesis_settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(("broker_port", "http_port", "disk_floor_mib")), st.integers(1, 60_000)), st.data()
)
def test_each_setting_comes_from_the_first_that_names_it(flags: dict[str, int], data: st.DataObject) -> None:
    """Whatever the four say: a plain walk through them finds the same."""
    names = st.sampled_from(("broker_port", "http_port", "disk_floor_mib"))
    environment = data.draw(st.dictionaries(names, st.integers(1, 60_000)))
    file = data.draw(st.dictionaries(names, st.integers(1, 60_000)))
    told = Outside(
        {name: str(value) for name, value in flags.items()},
        {f"FOOTFALL_{name.upper()}": str(value) for name, value in environment.items()},
    )
    text = "".join(f"{name} = {value}\n" for name, value in file.items())
    found = resolving.made([*told.said(), *sources.of_text(text, Path("x"))]).settings
    for name in ("broker_port", "http_port", "disk_floor_mib"):
        default = Settings.model_fields[name].default
        assert getattr(found, name) == flags.get(name, environment.get(name, file.get(name, default)))


@pytest.mark.parametrize(
    ("flags", "environment", "says"),
    [
        (
            {"http_prot": "1"},
            {},
            "--set http_prot on the command line: there is no such setting; did you mean http_port?",
        ),
        ({}, {"FOOTFALL_HTTP_PROT": "1"}, "FOOTFALL_HTTP_PROT in the environment.*did you mean FOOTFALL_HTTP_PORT?"),
        ({}, {"FOOTFALL_ZZZ": "1"}, "docs/config.md has those there are"),
        ({}, {"FOOTFALL_http_port": "1"}, "FOOTFALL_http_port: there is no such setting.*FOOTFALL_HTTP_PORT"),
        (
            {},
            {"FOOTFALL_HTTP_PORT": "x"},
            "FOOTFALL_HTTP_PORT in the env.*'x' will not do: a whole number from 0 to 65535",
        ),
        ({"http_port": "70000"}, {}, "--set http_port on.*'70000' will not do.*correct it, or leave it away"),
        ({"disk_floor_mib": "-1"}, {}, "a whole number from 0 up is wanted"),
        ({"replay": "maybe"}, {}, "true or false is wanted"),
        ({"broker_names": "a b;c"}, {}, "names or addresses with one space"),
        ({"wireguard": "8.8.8.8/16"}, {}, "10.77.0.1/16"),
        ({"database_url": "mysql://h/d"}, {}, "postgresql"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_a_way_out(
    home: Path, flags: dict[str, str], environment: dict[str, str], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        resolving.load(home, Outside(flags, environment))


def test_a_wrong_line_of_the_file_is_named_with_the_file(home: Path) -> None:
    (home / "collector.toml").write_text("http_port = 'x'\nbroker_prot = 1\n")
    with pytest.raises(SettingsError, match=r"broker_prot in .*collector\.toml: .*did you mean broker_port"):
        resolving.load(home, Outside())
    (home / "collector.toml").write_text("http_port = 'x'\nbroker_port = 0\n")
    with pytest.raises(SettingsError, match=r"broker_port in .*'0' will not do.*http_port in .*'x' will not do"):
        resolving.load(home, Outside())


def test_every_fault_is_named_and_no_password_with_it(home: Path) -> None:
    wrong = {"FOOTFALL_DATABASE_URL": f"mysql://me:{SECRET}@h/d", "FOOTFALL_HTTP_PORT": "x"}
    with pytest.raises(SettingsError, match="correct it") as caught:
        resolving.load(home, Outside({}, wrong))
    assert "FOOTFALL_DATABASE_URL" in str(caught.value)
    assert "FOOTFALL_HTTP_PORT" in str(caught.value)
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_names_of_our_own_tests_and_of_options_are_no_settings(home: Path) -> None:
    assert resolving.load(home, Outside({}, dict.fromkeys(sources.NO_SETTINGS, "1"))) == resolving.load(
        home, Outside({}, {})
    )


@pytest.mark.parametrize("words", [["http_port"], ["=1"], ["http_port=1", "http_port=2"]])
def test_a_flag_that_says_nothing_or_two_things_is_refused(words: list[str]) -> None:
    with pytest.raises(SettingsError):
        sources.parse_flags(words)


def test_a_flag_may_hold_equals_signs() -> None:
    assert sources.parse_flags(["database_url=sqlite:///x?a=b"]) == {"database_url": "sqlite:///x?a=b"}


@pytest.mark.parametrize("text", ['a "quoted" \\ word', "line\nline", "", "\x7f", "ö€😀"])
def test_a_file_that_was_written_reads_back(text: str, tmp_path: Path) -> None:
    (tmp_path / "collector.toml").write_text(settings.render(Settings(broker_reload=text)), encoding="utf-8")
    assert resolving.load(tmp_path, Outside()).broker_reload == text


@pytest.mark.parametrize(
    "text",
    [
        URL,
        f"postgresql+psycopg://me:a/{SECRET}@b:{SECRET}@h/d",
        f"postgresql+psycopg://h/d?user=a&password={SECRET}&sslmode=require",
        f"postgresql+psycopg://:{SECRET}@/d",
        f"curl -H 'Authorization: Bearer {SECRET}' https://u:{SECRET}@h/x",
        f"reload --api-key {SECRET}",
        f"TOKEN={SECRET} reload",
    ],
)
def test_no_secret_is_explained(text: str) -> None:
    assert SECRET not in explaining.masked(text)
    assert explaining.HIDDEN in explaining.masked(text)


def test_what_is_no_secret_is_explained_as_it_is() -> None:
    for text in ("sudo systemctl reload mosquitto", "postgresql+psycopg://footfall@h:5432/d", "10.77.0.1/16"):
        assert explaining.masked(text) == text


def test_serve_explains_every_setting_without_starting(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database that is named is not there: nothing is opened."""
    monkeypatch.setenv("FOOTFALL_DATABASE_URL", URL)
    command = ["collector", "serve", "--dir", str(home), "--explain", "--set", "replay=yes"]
    done = CliRunner().invoke(cli, [*command, "--json"])
    assert done.exit_code == 0, done.output
    rows = {row["name"]: row for row in json.loads(done.output)}
    assert list(rows) == list(Settings.model_fields)
    assert (rows["replay"]["value"], rows["replay"]["source"]) == (True, "flag")
    assert rows["database_url"]["source"] == "environment"
    assert rows["http_port"]["source"] == "file"
    assert all(row["means"] for row in rows.values())
    text = CliRunner().invoke(cli, command).output
    assert SECRET not in done.output + text
    assert [line.split()[0] for line in text.splitlines()] == ["setting", *Settings.model_fields]


def test_a_default_is_called_one(home: Path) -> None:
    (home / "collector.toml").write_text("")
    lines = explaining.explain(resolving.resolve(home, Outside()))
    assert {asdict(line)["source"] for line in lines} == {Source.DEFAULT}


@pytest.mark.parametrize(
    "command", [["collector", "status"], ["collector", "verify"], ["report", "shop"], ["fleet", "list"]]
)
def test_every_command_that_opens_a_folder_sees_the_same(
    command: list[str], whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database elsewhere, named by flag or environment, is where each of them looks."""
    elsewhere = whole.parent / "elsewhere.sqlite"
    first = CliRunner().invoke(cli, [*command, "--dir", str(whole), "--set", f"database_url=sqlite:///{elsewhere}"])
    assert isinstance(first.exception, SystemExit | None), first.output
    assert elsewhere.exists()
    elsewhere.unlink()
    monkeypatch.setenv("FOOTFALL_DATABASE_URL", f"sqlite:///{elsewhere}")
    CliRunner().invoke(cli, [*command, "--dir", str(whole)])
    assert elsewhere.exists()
    monkeypatch.setenv("FOOTFALL_HTTP_PORT", "x")
    done = CliRunner().invoke(cli, [*command, "--dir", str(whole)])
    assert done.exit_code == 1
    assert "FOOTFALL_HTTP_PORT" in done.output


def init(home: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["collector", "init", "--dir", str(home), "--plain", *words])
    return done.exit_code, done.output


def test_what_init_is_told_by_set_is_written_and_stays(tmp_path: Path) -> None:
    assert init(tmp_path / "c", "--set", "retention_visits_days=30")[0] == 0
    assert resolving.load(tmp_path / "c", Outside()).retention_visits_days == 30


def test_init_takes_its_own_options_and_no_broker_that_contradicts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "init has an option for that" in init(tmp_path / "c", "--set", "http_port=1")[1]
    monkeypatch.setenv("FOOTFALL_BROKER_PORT", "99")
    code, says = init(tmp_path / "c")
    assert code == 1
    assert "FOOTFALL_BROKER_PORT" in says
    assert not (tmp_path / "c").exists()
    assert init(tmp_path / "c", "--port", "99")[0] == 0


def test_what_is_said_for_a_real_collector_is_not_for_one_of_a_commands_own() -> None:
    environment = {"FOOTFALL_DATABASE_URL": URL, "FOOTFALL_SEED": "1", "PATH": "/bin"}
    assert sources.forget(environment) == ["FOOTFALL_DATABASE_URL"]
    assert environment.keys() == {"FOOTFALL_SEED", "PATH"}


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "shop.example", ""])
def test_a_page_is_not_open_to_other_machines(home: Path, host: str) -> None:
    with pytest.raises(SettingsError, match=r"open_page.*everybody who reaches this machine; set http_host"):
        resolving.resolve(home, Outside({"open_page": "true", "http_host": host}, {}))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_a_page_may_be_open_to_its_own_machine(home: Path, host: str) -> None:
    assert resolving.resolve(home, Outside({"open_page": "true", "http_host": host}, {})).settings.open_page


def test_proxies_are_addresses(home: Path) -> None:
    assert resolving.resolve(home, Outside({"http_proxies": "127.0.0.1 10.0.0.0/8"}, {})).settings.http_proxies
    with pytest.raises(SettingsError, match="addresses or networks"):
        resolving.resolve(home, Outside({"http_proxies": "*"}, {}))
