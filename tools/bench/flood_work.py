"""What the flood benchmark works with: a broker, a collector process, its sensors, and the clock on their batches."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from collector import folder as folders
from collector.registry import Site
from collector.settings import Settings
from footfall_sensor import keys, signing
from footfall_sensor.wire import batch as batch_wire
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.messages import Ack
from tools.bench.batches import batch_of, sightings
from tools.run import broker
from tools.run.child import Child, module, wait_until

OTHERS = 40  # sensors that send a batch a second each
SITES = 4
FLOODER = "flooder"
PHASE_S = 4.0
A_BATCH = 100  # sightings
PATIENCE_S = 20.0  # for the last answers of a phase
READY_WAIT_S = 60.0
BOOT = b"benching"
BODIES = 16  # different ones


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
        """Let the others send for so long, beside a flood or not. Returns their waiting times in milliseconds."""
        stopping = threading.Event()
        flood = threading.Thread(target=self._flood, args=(flood_per_s, stopping), daemon=True)
        with self._lock:
            self._taken_s.clear()
        if flood_per_s:
            flood.start()
        names = [name for name in self._secrets if name != FLOODER]
        for name in paced(round(length_s * len(names)), len(names), names):
            payload, number = self._sealed(name)
            with self._lock:
                self._waiting[name, number] = time.perf_counter()
            self._others.publish(_topic(name), payload, qos=1)
        with self._settled:
            self._settled.wait_for(lambda: not self._waiting, PATIENCE_S)
            self.unanswered += len(self._waiting)
            self._waiting.clear()
            taken = [1000 * seconds for seconds in self._taken_s]
        stopping.set()
        if flood_per_s:
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
        serving = Child(
            "the collector",
            module("tools.cli", "collector", "serve", "--dir", str(where)),
            self._folder / "collector.log",
        )
        self._stack.callback(serving.stop)
        wait_until(lambda: _answers(http_port), serving, READY_WAIT_S, "the collector")
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

    def _flood(self, per_s: float, stopping: threading.Event) -> None:
        began_s, sent = time.perf_counter(), 0
        while not stopping.wait(0.01):
            while sent < (time.perf_counter() - began_s) * per_s:
                self._flooder.publish(_topic(FLOODER), self._sealed(FLOODER)[0], qos=1)
                sent += 1
        self.flood_sent += sent
        self.flooding_s += time.perf_counter() - began_s

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


def paced(count: int, per_s: float, names: list[str]) -> Iterator[str]:
    """`count` names in turn, so many a second."""
    began_s = time.perf_counter()
    for place in range(count):
        time.sleep(max(0.0, began_s + place / per_s - time.perf_counter()))
        yield names[place % len(names)]


def _topic(sensor: str) -> str:
    return f"footfall/1/default/{sensor}/batch"


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5.0).status_code == 200
    except httpx.HTTPError:
        return False
