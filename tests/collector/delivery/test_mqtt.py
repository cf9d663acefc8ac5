"""Alerts over MQTT: what a broker keeps is what stands, in order, whoever was away; through a real mosquitto."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from brokers import MOSQUITTO, Mosquitto, RefusingBroker
from paho.mqtt.enums import CallbackAPIVersion
from posts import until

from collector.delivery import webhook
from collector.delivery.letter import Letter
from collector.delivery.mqtt import PREFIX, Place, messages
from collector.delivery.outbox import Outbox
from collector.delivery.postman import Postman, rounds
from collector.delivery.target import Rhythm, Target, Way, check
from collector.delivery.targets import Login, Targets
from collector.errors import DeliveryError
from collector.keys.authority import Authority

NOW_MS = 1_800_000_000_000
TOPIC = f"{PREFIX}/default/7"


def alert(event: str, number: int = 7) -> Letter:
    """A letter of an alert."""
    return Letter(event, "shop silent", "It is silent.", {"id": number, "tenant": "default", "site": "shop"})


class Listener:
    """A client that notes what comes: topic, payload, whether the broker had kept it."""

    def __init__(self, broker: Mosquitto) -> None:
        self.got: list[tuple[str, bytes, bool]] = []
        self._subscribed = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.client.on_message = lambda _c, _u, one: self.got.append((one.topic, bytes(one.payload), one.retain))
        self.client.on_subscribe = lambda *_: self._subscribed.set()
        self.client.on_connect = lambda *_: self.client.subscribe("footfall/#", 1)
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()
        assert self._subscribed.wait(10)

    def types(self) -> list[str]:
        """What kind of word each was; "" = an empty one."""
        return [json.loads(payload)["type"] if payload else "" for _, payload, _ in self.got]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def listener(mosquitto: Mosquitto) -> Iterator[Listener]:
    made = Listener(mosquitto)
    yield made
    made.close()


def somebody(targets: Targets, port: int, login: Login | None = None, scheme: str = "mqtt", user: str = "") -> Target:
    address = f"{scheme}://{user}127.0.0.1:{port}"
    return targets.add(Target("default", "", Way.MQTT, address, alerts=True), "cli:test", NOW_MS, login)[0]


def postman(targets: Targets, outbox: Outbox) -> Postman:
    return Postman(targets, outbox, "", "")


def retained(broker: Mosquitto) -> list[str]:
    """What somebody finds who comes now: the types."""
    late = Listener(broker)
    last = threading.Event()
    late.client.message_callback_add("last", lambda *_: last.set())
    late.client.subscribe("last", 1)
    late.client.publish("last", b"x", 1)
    assert last.wait(10)
    late.close()
    assert all(kept for _, _, kept in late.got)
    return late.types()


@pytest.mark.broker
def test_an_alert_that_stands_is_kept_and_one_that_ended_is_not(
    targets: Targets, outbox: Outbox, mosquitto: Mosquitto, listener: Listener
) -> None:
    """The payload is the body of a webhook; the end is said, and then nothing is left."""
    target = somebody(targets, mosquitto.port)
    post = postman(targets, outbox)
    post.tell(alert("alert.raised"), [target], NOW_MS)
    post.round(NOW_MS)
    until(lambda: len(listener.got) == 1, what="the alert comes")
    topic, payload, _ = listener.got[0]
    assert (topic, payload.decode()) == (TOPIC, webhook.body(alert("alert.raised"), NOW_MS))
    assert retained(mosquitto) == ["alert.raised"]
    post.tell(alert("alert.ended"), [target], NOW_MS)
    post.round(NOW_MS)
    until(lambda: len(listener.got) == 3, what="its end comes")
    assert listener.types() == ["alert.raised", "alert.ended", ""]
    assert retained(mosquitto) == []
    assert [one.state for one in outbox.recent()] == ["sent", "sent"]


@pytest.mark.broker
def test_what_waits_for_a_broker_that_is_away_comes_in_its_order(
    targets: Targets, outbox: Outbox, mosquitto: Mosquitto
) -> None:
    """An end never overtakes its beginning, and only the first in the row is charged with the attempts."""
    target = somebody(targets, mosquitto.port)
    post = postman(targets, outbox)
    mosquitto.stop()
    post.tell(alert("alert.raised"), [target], NOW_MS)
    post.round(NOW_MS)
    post.round(NOW_MS + 5_000)
    assert outbox.recent()[0].attempts == 2
    post.tell(alert("alert.ended"), [target], NOW_MS + 6_000)
    post.tell(alert("alert.raised", 8), [target], NOW_MS + 7_000)
    mosquitto.start()
    listening = Listener(mosquitto)
    post.round(NOW_MS + 8_000)
    assert [one.state for one in outbox.recent()] == ["waiting"] * 3
    post.round(NOW_MS + 305_000)
    until(lambda: len(listening.got) == 4, what="all have come")
    listening.close()
    assert listening.types() == ["alert.raised", "alert.ended", "", "alert.raised"]
    assert sorted(one.attempts for one in outbox.recent()) == [1, 1, 3]


@pytest.mark.broker
def test_a_broker_that_has_forgotten_is_told_again_and_what_waits_goes_with_it(
    targets: Targets, outbox: Outbox, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was started anew and keeps nothing on disk; the thread that delivers says what stands."""
    target = somebody(targets, mosquitto.port)
    post = postman(targets, outbox)
    post.tell(alert("alert.ended", 9), [target], NOW_MS)
    mosquitto.kill()
    post.round(NOW_MS)
    post.round(NOW_MS + 5_000)  # the next attempt would be five minutes later
    mosquitto.start()
    monkeypatch.setattr("collector.delivery.postman.ROUND_S", 0.05)
    stopping = threading.Event()
    standing = [(target, alert("alert.raised"))]
    running = threading.Thread(target=rounds, args=(post, lambda: NOW_MS + 6_000, stopping, lambda: standing))
    running.start()
    until(lambda: outbox.recent()[0].state == "sent", what="what waited is sent")
    stopping.set()
    running.join()
    assert retained(mosquitto) == ["alert.raised"]


