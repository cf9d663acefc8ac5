"""From the command line to the unit and back: real mosquitto, a real collector's ingest, a real agent's process."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from agent_process import AgentProcess
from brokers import Mosquitto, free_port
from click.testing import CliRunner
from posts import Observer, until
from shop import SITE, TENANT, SmallShop

from collector.configuration import push
from collector.ingest import mqtt as ingests
from collector.ingest.mqtt import BrokerAddress, Ingest
from collector.options.settings import Settings
from footfall_sensor import keys
from footfall_sensor.config import Config
from tools.cli import cli

pytestmark = pytest.mark.broker

Fleet = Callable[..., dict[str, Any]]


@pytest.fixture
def shop(tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallShop]:
    """A collector that takes messages, looks at its registry twice a second, and repeats itself after a second."""
    monkeypatch.setattr(ingests, "REFRESH_S", 0.5)
    monkeypatch.setattr(push, "WAIT_MS_MIN", 1000)
    shop = SmallShop(tmp_path / "collector", settings=Settings())
    running = Ingest(
        BrokerAddress(mosquitto.host, mosquitto.port), shop.collector.intake(), lambda: time.time_ns() // 1_000_000
    )
    running.start()
    yield shop
    running.stop()


@pytest.fixture
def agent(tmp_path: Path, mosquitto: Mosquitto, shop: SmallShop) -> Iterator[AgentProcess]:
    """A unit that is registered and connected."""
    chosen = Config(
        name="door",
        tenant=TENANT,
        broker_host=mosquitto.host,
        broker_port=mosquitto.port,
        interface="nothere",
        clock="wall",
        health_s=1,
        state_dir=str(tmp_path / "unit/etc"),
        run_dir=str(tmp_path / "unit/run"),
    )
    made = AgentProcess(tmp_path / "unit", chosen, keys.read_public(shop.collector.folder / "collector.key.pub"))
    shop.collector.registry.put_sensor(TENANT, "door", SITE, made.secret.id, made.secret.public_raw)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def fleet(shop: SmallShop) -> Fleet:
    """`footfall fleet ...` with --json, as somebody."""

    def run(*words: str, who: str = "ada") -> dict[str, Any]:
        words = (*words[:2], "--dir", str(shop.collector.folder), *words[2:])
        done = CliRunner().invoke(cli, ["fleet", *words], env={"SUDO_USER": who}, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else {"said": done.output}

    return run


def door(fleet: Fleet) -> dict[str, Any]:
    (row,) = fleet("config", "status", "--json")["sensors"]
    return dict(row)


def reaches(fleet: Fleet, agent: AgentProcess, state: str, version: int) -> dict[str, Any]:
    """Wait until the collector knows this of the sensor's newest configuration."""
    wanted = {"state": state, "version": version}
    until(
        lambda: door(fleet).items() >= wanted.items(),
        lambda: time.sleep(0.2),
        f"version {version} is {state}",
    )
    assert agent.running, agent.log
    return door(fleet)


def test_a_setting_reaches_the_unit_and_is_never_taken_again_once_it_is_old(
    fleet: Fleet, agent: AgentProcess, mosquitto: Mosquitto
) -> None:
    """Tried, kept once the collector was heard, rolled back the same way; and after a power cut whoever holds the
    broker plays the first one again."""
    thief = Observer(mosquitto.host, mosquitto.port, "footfall/1/+/+/config")
    fleet("config", "set", "--site", SITE, "window_s=10", "dwell_ms=500", "--why", "a quick look", "--json")
    row = reaches(fleet, agent, "applied", 1)
    assert (row["running"], row["says"]) == (1, "")
    until(lambda: agent.status().get("config") == 1 and not agent.status()["trial"], what="the unit says so too")
    fleet("config", "rollback", "--site", SITE, "0", "--json")
    reaches(fleet, agent, "applied", 2)
    agent.kill()
    state = json.loads((Path(agent.config.state_dir) / "settings.json").read_text())
    assert (state["current"]["options"], state["pending"]) == ({}, None)
    topic, first = thief.next()
    agent.start()
    until(
        lambda: agent.status()["uptime_s"] < 30 and agent.status()["totals"]["refused_downlink"] > 0,
        lambda: (thief.send(topic, first), time.sleep(0.3)),
        "it is refused, and counted",
    )
    thief.close()
    assert (agent.status()["config"], agent.status()["trial"]) == (2, False)


def test_a_wrong_broker_address_is_given_up_by_the_unit_itself(fleet: Fleet, agent: AgentProcess) -> None:
    """It loses the broker, goes back to what it ran before, and says why when it is back."""
    until(lambda: agent.status().get("running", False), what="the unit runs")
    agent.be_patient(2)
    fleet("config", "set", "--sensor", "door", f"broker_port={free_port()}", "mode=counts", "--json")
    row = reaches(fleet, agent, "reverted", 1)
    assert row["says"].startswith("the collector was not reached: not connected: ")
    said = agent.status()
    assert (said["config"], said["mode"], door(fleet)["running"]) == (0, "counts", 0)


def test_what_only_the_unit_can_know_is_refused_with_the_option(fleet: Fleet, agent: AgentProcess) -> None:
    """Its own file says another thing: together the two will not do. It goes on as before."""
    agent.kill()
    agent.path.write_text(agent.path.read_text().replace("sightings_max '4096'", "sightings_max '60000'"))
    agent.start()
    fleet("config", "set", "--tenant", TENANT, "batch_sightings_max=10", "--json")
    row = reaches(fleet, agent, "refused", 1)
    assert row["says"].startswith("option batch_sightings_max: a window of 60000 sightings")
    assert agent.status()["config"] == 0


def test_a_command_is_done_and_answered(fleet: Fleet, agent: AgentProcess) -> None:
    """A restart in place: the same process, another start."""
    until(lambda: agent.status().get("time_ms", 0) > 0, what="the unit is there, and knows the time")
    uptime_s = agent.status()["uptime_s"]
    fleet("command", "send", "door", "restart")
    until(
        lambda: fleet("command", "list", "--json")[0]["state"] == "ok",  # type: ignore[index]
        lambda: time.sleep(0.2),
        "it is answered",
    )
    until(lambda: agent.status()["uptime_s"] < uptime_s, what="it has started again")
    assert agent.running
