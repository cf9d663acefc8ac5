"""Several processes on one shared subscription: each batch to one of them, stored once, and all counted together."""

import json
import os
import re
import signal
from pathlib import Path

import pytest
from brokers import RefusingBroker
from lines import wait_for
from shop import SmallShop, at, sighting, window

from collector.errors import BrokerError
from collector.ingest import connection
from collector.ingest.address import BrokerAddress
from collector.ingest.crew import Figures
from collector.ingest.duty import Duty, Share
from collector.ingest.mqtt import Ingest
from footfall_sensor.wire.messages import Birth
from tools.bench.publisher import WARMING
from tools.bench.through.stage import Stage
from tools.run import serving
from tools.run.broker import find_mosquitto

BATCHES = 200
STORED = BATCHES + 10 * WARMING  # each time


@pytest.mark.broker
@pytest.mark.timeout(300)
@pytest.mark.skipif(not find_mosquitto(), reason="mosquitto is not installed; `make test` installs it")
def test_chief_and_worker_share_the_batches_and_a_killed_worker_comes_again(tmp_path: Path) -> None:
    def shown() -> Figures:
        return Figures(**json.loads((stage.home / "workers" / "1.json").read_text()))

    def settled() -> float:
        text = serving.client().get(f"{stage.url}/metrics", timeout=30).text
        return float(re.findall(r"^footfall_messages_total (\S+)$", text, re.MULTILINE)[0])

    with Stage(tmp_path, sensors=10) as stage:
        stage.serve(workers=1)
        sent = stage.send(BATCHES // 10, sensors=10)
        assert sum(one.answered for one in sent) == BATCHES
        wait_for(lambda: shown().messages > 0, "the worker has taken some")
        worker = shown()
        assert worker.messages < STORED, "and the chief the others"
        assert sum(row.batches for row in stage.opened().store.manifest.ledger()) == STORED
        wait_for(lambda: settled() == STORED, "the chief counts both")
        os.kill(worker.pid, signal.SIGKILL)
        wait_for(lambda: shown().pid != worker.pid, "another worker in its place")
        sent = stage.send(BATCHES // 10, sensors=10)
        assert sum(one.answered for one in sent) == BATCHES
        wait_for(lambda: settled() == 2 * STORED, "what the killed one counted is not forgotten")


def test_every_duty_takes_back_what_another_would_have_subscribed_to() -> None:
    every, share = "footfall/1/+/+/batch", "$share/footfall/footfall/1/+/+/batch"
    assert Duty(1, 2).subscribes() == [share]
    assert share in Duty(0, 2).subscribes()
    assert every not in Duty(0, 2).subscribes()
    assert every in Duty().subscribes()
    assert Duty(1, 2, Share.TOPIC).subscribes() == [every]
    assert Duty(1, 2, Share.BROKER).subscribes() == [f"share/1/{every}"]
    for share_by in Share:
        duties = [Duty(0, 1, share_by), Duty(0, 3, share_by), Duty(2, 3, share_by)]
        for duty in duties:
            assert not set(duty.subscribes()) & set(duty.unsubscribes())
            theirs = {topic for other in duties for topic in other.subscribes()}
            assert {topic for topic in theirs if topic.endswith("batch")} <= {*duty.subscribes(), *duty.unsubscribes()}


def test_a_worker_answers_batches_and_nothing_else(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector")
    shop.sensor()
    intake = shop.collector.intake(batches_only=True)
    born = Birth("0.1", "3.11", "mips", "lean", "tokens", time_ms=0, wants_key=True)
    messages = [shop.birth(born), shop.message(window(at(10), [sighting(1)]), number=0)]
    said = intake.take(messages, at(12))
    assert [one.topic.rpartition("/")[2] for one in said] == ["ack"]
    assert shop.collector.registry.reports.newest() == {}
    assert intake.announcements(at(12)) == intake.due(at(12)) == []


def test_without_mqtt_5_there_are_no_workers_and_the_error_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = SmallShop(tmp_path / "collector")
    monkeypatch.setattr(connection, "CONNECT_WAIT_S", 0.1)
    broker = RefusingBroker(RefusingBroker.REFUSALS["with MQTT 5's own reason 0x84"])
    try:
        with pytest.raises(BrokerError, match=r"MQTT 5.*set workers to 0"):
            Ingest(BrokerAddress(broker.host, broker.port), shop.intake, lambda: at(12), Duty(0, 2)).start()
    finally:
        broker.close()
    assert set(broker.levels) == {5}
