"""The uplink: one connection that comes back, on either paho, to any broker."""

import queue
import socket
import time
from collections.abc import Callable, Iterator

import paho.mqtt.client as mqtt
import pytest
from brokers import Mosquitto, RefusingBroker, SilentListener, free_port
from posts import Observer, until
from uplink_driver import PAHO_1, PAHO_PATHS, PREFIX, Driver

from footfall_sensor import broker, uplink
from footfall_sensor.wire.envelope import ENVELOPE_BYTES_MAX

pytestmark = pytest.mark.broker
Start = Callable[..., Driver]


@pytest.fixture(params=PAHO_PATHS)
def paho(request: pytest.FixtureRequest) -> str:
    """Each paho that units have."""
    if request.param == "paho 1.6.1" and not PAHO_1.is_dir():
        pytest.skip("paho-mqtt 1.6.1 is not beside the environment; `make setup` puts it there")
    return str(request.param)


@pytest.fixture
def start(paho: str) -> Iterator[Start]:
    """Starts uplinks in processes of their own, which end with the test."""
    drivers: list[Driver] = []

    def _start(host: str, port: int, **options: object) -> Driver:
        drivers.append(Driver(host, port, paho, **options))
        return drivers[-1]

    yield _start
    for driver in drivers:
        driver.close()


UPWARD = tuple(f"{PREFIX}/{leaf}" for leaf in ("batch", "birth", "death"))


@pytest.fixture
def observer(mosquitto: Mosquitto) -> Iterator[Observer]:
    watching = Observer(mosquitto.host, mosquitto.port, *UPWARD)
    yield watching
    watching.close()


def test_the_paho_meant_is_the_paho_run(paho: str, start: Start) -> None:
    """The matrix is real: the process prints the version that it imported."""
    version = start("127.0.0.1", free_port()).paho
    assert version.startswith("1.6.1" if paho == "paho 1.6.1" else "2.")


@pytest.mark.parametrize(("version", "spoken"), [("auto", "5"), ("5", "5"), ("3.1.1", "3.1.1")])
def test_messages_go_up_and_come_down(
    version: str, spoken: str, start: Start, mosquitto: Mosquitto, observer: Observer
) -> None:
    """Against a real broker, in both versions of the protocol: what is published arrives, what is sent is received."""
    driver = start(mosquitto.host, mosquitto.port, version=version)
    assert driver.expect("connected")["connected"] == spoken
    payload = bytes(range(256)) * 100
    assert driver.publish("batch", payload)
    assert observer.next() == (f"{PREFIX}/batch", payload)
    _send_until_subscribed(driver, observer)
    observer.send(f"{PREFIX}/epoch", payload)
    while (event := driver.expect("message"))["message"] == "ack":
        pass  # of the question above, if it was asked twice
    assert event == {"message": "epoch", "payload": payload.hex()}


def _send_until_subscribed(driver: Driver, observer: Observer) -> None:
    """CONNACK comes before SUBACK, and what is sent in between is nobody's: ask again, as a collector does."""
    for _ in range(50):
        observer.send(f"{PREFIX}/ack", b"are you there?")
        try:
            event = driver.events.get(timeout=0.2)
        except queue.Empty:
            continue
        assert event == {"message": "ack", "payload": b"are you there?".hex()}
        while not driver.events.empty():
            driver.events.get()
        return
    raise AssertionError("the uplink never subscribed")


@pytest.mark.parametrize("refusal", RefusingBroker.REFUSALS)
def test_broker_that_refuses_5_gets_3_1_1(refusal: str, start: Start) -> None:
    """A broker that knows only MQTT 3.1.1, however it says so, is spoken to in 3.1.1, at once and each time anew.

    The broker here is a fake: mosquitto cannot be told to refuse MQTT 5.
    """
    broker = RefusingBroker(RefusingBroker.REFUSALS[refusal])
    try:
        driver = start(broker.host, broker.port, connack_wait_s=0.5)
        assert driver.expect("connected")["connected"] == "3.1.1"
        assert broker.levels == [5, 4]
        assert driver.publish("batch", b"in an old tongue")
        until(lambda: len(broker.published) == 1, what="the message arrives")
        assert b"in an old tongue" in broker.published[0]
    finally:
        broker.close()


