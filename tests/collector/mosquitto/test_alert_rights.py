"""Alerts at the collector's own broker, on the files of init's making: who writes and who reads them, and no other."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import MOSQUITTO
from click.testing import CliRunner
from house import Client, House, Talker
from posts import until

from collector import clock
from collector.brokering import files, identities
from collector.delivery.letter import Letter
from collector.delivery.target import Target, Way
from collector.keys.authority import ALERTS_USER
from collector.mosquitto import access
from collector.mosquitto.access import Reader
from tools.cli import cli

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]
ALERT = Letter("alert.raised", "shop silent", "", {"id": 7, "tenant": "default", "site": "shop"})
TOPIC = "footfall/alerts/1/default/7"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("alerts") / "collector")
    toml = made.folder / "collector.toml"
    toml.write_text(toml.read_text().replace('alert_readers = ""', 'alert_readers = "house:default other:acme"'))
    opened = made.open()
    upkeep = files.upkeep(made.folder, opened.settings, opened.registry)
    assert upkeep is not None
    upkeep.keep(None, clock.now_ms())
    assert upkeep.says == ""
    made.start_broker()
    yield made
    made.close()


def reader(house: House, name: str) -> Client:
    """What the command makes for somebody who reads alerts."""
    out = house.folder.parent / name
    done = CliRunner().invoke(
        cli, ["collector", "notify", "reader", name, "--dir", str(house.folder), "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert (out / "reader.key").stat().st_mode & 0o077 == 0
    return Client(out / "ca.crt", out / "reader.crt", out / "reader.key")


def publisher(house: House) -> Client:
    own = identities.of_alerts(house.folder)
    return Client(own.authority, own.certificate, own.key)


def test_the_reader_of_a_tenant_hears_its_alerts_and_nobody_else_does(house: House) -> None:
    """A sensor that asks for all, another tenant's reader and ingest's own certificate hear nothing."""
    collector = house.open()
    target, _ = collector.targets().add(Target("default", "", Way.MQTT, "broker", alerts=True), "cli:test", 0)
    post = collector.postman()
    own = Talker(house, reader(house, "house")).ready().subscribe("footfall/alerts/1/default/+", "#")
    others = [
        Talker(house, client).ready().subscribe("#", "footfall/#", TOPIC)
        for client in (house.unit_client(house.enrol("a")), reader(house, "other"), house.collector_client())
    ]
    try:
        now_ms = clock.now_ms()
        post.tell(ALERT, [target], now_ms)
        post.round(now_ms)
        until(lambda: bool(own.got), what="the alert comes")
        assert {topic for topic, _ in own.got} == {TOPIC}
        assert json.loads(own.got[0][1])["type"] == "alert.raised"
        assert post.outbox.recent()[0].state == "sent"
        post.again([(target, ALERT)], now_ms)  # this broker retains nothing: what stands is said again
        until(lambda: len(own.got) >= 4, what="it comes again, once for each subscription")
        time.sleep(0.2)  # nothing to wait for: nothing must come
        assert [one.got for one in others] == [[], [], []]
    finally:
        for one in (own, *others):
            one.close()


def test_nobody_but_the_collector_writes_alerts_and_who_writes_them_writes_nothing_else(house: House) -> None:
    """Neither a sensor nor a reader nor ingest forges one; with the publisher's certificate no sensor can be told."""
    clients = (house.unit_client(house.enrol("b")), reader(house, "house"), house.collector_client())
    for client in clients:
        talker = Talker(house, client).ready()
        assert talker.publish(TOPIC, b"{}") == "Not authorized"
        talker.close()
    talker = Talker(house, publisher(house)).ready().subscribe("#", "footfall/1/+/+/batch")
    try:
        for topic in ("footfall/1/default/b/command", "footfall/1/default/b/batch", "x"):
            assert talker.publish(topic, b"{}") == "Not authorized"
        assert talker.publish(TOPIC, b"{}") == "Success"
        time.sleep(0.2)
        assert talker.got == []
    finally:
        talker.close()


def test_a_name_that_is_no_reader_gets_no_certificate(house: House, tmp_path: Path) -> None:
    """It says which setting is wanted."""
    words = ["collector", "notify", "reader", "stranger", "--dir", str(house.folder), "--out", str(tmp_path / "x")]
    done = CliRunner().invoke(cli, words)
    assert (done.exit_code, 'alert_readers = "stranger:TENANT"' in done.output) == (1, True)


def test_a_reader_has_one_right(house: House) -> None:
    """In the list itself."""
    text = access.render(readers=[Reader("house", "default")])
    rights = text.partition("user footfall-reader-house\n")[2].partition("\n\n")[0].strip()
    assert rights == "topic read footfall/alerts/1/default/+"
    assert "footfall-reader" not in access.render()
    assert f"user {ALERTS_USER}\ntopic write footfall/alerts/1/#\n" in access.render()
