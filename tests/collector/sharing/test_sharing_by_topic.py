"""Batches shared by topic, with a real mosquitto: each sensor's to one process, whatever the version of MQTT."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from brokers import MOSQUITTO, Mosquitto
from click.testing import CliRunner
from lines import Noting, wait_for
from paho.mqtt.enums import CallbackAPIVersion

from collector import folder
from collector.errors import BrokerError
from collector.ingest.address import BrokerAddress
from collector.ingest.crew import Crew, Figures, show
from collector.ingest.duty import Duty, Share, part_of, plain
from collector.ingest.mqtt import Ingest
from collector.mosquitto.eviction import end_session
from collector.options.settings import Settings
from collector.sharing.stand_in import StandIn
from tools.cli import cli

PROCESSES = 3
TOPICS = [f"footfall/1/default/s{number}/batch" for number in range(30)]
broker_wanted = pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    started = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
    started.start()
    yield started
    started.stop()


def address(broker: Mosquitto, number: int, version: str) -> BrokerAddress:
    return BrokerAddress(broker.host, broker.port, f"collector-{version}-{number}", versions=(version,))


def started(broker: Mosquitto, number: int, version: str) -> tuple[Ingest, Noting]:
    noting = Noting()
    ingest = Ingest(address(broker, number, version), noting, lambda: 0, Duty(number, PROCESSES, Share.TOPIC))  # type: ignore[arg-type]
    ingest.start()
    return ingest, noting


def publish(broker: Mosquitto, topics: Sequence[str]) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect(broker.host, broker.port)
    client.loop_start()
    for sent in [client.publish(topic, topic.encode(), qos=1) for topic in topics]:
        sent.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


@pytest.mark.broker
@broker_wanted
@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_each_sensor_has_one_process_its_queue_waits_and_the_chief_stands_in(broker: Mosquitto, version: str) -> None:
    processes = [started(broker, number, version) for number in range(PROCESSES)]
    try:
        time.sleep(0.3)  # the subscriptions are on their way
        publish(broker, [*TOPICS, "footfall/1/default/s0/health"])
        wait_for(lambda: sum(len(noting.took) for _, noting in processes) == len(TOPICS) + 1, "all have come")
        for number, (_, noting) in enumerate(processes):
            mine = {topic for topic in TOPICS if part_of(topic, PROCESSES) == number}
            assert mine, "thirty sensors are enough for three"
            assert {one.topic for one in noting.took} - {"footfall/1/default/s0/health"} == mine
        assert "footfall/1/default/s0/health" in [one.topic for one in processes[0][1].took]
        # Worker 2 goes, and comes back to what came meanwhile.
        processes[2][0].stop()
        publish(broker, TOPICS)
        processes[2] = again = started(broker, 2, version)
        theirs = {topic for topic in TOPICS if part_of(topic, PROCESSES) == 2}
        wait_for(lambda: {one.topic for one in again[1].took} == theirs, "the queue was kept")
        # It goes for good: the chief takes its part, and its session ends.
        again[0].stop()
        processes[0][1].took.clear()
        processes[0][0].stand_in(frozenset({2}))
        end_session(address(broker, 2, version))
        publish(broker, TOPICS)
        own = {topic for topic in TOPICS if part_of(topic, PROCESSES) in (0, 2)}
        wait_for(lambda: {one.topic for one in processes[0][1].took} == own, "the chief has both parts")
        processes[2] = late = started(broker, 2, version)
        time.sleep(0.3)
        assert not late[1].took, "what waited has gone with the session"
    finally:
        for ingest, _ in processes:
            ingest.stop()
            end_session(ingest.address)


def test_a_process_alone_and_one_whose_broker_divides_throw_nothing_away() -> None:
    assert all(Duty(0, 1, Share.TOPIC).takes(topic) for topic in TOPICS)
    assert all(Duty(1, 2, Share.BROKER).takes(topic) for topic in TOPICS)
    assert plain("share/1/footfall/1/default/s0/batch") == TOPICS[0]
    assert plain(TOPICS[0]) == TOPICS[0]
    assert plain("share/1/else") == "share/1/else", "the door refuses it by its own name"


def test_a_worker_that_shows_nothing_is_stood_in_for_until_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_s = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: clock_s)
    ended: list[str] = []
    stood: list[frozenset[int]] = []

    class Standing:
        def stand_in(self, others: frozenset[int]) -> None:
            stood.append(others)

    def end(address: BrokerAddress) -> None:
        ended.append(address.client_id)
        raise BrokerError("nobody answers")  # said, and no reason to stop

    crew = Crew(tmp_path, 2, 0, {}, lambda: 0)
    crew.start()
    stand_in = StandIn(tmp_path, Settings(workers=2, workers_share="topic"), crew.missing, Standing(), end)

    def pass_by(seconds: float, *alive: int) -> None:
        nonlocal clock_s
        clock_s += seconds
        for number in alive:
            show(tmp_path, number, Figures(number, int(clock_s * 1000), "connected", 0, 0))
        crew.tend(0)
        stand_in.turn(0)

    pass_by(1, 1, 2)
    pass_by(29, 1)
    assert stood == ended == []
    pass_by(2, 1)
    pass_by(1, 1)
    assert (stood, ended) == ([frozenset({2})], ["footfall-collector-2"])
    pass_by(1, 1, 2)
    assert stood == [frozenset({2}), frozenset()]


def test_where_a_subscription_is_shared_nobody_stands_in(tmp_path: Path) -> None:
    def never(*_: object) -> frozenset[int]:
        raise AssertionError("the broker sees to it")

    StandIn(tmp_path, Settings(workers=2), never, None, never).turn(0)  # type: ignore[arg-type]


def test_the_setting_is_checked_and_explained(tmp_path: Path) -> None:
    folder.create(tmp_path / "c", Settings(workers=1, workers_share="topic"))
    words = ["collector", "serve", "--dir", str(tmp_path / "c"), "--explain"]
    told = CliRunner().invoke(cli, words)
    assert told.exit_code == 0
    assert "workers_share" in told.output
    assert "topic" in told.output
    wrong = CliRunner().invoke(cli, [*words, "--set", "workers_share=luck"])
    assert wrong.exit_code == 1
    assert "'luck' will not do: subscription or topic is wanted" in wrong.output
