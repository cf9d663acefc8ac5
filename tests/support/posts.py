"""A stand-in for the collector: it speaks over a real broker and signs with a real key, and stores nothing."""

import queue
import time
from collections.abc import Callable
from typing import NamedTuple

import paho.mqtt.client as mqtt

from footfall_sensor import keys, signing
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.messages import Ack, Acked, Birth, EpochKey

TENANT = "acme"
WAIT_S = 20.0
EPOCH_KEY = bytes(range(32))


class Post(NamedTuple):
    """One upward message as it came from the broker."""

    topic: str
    raw: bytes

    @property
    def envelope(self) -> Envelope:
        return envelope.unpack(self.raw)


class StandInCollector:
    """Sees every upward message in `posts`; says what the test tells it to, or answers by itself with `answering`."""

    def __init__(self, host: str, port: int, tenant: str = TENANT) -> None:
        self.backend = signing.Cryptography()
        self.secret = self.backend.generate()
        self.boot = b"collectr"
        self.posts: queue.Queue[Post] = queue.Queue()
        self.seen: list[Post] = []  # everything, in order, for ever
        self.answering = False
        self.acking = True  # False: `answering` gives keys only
        self.end_ms = 1 << 42  # of the epochs that `answering` gives out
        self._tenant = tenant
        self._number = 0
        self._client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id="stand-in-collector", protocol=mqtt.MQTTv5
        )
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._subscribed.put(True)
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 1)
        self._subscribed: queue.Queue[bool] = queue.Queue()
        self._client.connect(host, port)
        self._client.loop_start()
        self.wait_until_subscribed()

    def wait_until_subscribed(self) -> None:
        """Return when a (new) connection's subscription stands."""
        self._subscribed.get(timeout=WAIT_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> "StandInCollector":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def next(self, kind: Kind, wait_s: float = WAIT_S) -> Post:
        """The next message of this kind; others are passed over. Raises queue.Empty."""
        give_up_s = time.monotonic() + wait_s
        while True:
            post = self.posts.get(timeout=max(0.0, give_up_s - time.monotonic()))
            if post.envelope.kind is kind:
                return post

    def seal(self, kind: Kind, sensor: str, body: bytes, number: int | None = None, by: object = None) -> bytes:
        """A downward message; `by` another key makes a forgery."""
        secret = by if isinstance(by, keys.SecretKey) else self.secret
        if number is None:
            number, self._number = self._number, self._number + 1
        return envelope.seal(
            Envelope(kind, sensor, self.boot, number, body), lambda message: self.backend.sign(secret, message)
        )

    def send(self, sensor: str, leaf: str, raw: bytes) -> None:
        info = self._client.publish(f"footfall/1/{self._tenant}/{sensor}/{leaf}", raw, qos=1)
        assert info.rc == mqtt.MQTT_ERR_SUCCESS

    def ack(self, sensor: str, *boots: Acked) -> None:
        self.send(sensor, "ack", self.seal(Kind.ACK, sensor, Ack(boots).encode()))

    def give_key(
        self, sensor: str, seal_for: bytes, epoch: str = "2026-11-22", start_ms: int = 0, key: bytes = EPOCH_KEY
    ) -> None:
        """A key, sealed for the public key that the sensor's birth carried."""
        message = EpochKey(epoch, start_ms, self.end_ms, key, expires_ms=self.end_ms).sealed(sensor, seal_for)
        self.send(sensor, "epoch", self.seal(Kind.EPOCH, sensor, message.encode()))

    def _on_connect(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe([(f"footfall/1/+/+/{leaf}", 1) for leaf in ("birth", "health", "batch", "death")])

    def _on_message(self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        post = Post(message.topic, bytes(message.payload))
        self.seen.append(post)
        self.posts.put(post)
        if not self.answering:
            return
        got = post.envelope
        if got.kind is Kind.BATCH and self.acking:
            self.ack(got.sensor, Acked(got.boot, ((got.number, got.number),)))
        elif got.kind is Kind.BIRTH and (birth := Birth.decode(got.body)).wants_key:
            self.give_key(got.sensor, birth.seal)


class Observer:
    """Another client of the broker, that sees what is published on `topics` and can publish itself."""

    def __init__(self, host: str, port: int, *topics: str) -> None:
        self.seen: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._ready: queue.Queue[bool] = queue.Queue()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="observer", protocol=mqtt.MQTTv5)
        self._client.on_message = lambda _c, _u, message: self.seen.put((message.topic, bytes(message.payload)))
        self._client.on_subscribe = lambda *_: self._ready.put(True)
        self._client.connect(host, port)
        self._client.loop_start()
        self._client.subscribe([(topic, 1) for topic in topics])
        self._ready.get(timeout=WAIT_S)

    def next(self) -> tuple[str, bytes]:
        return self.seen.get(timeout=WAIT_S)

    def send(self, topic: str, payload: bytes) -> None:
        """Publish, and wait until the broker has it."""
        self._client.publish(topic, payload, qos=1).wait_for_publish(WAIT_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def until(holds: Callable[[], bool], step: Callable[[], object] = lambda: time.sleep(0.02), what: str = "") -> None:
    """Take steps until it holds; fails after WAIT_S."""
    give_up_s = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < give_up_s, f"did not happen within {WAIT_S} s: {what}"
        step()
