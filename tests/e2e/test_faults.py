"""What dies in the middle of a day loses and doubles nothing: real processes, real signals, a real mosquitto."""

import random
import time
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from brokers import MOSQUITTO
from lines import finish, opened, plan, small_captures, stored, wait_for
from paho.mqtt.enums import CallbackAPIVersion

from tools.run import broker
from tools.run.line import TENANT, Line
from tools.run.summary import Summary

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]

SPEED = 1200.0  # two and a half hours in about eight seconds: time enough to kill something in the middle


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    return small_captures(tmp_path_factory.mktemp("captures"))


@pytest.fixture(scope="module")
def undisturbed(captures: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """The same captures on a day when nothing happens."""
    with Line(plan(tmp_path_factory.mktemp("undisturbed"), captures)) as line:
        line.start_sensors()
        return finish(line)


def assert_whole(found: Summary, undisturbed: Summary) -> None:
    assert (found.lost, found.waiting) == (0, 0)
    assert found.sightings_committed == undisturbed.sightings_committed
    assert found.batches_committed == undisturbed.batches_committed


def rows_stored(line: Line) -> int:
    store = line.open().store
    return sum(store.table(file).num_rows for file in store.manifest.files(TENANT, "sightings"))


def test_an_undisturbed_day_is_whole(undisturbed: Summary) -> None:
    assert undisturbed.frames > 10_000
    assert undisturbed.malformed == 0
    assert (undisturbed.lost, undisturbed.duplicates, undisturbed.waiting) == (0, 0, 0)
    assert undisturbed.batches_emitted == undisturbed.batches_committed


def test_a_collector_that_is_killed_and_started_again(
    captures: tuple[Path, ...], undisturbed: Summary, tmp_path: Path
) -> None:
    with Line(plan(tmp_path, captures, SPEED)) as line:
        line.start_sensors()
        for batches in (40, 150):
            wait_for(lambda batches=batches: stored(line) > batches, "a part of the day")
            assert line.collector is not None
            line.collector.kill()
            assert line.sensors[0].exit_code is None, "the day ended before the kill"
            line.start_collector()
        assert_whole(finish(line), undisturbed)
        assert rows_stored(line) == undisturbed.sightings_committed


def test_a_broker_that_is_killed_with_all_it_held(
    captures: tuple[Path, ...], undisturbed: Summary, tmp_path: Path
) -> None:
    """Its queues are gone: the sensor sends again what no collector has acknowledged."""
    with Line(plan(tmp_path, captures, SPEED)) as line:
        line.start_sensors()
        wait_for(lambda: stored(line) > 60, "a part of the day")
        assert line.broker is not None
        line.broker.kill()
        time.sleep(1)
        line.broker = broker.start(tmp_path, line.plan.broker_port, "mosquitto")
        line._stack.callback(line.broker.stop)
        assert_whole(finish(line), undisturbed)
        assert rows_stored(line) == undisturbed.sightings_committed


def test_a_sensor_that_is_killed_and_plays_the_captures_again(
    captures: tuple[Path, ...], undisturbed: Summary, tmp_path: Path
) -> None:
    """A replay names its batches by the captures' content, so what was stored before the kill is not stored twice."""
    with Line(plan(tmp_path, captures, SPEED)) as line:
        line.start_sensors()
        wait_for(lambda: stored(line) > 60, "a part of the day")
        line.sensors.pop().kill()
        line.start_sensors()
        found = finish(line)
        assert_whole(found, undisturbed)
        assert found.duplicates > 0
        assert rows_stored(line) == undisturbed.sightings_committed


def test_the_same_captures_twice_change_no_total(
    captures: tuple[Path, ...], undisturbed: Summary, tmp_path: Path
) -> None:
    for _ in range(2):
        with Line(plan(tmp_path, captures)) as line:
            line.start_sensors()
            found = finish(line)
            assert_whole(found, undisturbed)
            assert rows_stored(line) == undisturbed.sightings_committed
    assert found.duplicates == undisturbed.batches_emitted


def test_batches_that_are_redelivered_and_shuffled_change_no_total(
    captures: tuple[Path, ...], undisturbed: Summary, tmp_path: Path
) -> None:
    """Every batch of the day is heard by a second client and published again one to four times, in any order."""
    with Line(plan(tmp_path, captures)) as line:
        heard: list[tuple[str, bytes]] = []
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="again")
        client.max_queued_messages_set(0)
        client.on_message = lambda _client, _userdata, message: heard.append((message.topic, bytes(message.payload)))
        client.connect(line.plan.broker_host, line.plan.broker_port)
        client.subscribe("footfall/1/+/+/batch", qos=1)
        client.loop_start()
        line.start_sensors()
        first = finish(line)
        wait_for(lambda: len(heard) == first.batches_emitted, "every batch at the second client")
        client.unsubscribe("footfall/1/+/+/batch")
        random.seed(3)
        again = [one for one in heard for _ in range(random.randint(1, 4))]
        random.shuffle(again)
        for topic, payload in again:
            client.publish(topic, payload, qos=1)
        wait_for(
            lambda: sum(row.duplicates for row in opened(line.plan.folder).store.manifest.ledger()) >= len(again),
            "all of them once more",
        )
        client.disconnect()
        client.loop_stop()
        assert_whole(first, undisturbed)
        assert rows_stored(line) == undisturbed.sightings_committed
