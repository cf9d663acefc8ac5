"""`footfall fleet config` on the command line: it teaches, shows what would happen, and says who must do what next."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from shop import SITE, TENANT, SmallShop

from tools.cli import cli

Fleet = Callable[..., Result]


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    made = SmallShop(tmp_path / "collector")
    made.sensor("door")
    made.sensor("window")
    return made


@pytest.fixture
def config(shop: SmallShop) -> Fleet:
    def run(command: str, *words: str, who: str = "ada") -> Result:
        words = ("--dir", str(shop.collector.folder), *words)
        return CliRunner().invoke(cli, ["fleet", *command.split(), *words], env={"SUDO_USER": who})

    return run


def test_a_dry_run_shows_each_sensor_and_how_it_would_change(config: Fleet) -> None:
    done = config("config set", "--site", SITE, "window_s=60", "mode=tokens", "--dry-run")
    assert done.exit_code == 0
    assert done.output.splitlines()[:2] == [
        f"{name:20} mode its own -> tokens, window_s its own -> 60" for name in ("door", "window")
    ]
    assert "2 sensors would change; nothing was. A second person is needed" in done.output
    assert json.loads(config("config history", "--site", SITE, "--json").stdout) == []


def test_the_way_of_a_change_is_said_step_by_step(config: Fleet) -> None:
    """Set, proposal, another's yes, and what each sensor should run with, from which layer."""
    assert "2 sensors change" in config("config set", "--tenant", TENANT, "mode=counts").output
    said = config("config set", "--sensor", "door", "mode=tokens", "--why", "a study").output
    assert "Another login says: footfall fleet config confirm 1" in said
    assert "proposal 1 of cli:ada for sensor default/door waits" in config("config status").output
    own = config("config confirm", "1")
    assert (own.exit_code, "another person must confirm it" in own.output) == (1, True)
    assert "1 sensors change" in config("config confirm", "1", who="grace").output
    shown = config("config show", "door").output
    assert "mode                   tokens                   sensor default/door, change 1" in shown
    assert "window_s               30                       the unit's own file; this is the default" in shown
    options = json.loads(config("config show", "window", "--json").stdout)["options"]
    assert options == {"mode": {"value": "counts", "from": "tenant default, change 1"}}


def test_groups_are_joined_and_left(config: Fleet) -> None:
    config("config set", "--group", "doors", "dwell_ms=500")
    assert "dwell_ms its own -> 500" in config("group", "door", "doors").output
    assert json.loads(config("config show", "door", "--json").stdout)["group"] == "doors"
    assert "dwell_ms 500 -> its own" in config("group", "door").output


def test_a_change_that_no_collector_has_seen_is_not_called_applied(config: Fleet, shop: SmallShop) -> None:
    config("config set", "--sensor", "door", "window_s=60")
    said = config("config status").output
    assert "no running collector has looked at the newest change yet" in said
    assert "1 of 2 sensors run what they should" in said
    shop.intake.refresh()
    rows = json.loads(config("config status", "--json").stdout)["sensors"]
    assert [(row["sensor"], row["state"], row["version"], row["unseen"]) for row in rows] == [
        ("door", "pending", 1, False),
        ("window", "applied", 0, False),
    ]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("window_s=60",), 2, "name one layer"),
        (("--site", SITE, "--sensor", "door", "window_s=60"), 2, "name one layer"),
        (("--site", SITE, "window_s"), 1, "name=value is wanted"),
        (("--site", SITE, "state_dir=/tmp"), 1, "option state_dir: set on the unit only; root makes it"),
        (("--site", SITE, "window_s=7200"), 1, "option window_s: 7200 is outside 5 to 60"),
        (("--site", "mall", "window_s=60"), 1, "there is no site default/mall"),
        (("--sensor", "gate", "window_s=60"), 1, "there is no sensor 'gate'"),
    ],
)
def test_a_slip_is_said_in_a_line(words: tuple[str, ...], code: int, says: str, config: Fleet) -> None:
    done = config("config set", *words)
    assert (done.exit_code, says in done.output) == (code, True), done.output