def test_broker_that_refuses_the_asked_version_is_not_spoken_to_in_another(start: Start) -> None:
    """Who configures MQTT 5 gets 5 or nothing, with the broker's reason."""
    broker = RefusingBroker(RefusingBroker.REFUSALS["with MQTT 5's own reason 0x84"])
    try:
        driver = start(broker.host, broker.port, version="5")
        assert "refused us" in driver.expect("disconnected")["disconnected"]
        driver.expect("disconnected")
        assert {5} == set(broker.levels)
    finally:
        broker.close()


def test_will_is_published_when_the_process_is_killed(start: Start, mosquitto: Mosquitto, observer: Observer) -> None:
    """kill -9: the broker tells the collector of the death, with the bytes prepared for it."""
    driver = start(mosquitto.host, mosquitto.port)
    driver.expect("connected")
    driver.kill()
    assert observer.next() == (f"{PREFIX}/death", b"the will")


def test_no_will_after_an_orderly_end(start: Start, mosquitto: Mosquitto, observer: Observer) -> None:
    """Who says goodbye is not reported as killed."""
    driver = start(mosquitto.host, mosquitto.port)
    driver.expect("connected")
    driver.close()
    observer.send(f"{PREFIX}/birth", b"the next message")
    assert observer.next() == (f"{PREFIX}/birth", b"the next message")


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_connection_comes_back_with_the_broker(end: str, start: Start, mosquitto: Mosquitto) -> None:
    """After the broker's restart, in good order or not, the uplink connects, subscribes and publishes again."""
    driver = start(mosquitto.host, mosquitto.port)
    driver.expect("connected")
    getattr(mosquitto, end)()
    assert driver.expect("disconnected")["disconnected"] == "the connection was lost"
    assert not driver.publish("batch", b"to nobody")
    mosquitto.start()
    assert driver.expect("connected")["connected"] == "5"
    observer = Observer(mosquitto.host, mosquitto.port, *UPWARD)
    try:
        _send_until_subscribed(driver, observer)
        assert driver.publish("batch", b"again")
        assert observer.next() == (f"{PREFIX}/batch", b"again")
    finally:
        observer.close()


def test_broker_that_is_away_is_named(start: Start) -> None:
    """The reason holds host and port: what a technician checks first."""
    port = free_port()
    reason = start("127.0.0.1", port).expect("disconnected")["disconnected"]
    assert f"127.0.0.1:{port} cannot be reached" in reason


def test_name_that_does_not_resolve_is_named(start: Start) -> None:
    """A wrong name in the configuration is a reason, not a crash of the thread."""
    driver = start("no-such-host.invalid", 1883)
    assert "no-such-host.invalid:1883 cannot be reached" in driver.expect("disconnected")["disconnected"]
    driver.expect("disconnected")


def test_broken_broker_is_left_in_peace(start: Start) -> None:
    """Whether nobody listens or someone hangs up: with its own waiting times, the uplink tries a few times in two
    seconds and not hundreds, and uses less than a third of them as CPU time.
    """
    listener = SilentListener()
    try:
        drivers = [start(host, port, retry_s_min=1.0, retry_s_max=300.0) for host, port in _broken(listener)]
        for driver in drivers:
            driver.expect("disconnected")
        before_s = [driver.usage()["cpu_s"] for driver in drivers]
        time.sleep(2)
        assert 1 <= listener.connections <= 10  # two an attempt at most, since each version is tried
        for driver, then_s in zip(drivers, before_s, strict=True):
            assert driver.usage()["cpu_s"] - then_s < 0.66
    finally:
        listener.close()


def test_the_wait_doubles_with_each_attempt_and_not_with_each_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who hangs up may know 3.1.1 only, and is asked in both; after a proxy's bad minute a unit is not away for two."""
    waits_s: list[float] = []
    monkeypatch.setattr(uplink.random, "uniform", lambda _low, high: waits_s.append(high) or 0.001)
    listener = SilentListener()
    link = uplink.Uplink(broker.Broker(listener.host, listener.port, "door"), PREFIX, ("ack",), b"")
    link.start()
    try:
        until(lambda: len(waits_s) >= 4, what="four attempts")
        assert waits_s[:4] == [2.0, 4.0, 8.0, 16.0]
        assert listener.connections >= 8
    finally:
        link.stop()
        listener.close()


def _broken(listener: SilentListener) -> list[tuple[str, int]]:
    return [("127.0.0.1", free_port()), (listener.host, listener.port)]


def test_many_attempts_leave_nothing_open(start: Start) -> None:
    """A night without a broker leaks neither files nor threads."""
    driver = start("127.0.0.1", free_port(), retry_s_min=0.001, retry_s_max=0.002)
    for _ in range(5):
        driver.expect("disconnected")
    before = driver.usage()
    for _ in range(60):
        driver.expect("disconnected")
    after = driver.usage()
    assert after["files"] <= before["files"] + 4
    assert after["threads"] <= before["threads"] + 1


