"""`footfall collector quarantine`: what was refused can be looked at, let in after all, and thrown away."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from shop import SENSOR, TENANT, SmallShop, sighting, window

from collector.clock import now_ms
from collector.ingest.intake import Message
from collector.options.settings import Settings
from collector.records.audit import Audit
from collector.records.roster import Roster
from collector.records.standing import Standing
from tools.cli import cli

TOKEN = 0x0102030405060708


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    """A sensor in quarantine, two batches of which are held, and a message of a stranger."""
    made = SmallShop(tmp_path / "collector", settings=Settings())
    made.sensor()
    move(made, Standing.QUARANTINED)
    made.intake.refresh()
    batches = [made.message(window(now_ms() - 60_000, [sighting(TOKEN)]), number=n) for n in range(2)]
    made.take([*batches, Message(f"footfall/1/{TENANT}/nobody/batch", b"?")], now_ms())
    return made


def move(shop: SmallShop, to: Standing) -> None:
    Roster(shop.collector.registry.engine).move(SENSOR, to, "for a test", "cli:ada", now_ms())


def run(shop: SmallShop, *arguments: str, typed: str = "") -> Result:
    command = ["collector", "quarantine", *arguments, "--dir", str(shop.collector.folder)]
    return CliRunner().invoke(cli, command, input=typed)


def told(shop: SmallShop, *arguments: str) -> object:
    done = run(shop, *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_list_says_whose_and_why_and_never_what(shop: SmallShop) -> None:
    """Bodies may hold tokens, and a terminal keeps what it shows."""
    listed = told(shop, "list")
    assert [(one["reason"], one["source"]) for one in listed] == [
        ("unknown_sensor", "?"),
        ("not_approved", f"{TENANT}/{SENSOR}"),
        ("not_approved", f"{TENANT}/{SENSOR}"),
    ]
    assert [one["id"] for one in told(shop, "list", "--sensor", SENSOR)] == [one["id"] for one in listed[1:]]
    assert [one["id"] for one in told(shop, "list", "--reason", "unknown_sensor")] == [listed[0]["id"]]
    shown = told(shop, "show", str(listed[1]["id"]))
    assert (shown["kind"], shown["sensor"], shown["number"], shown["whole"]) == ("batch", SENSOR, 1, True)
    everything = run(shop, "list").output + run(shop, "show", str(listed[1]["id"])).output + json.dumps([listed, shown])
    assert "not_approved" in everything
    assert TOKEN.to_bytes(8, "little").hex() not in everything


def test_a_replay_lets_in_what_the_door_now_lets_in(shop: SmallShop) -> None:
    assert told(shop, "replay", "--sensor", SENSOR) == {"stored": 0, "refused": 2, "passed_over": 0}
    move(shop, Standing.APPROVED)
    first = told(shop, "list", "--sensor", SENSOR)[-1]["id"]
    assert told(shop, "replay", str(first)) == {"stored": 1, "refused": 0, "passed_over": 0}
    assert told(shop, "replay", "--reason", "not_approved") == {"stored": 1, "refused": 0, "passed_over": 0}
    assert [one["reason"] for one in told(shop, "list")] == ["unknown_sensor"]
    assert sum(row.batches for row in shop.collector.store.manifest.ledger()) == 2


def test_a_purge_asks_first_and_is_recorded(shop: SmallShop) -> None:
    refused = run(shop, "purge", "--all", typed="n\n")
    assert refused.exit_code == 1
    assert len(told(shop, "list")) == 3
    assert told(shop, "purge", "--reason", "unknown_sensor", "--yes") == {"purged": 1}
    assert told(shop, "purge", "--older-than", "1", "--yes") == {"purged": 0}
    assert told(shop, "purge", "--older-than", "0", "--yes") == {"purged": 2}
    says = [entry.says for entry in Audit(shop.collector.registry.engine).entries() if entry.verb == "purge"]
    assert says == ["1 messages: reason unknown_sensor", "0 messages: older than 1 h", "2 messages: older than 0 h"]


def test_wrong_usage_is_named(shop: SmallShop) -> None:
    assert run(shop, "purge").exit_code == 2
    assert run(shop, "replay").exit_code == 2
    assert "no message 999" in run(shop, "show", "999").output
    assert "no sensor 'ghost'" in run(shop, "list", "--sensor", "ghost").output
    bare = CliRunner().invoke(cli, ["collector", "quarantine"])
    assert "replay" in bare.output