def test_a_command_waits_for_a_running_collector(config: Fleet) -> None:
    assert config("command send", "door", "restart").exit_code == 0
    assert config("command send", "door", "reboot").exit_code == 2
    (row,) = json.loads(config("command list", "--json").stdout)
    assert (row["sensor"], row["verb"], row["by"], row["state"]) == ("door", "restart", "cli:ada", "waiting")


def test_a_tenants_floor_holds_on_the_command_line(config: Fleet) -> None:
    done = config("config terms", "minimum_group=5")
    assert (done.exit_code, "below 10, the least that is ever released" in done.output) == (1, True)


def test_a_command_goes_to_one_sensor_or_to_those_that_are_selected(config: Fleet) -> None:
    assert "tells door within" in config("command send", "door", "report").output
    dry = config("command send", "--site", SITE, "--verb", "restart", "--dry-run")
    assert "restart would be told to door, window; nothing was sent" in dry.output
    assert "tells door, window within" in config("command send", "--site", SITE, "--verb", "restart").output
    told = json.loads(config("command list", "--json").stdout)
    assert sorted((one["sensor"], one["verb"]) for one in told) == [
        ("door", "report"),
        ("door", "restart"),
        ("window", "restart"),
    ]
    assert config("command send", "door").exit_code == 2, "what is to be done?"
    assert config("command send", "report").exit_code == 1, "which sensors?"


def test_pushing_again_by_selection_leaves_out_who_was_never_sent_any(config: Fleet) -> None:
    assert "none of them was ever sent" in config("config push", "--site", SITE).output
    assert "was never sent a configuration" in config("config push", "door").output


def test_where_no_unit_waits_there_is_nothing_to_refuse_and_nothing_to_rename(config: Fleet) -> None:
    done = config("refuse", "door", "--why", "not ours")
    assert (done.exit_code, "no unit waits for door" in done.output) == (1, True)
    done = config("approve", "door", "--name", "gate")
    assert (done.exit_code, "waits for its first place" in done.output) == (1, True)


def test_a_template_is_set_shown_and_rendered_and_its_variables_go_by_csv(
    config: Fleet, shop: SmallShop, tmp_path: Path
) -> None:
    """Each unit with what it would get; one that lacks a variable by name, and exit 1."""
    lacking = config("config template set", "--site", SITE, "broker_host={{gateway}}.lan", "--dry-run")
    assert (lacking.exit_code, "sensor door: {{gateway}} in broker_host" in lacking.output) == (1, True)
    file = tmp_path / "variables.csv"
    file.write_text(f"scope,tenant,name,gateway\nsensor,{TENANT},door,a\nsensor,{TENANT},window,b\n")
    assert "2 layers would change; nothing did" in config("config template import", str(file), "--dry-run").output
    assert "2 layers changed" in config("config template import", str(file), "--why", "moved").output
    dry = config("config template set", "--site", SITE, "broker_host={{gateway}}.lan", "--dry-run").output
    assert dry.splitlines()[:2] == [
        "door                 broker_host its own -> a.lan",
        "window               broker_host its own -> b.lan",
    ]
    config("config template set", "--site", SITE, "broker_host={{gateway}}.lan")
    assert config("config template render", "door").output == "door                 broker_host=a.lan\n"
    assert "$gateway = a" in config("config template show", "--sensor", "door").output
    found = json.loads(config("config template list", "--json").stdout)
    assert [one["place"] for one in found] == [
        f"{word} {TENANT}/{name}" for word, name in (("site", SITE), ("sensor", "door"), ("sensor", "window"))
    ]
    assert found[0]["uses"] == ["gateway"]
    assert config("config template export").output == file.read_text()
    shop.sensor("late")
    late = config("config template render", "--all")
    assert (late.exit_code, "late                 sensor late: {{gateway}}" in late.output) == (1, True)
    assert "it is sent nothing: sensor late" in config("config show", "late").output
    assert "set $gateway for it" in json.loads(config("config show", "late", "--json").stdout)["unresolved"]
