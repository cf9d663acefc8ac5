"""What the flood benchmark works with: a broker, a collector process, its sensors, and the clock on their batches."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from collector import folder as folders
from collector.options.settings import Settings
from collector.records.registry import Site
from footfall_sensor import keys, signing
from footfall_sensor.wire import batch as batch_wire
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.messages import Ack
from tools.bench.batches import batch_of, sightings
from tools.run import broker, serving

OTHERS = 40  # sensors that send a batch a second each
SITES = 4
FLOODER = "flooder"
PHASE_S = 4.0
A_BATCH = 100  # sightings
PATIENCE_S = 20.0  # for the last answers of a phase
READY_WAIT_S = 60.0
BOOT = b"benching"
BODIES = 16  # different ones

Post = TypeVar("Post")


class Fleet:
    """A context manager: the processes run while it is open."""

    def __init__(self, folder: Path) -> None:
        self.flood_sent = 0
        self.flooding_s = 0.0
        self.unanswered = 0
        self._folder = folder
        self._backend = signing.backend()
        self._secrets: dict[str, keys.SecretKey] = {}
        self._numbers: dict[str, int] = {}
        self._waiting: dict[tuple[str, int], float] = {}
        self._taken_s: list[float] = []
        self._lock = threading.Lock()
        self._settled = threading.Condition(self._lock)
        self._rows = [sightings(A_BATCH, seed) for seed in range(BODIES)]
        self._stack = ExitStack()

    def __enter__(self) -> "Fleet":
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def phase(self, length_s: float, flood_per_s: float) -> list[float]:
        """Let the others send for so long, beside a flood or not. Returns their waiting times in milliseconds.

        All is sealed before the clock runs: sealing is the sensors' work.
        """
        names = [name for name in self._secrets if name != FLOODER]
        posts = [(name, *self._sealed(name)) for _ in range(round(length_s)) for name in names]
        flood_posts = [self._sealed(FLOODER)[0] for _ in range(round(length_s * flood_per_s))]
        flood = threading.Thread(target=self._flood, args=(flood_posts, flood_per_s), daemon=True)
        with self._lock:
            self._taken_s.clear()
        flood.start()
        for name, payload, number in paced(posts, len(names)):
            with self._lock:
                self._waiting[name, number] = time.perf_counter()
            self._others.publish(_topic(name), payload, qos=1)
        with self._settled:
            self._settled.wait_for(lambda: not self._waiting, PATIENCE_S)
            self.unanswered += len(self._waiting)
            self._waiting.clear()
            taken = [1000 * seconds for seconds in self._taken_s]
        flood.join()
        return taken

    def _start(self) -> None:
        mqtt_port, http_port = broker.free_port(), broker.free_port()
        child = broker.start(self._folder, mqtt_port, "mosquitto")
        self._stack.callback(child.stop)
        where = self._folder / "collector"
        folders.create(where, Settings(broker_port=mqtt_port, http_port=http_port))
        registry = folders.open_folder(where).registry
        for site in range(SITES):
            registry.put_site(Site("default", f"site-{site}"))
        for place, name in enumerate([FLOODER, *(f"other-{n}" for n in range(OTHERS))]):
            secret = self._secrets[name] = self._backend.generate()
            registry.put_sensor("default", name, f"site-{place % SITES}", secret.id, secret.public_raw)
        log = self._folder / "collector.log"
        self._stack.callback(serving.start(where, http_port, log, READY_WAIT_S).stop)
        self._others, self._flooder = self._client("others", mqtt_port), self._client(FLOODER, mqtt_port)
        self._others.on_message = self._on_ack
        self._others.subscribe("footfall/1/default/+/ack", qos=1)

    def _client(self, name: str, port: int) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
        client.max_inflight_messages_set(0)
        client.connect(broker.HOST, port)
        client.loop_start()
        self._stack.callback(client.loop_stop)
        self._stack.callback(client.disconnect)
        return client

    def _flood(self, posts: Sequence[bytes], per_s: float) -> None:
        began_s = time.perf_counter()
        for payload in paced(posts, per_s):
            self._flooder.publish(_topic(FLOODER), payload, qos=1)
        self.flood_sent += len(posts)
        self.flooding_s += time.perf_counter() - began_s if posts else 0.0

    def _sealed(self, name: str) -> tuple[bytes, int]:
        number = self._numbers.get(name, -1) + 1
        self._numbers[name] = number
        body = batch_wire.encode(batch_of(self._rows[number % BODIES], time.time_ns() // 1_000_000 - 30_000))
        secret = self._secrets[name]
        sealed = envelope.seal(
            Envelope(Kind.BATCH, name, BOOT, number, body), lambda message: self._backend.sign(secret, message)
        )
        return sealed, number

    def _on_ack(self, _client: object, _userdata: object, message: mqtt.MQTTMessage) -> None:
        now_s = time.perf_counter()
        opened = envelope.unpack(bytes(message.payload))
        with self._settled:
            for acked in Ack.decode(opened.body).boots:
                for first, last in acked.committed:
                    for number in range(first, last + 1):
                        since_s = self._waiting.pop((opened.sensor, number), None)
                        if since_s is not None:
                            self._taken_s.append(now_s - since_s)
            self._settled.notify_all()


def paced(posts: Sequence[Post], per_s: float) -> Iterator[Post]:
    """The same, so many a second."""
    began_s = time.perf_counter()
    for place, post in enumerate(posts):
        time.sleep(max(0.0, began_s + place / per_s - time.perf_counter()))
        yield post


def _topic(sensor: str) -> str:
    return f"footfall/1/default/{sensor}/batch"