@pytest.mark.parametrize("refusal", ["with MQTT 5's own reason 0x84", "by hanging up"])
def test_a_broker_without_mqtt_5_is_told_in_3_1_1(targets: Targets, outbox: Outbox, refusal: str) -> None:
    """The broker here is a fake; such as NATS is one."""
    broker = RefusingBroker(RefusingBroker.REFUSALS[refusal])
    target = somebody(targets, broker.port)
    post = postman(targets, outbox)
    post.tell(alert("alert.raised"), [target], NOW_MS)
    post.round(NOW_MS)
    broker.close()
    assert (broker.levels, outbox.recent()[0].state) == ([5, 4], "sent")
    assert len(broker.published) == 1


@pytest.mark.broker
@pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it")
def test_another_broker_is_known_by_its_authority_and_knows_us_by_password(
    targets: Targets, outbox: Outbox, tmp_path: Path
) -> None:
    """Over TLS; a wrong password and an unknown authority are said as such; the password is kept sealed."""
    authority = Authority.create(tmp_path / "authority")
    server = authority.issue_server(["127.0.0.1"], time.time_ns() // 1_000_000)
    (tmp_path / "crt").write_text(server.certificate.pem)
    (tmp_path / "key").write_text(server.key_pem)
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(tmp_path / "passwords"), "house", "open sesame"], check=True)
    broker = Mosquitto(
        tmp_path,
        (
            f"certfile {tmp_path / 'crt'}",
            f"keyfile {tmp_path / 'key'}",
            "allow_anonymous false",
            f"password_file {tmp_path / 'passwords'}",
        ),
    )
    broker._config.write_text(broker._config.read_text().replace("allow_anonymous true\n", ""))
    subprocess.run(["chmod", "a+r", str(tmp_path / "passwords"), str(tmp_path / "key")], check=True)
    broker.host = "127.0.0.1"
    broker.start()
    post = postman(targets, outbox)
    said = {}
    for word, login in (
        ("right", Login("open sesame", authority.pem)),
        ("wrong password", Login("guess", authority.pem)),
        ("unknown authority", Login("open sesame")),
        ("no certificate", Login("open sesame", "?")),
    ):
        target = somebody(targets, broker.port, login, "mqtts", "house@")
        try:
            post.deliver(alert("alert.raised"), target, "msg_1", NOW_MS)
            said[word] = ""
        except DeliveryError as exc:
            said[word] = str(exc)
        targets.remove(target.id, "cli:test", NOW_MS)
    broker.stop()
    assert said["right"] == ""
    assert "uthor" in said["wrong password"]
    assert "CERTIFICATE_VERIFY_FAILED" in said["unknown authority"]
    assert "PEM" in said["no certificate"]
    raw = b"".join(path.read_bytes() for path in targets._vault.path.parent.glob("registry.sqlite*"))
    assert b"open sesame" not in raw
    assert "sesame" not in repr(Login("open sesame")) + repr(Place.parse("mqtts://house@example.org"))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mqtt://example.org", "mqtts is wanted"),
        ("mqtts://user:secret@example.org", "leave the password out"),
        ("mqtts://example.org/a/+/b", "no \\+ and #"),
        ("mqtts://example.org/$SYS", "no \\$ in front"),
        ("mqtts://example.org/footfall/1/default", "not footfall/1"),
        ("mqtts://", "is wanted as in"),
        ("mqtts://example.org:99999", "up to 65535"),
    ],
)
def test_an_address_of_a_broker_is_checked_before_it_is_kept(address: str, words: str) -> None:
    """Nothing readable on the way, nothing among the sensors' topics."""
    with pytest.raises(DeliveryError, match=words):
        check(Target("default", "", Way.of(address), address, alerts=True))


def test_a_broker_is_told_of_alerts_only_and_a_prefix_is_its_own() -> None:
    """Reports hold numbers for those who asked; where alerts lie may be said."""
    with pytest.raises(DeliveryError, match="alerts only"):
        check(Target("default", "", Way.MQTT, "broker", alerts=True, report=Rhythm.DAILY))
    assert Way.of("broker") is Way.of("mqtt://localhost") is Way.MQTT
    place = Place.parse("mqtts://me@example.org/building/7/")
    assert (place.port, place.prefix, place.user) == (8883, "building/7", "me")
    (test,) = messages(Letter("test", "a test", "", {}), place.prefix, "default", NOW_MS)
    assert (test.topic, test.retain) == ("building/7/default/test", False)