def test_many_connections_leave_nothing_open(start: Start) -> None:
    """Nor do connections that stood and were lost."""
    broker = RefusingBroker(RefusingBroker.REFUSALS["by hanging up"])
    try:
        driver = start(broker.host, broker.port, retry_s_min=0.001, retry_s_max=0.002, version="5")
        for _ in range(5):
            driver.expect("disconnected")
        before = driver.usage()
        for _ in range(60):
            driver.expect("disconnected")
        after = driver.usage()
        assert after["files"] <= before["files"] + 4
        assert after["threads"] <= before["threads"] + 1
    finally:
        broker.close()


# In this process.


def test_topic_names_version_tenant_sensor_and_leaf() -> None:
    """The broker's access rules rest on this shape."""
    assert broker.topic("acme", "door", "batch") == "footfall/1/acme/door/batch"


def test_downward_message_that_is_too_long_is_not_taken(mosquitto: Mosquitto, observer: Observer) -> None:
    """What is longer than an envelope can be is dropped before it takes room; the next one comes through."""
    link = uplink.Uplink(broker.Broker(mosquitto.host, mosquitto.port, "door"), PREFIX, ("ack",), b"")
    link.start()
    try:
        until(lambda: link.connected, what="the uplink connects")
        seen: list[uplink.Event] = []

        def look() -> None:
            observer.send(f"{PREFIX}/ack", bytes(ENVELOPE_BYTES_MAX + 1))
            observer.send(f"{PREFIX}/ack", b"short")
            time.sleep(0.05)
            while not link.events.empty():
                seen.append(link.events.get())

        until(lambda: uplink.Message("ack", b"short") in seen, look, "the short message comes")
        assert all(len(event.payload) == 5 for event in seen if isinstance(event, uplink.Message))
    finally:
        link.stop()


def test_a_name_with_several_addresses_is_tried_until_one_of_them_answers(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the nodes of a cluster are found by DNS: the first is dead, and another has to do."""
    asked: list[str] = []

    def resolve(host: str | bytes, port: int, *_: object, **__: object) -> list[object]:
        asked.append(host.decode() if isinstance(host, bytes) else host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("127.0.0.9", mosquitto.host)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    link = uplink.Uplink(broker.Broker("mqtt.example.org", mosquitto.port, "door"), PREFIX, ("ack",), b"")
    link.start()
    try:
        until(lambda: link.connected, what="the uplink connects")
        assert asked == ["mqtt.example.org"]
    finally:
        link.stop()


@pytest.mark.parametrize("qos", [0, 1])
def test_it_subscribes_at_the_qos_it_is_told(qos: int, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[tuple[str, int]]] = []
    usual = mqtt.Client.subscribe
    monkeypatch.setattr(mqtt.Client, "subscribe", lambda client, topics: (asked.append(topics), usual(client, topics)))
    to = broker.Broker(mosquitto.host, mosquitto.port, "door", subscribe_qos=qos)
    link = uplink.Uplink(to, PREFIX, ("ack", "epoch"), b"")
    link.start()
    try:
        until(lambda: link.connected, what="the uplink connects")
        assert asked == [[(f"{PREFIX}/ack", qos), (f"{PREFIX}/epoch", qos)]]
    finally:
        link.stop()


def test_inbox_that_nobody_empties_is_bounded(mosquitto: Mosquitto, observer: Observer) -> None:
    """Messages beyond the inbox's size are let go; they do not fill the memory or stop the connection."""
    link = uplink.Uplink(broker.Broker(mosquitto.host, mosquitto.port, "door"), PREFIX, ("ack",), b"")
    link.start()
    try:
        until(lambda: link.connected, what="the uplink connects")
        until(
            lambda: link.events.qsize() > 1, lambda: observer.send(f"{PREFIX}/ack", b"first"), "the subscription stands"
        )
        for _ in range(uplink.INBOX_MAX + 50):
            observer.send(f"{PREFIX}/ack", b"one more")
        until(lambda: link.events.qsize() >= uplink.INBOX_MAX, what="the inbox is full")
        assert link.publish("batch", b"still here")
        assert observer.next() == (f"{PREFIX}/batch", b"still here")
        assert link.events.qsize() == uplink.INBOX_MAX, "what came after that was let go"
    finally:
        link.stop()
    assert not link.publish("batch", b"too late")
