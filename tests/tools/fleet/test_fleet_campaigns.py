"""`footfall fleet tag` and `campaign`: selections, what a dry run shows, and how a campaign is steered."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from shop import SITE, SmallShop

from tools.cli import cli

Fleet = Callable[..., Result]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    shop = SmallShop(tmp_path_factory.mktemp("campaigns") / "collector")
    for name in ("door", "window", "till"):
        shop.sensor(name)

    def run(command: str, *words: str) -> Result:
        words = ("--dir", str(shop.collector.folder), *words)
        return CliRunner().invoke(cli, ["fleet", *command.split(), *words], env={"SUDO_USER": "ada"})

    return run


def test_tags_select_and_a_slip_selects_nothing(fleet: Fleet) -> None:
    assert "tags +front" in fleet("tag", "door", "window", "--add", "front").output
    assert json.loads(fleet("tag", "--tag", "front", "--json").stdout) == [
        {"sensor": "door", "tags": ["front"], "behind": ""},
        {"sensor": "window", "tags": ["front"], "behind": ""},
    ]
    slip = fleet("tag", "--tag", "frond", "--add", "x")
    assert (slip.exit_code, "there is no tag 'frond'" in slip.output) == (1, True)
    nothing = fleet("tag", "--add", "x")
    assert (nothing.exit_code, "which sensors?" in nothing.output) == (1, True)
    assert (
        "2 sensors would change; nothing did" in fleet("tag", "--tag", "front", "--remove", "front", "--dry-run").output
    )


def test_a_whole_selection_is_put_into_a_group_and_listed_by_it(fleet: Fleet) -> None:
    fleet("tag", "door", "window", "--add", "glass")
    assert "2 sensors changed" in fleet("tag", "--tag", "glass", "--put-into", "panes").output
    listed = json.loads(fleet("list", "--group", "panes", "--tag", "glass", "--json").stdout)
    assert [one["name"] for one in listed] == ["door", "window"]
    assert "there is no group 'pains'" in fleet("list", "--group", "pains").output
    assert "2 sensors changed" in fleet("tag", "--group", "panes", "--put-into", "").output


def test_a_ring_of_sensors_behind_each_other_is_refused(fleet: Fleet) -> None:
    assert "behind none -> till" in fleet("tag", "door", "--behind", "till").output
    ring = fleet("tag", "till", "--behind", "door")
    assert (ring.exit_code, "would be a ring" in ring.output) == (1, True)


def test_a_campaign_is_shown_begun_and_steered(fleet: Fleet) -> None:
    words = ("--site", SITE, "window_s=60", "--stages", "1,100%", "--soak", "1m")
    dry = json.loads(fleet("campaign config", *words, "--dry-run", "--json").stdout)
    assert (dry["campaign"], [len(stage) for stage in dry["stages"]]) == (None, [1, 2])
    assert dry["stages"][1][1]["sensor"] == "till"
    begun = json.loads(fleet("campaign config", *words, "--json").stdout)
    assert begun == dry | {"campaign": 1}
    assert "campaign 1 is paused" in fleet("campaign pause", "1", "--why", "a holiday").output
    (listed,) = json.loads(fleet("campaign list", "--json").stdout)
    assert (listed["state"], listed["says"], listed["units"]) == ("paused", "a holiday", {"waits": 3})
    assert "stage 1 (open): 1 waits" in fleet("campaign show", "1").output
    assert "campaign 1 is cancelled" in fleet("campaign cancel", "1").output
    again = fleet("campaign pause", "1")
    assert (again.exit_code, "it cannot be paused" in again.output) == (1, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--stages", "10%"), "the last one must be 100%"),
        (("--soak", "soon"), "a length of time is wanted"),
        (("--night", "01:00"), "two times of day"),
        (("--at", "tomorrow"), "a time is wanted"),
        (("--stop-at", "0"), "more than 0"),
    ],
)
def test_terms_that_make_no_sense_say_what_is_wanted(fleet: Fleet, words: tuple[str, str], says: str) -> None:
    done = fleet("campaign config", "--site", SITE, "dwell_ms=500", *words)
    assert (done.exit_code, says in done.output) == (1, True)


def test_the_fleet_is_printed_in_the_form_that_is_asked_for_and_read_again(fleet: Fleet, tmp_path: Path) -> None:
    sheet = tmp_path / "fleet.csv"
    sheet.write_text(
        fleet("export", "door", "till").stdout.replace(f"till,default,{SITE},,", f"till,default,{SITE},tills,")
    )
    dry = json.loads(fleet("import", str(sheet), "--dry-run", "--json").stdout)
    assert dry == {"written": False, "sensors": {"till": ["group none -> tills"]}}
    assert "1 sensors changed" in fleet("import", str(sheet)).output
    assert "group none -> tills" in fleet("history", "till").output
    assert json.loads(fleet("export", "--geojson").stdout)["features"][0]["properties"]["sensors"] == 3
    assert json.loads(fleet("export", "--targets", "--group", "tills").stdout)[0]["targets"] == ["till:9100"]
    devices = tmp_path / "devices.csv"
    devices.write_text("sensor,mac\ntill,02:00:00:00:00:01\n")
    organization = "0d5e9a8e-7f0c-4b1d-9d1e-3c2b1a09f8e7"
    done = fleet("export", "--openwisp-csv", organization, "--devices", str(devices))
    assert done.stdout.splitlines()[1:] == [f"{organization},till,02:00:00:00:00:01"]
    assert "door window" in done.stderr
    assert fleet("export", "--csv", "--openwisp", "http://x").exit_code == 2
