"""The host's end: a mosquitto, a collector that knows the lab's sensors, and an ear for all that the broker sees."""

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from collector import folder as collector_folder
from collector.folder import Collector
from collector.options.settings import Settings
from collector.records.registry import Site, Tenant
from footfall_sensor import config, config_file, keys, signing, uci
from footfall_sensor.wire import envelope
from footfall_sensor.wire.messages import Health

from ...run import broker, serving
from ...run.child import Child
from . import cpio
from .cpio import Entry
from .guest import scene

TENANT, SITE = "default", "the-lab"
READY_WAIT_S = 30.0


class Post(NamedTuple):
    """A message that the broker saw."""

    topic: str
    payload: bytes


class Ear:
    """Another client of the broker that keeps every message, up and down."""

    def __init__(self, port: int) -> None:
        self.posts: list[Post] = []
        ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="ear", protocol=mqtt.MQTTv5)
        self._client.on_message = lambda _c, _u, message: self.posts.append(Post(message.topic, bytes(message.payload)))
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.connect(broker.HOST, port)
        self._client.subscribe("#", 1)
        self._client.loop_start()
        ready.wait(READY_WAIT_S)

    def close(self) -> None:
        """Hang up."""
        self._client.disconnect()
        self._client.loop_stop()


class Line:
    """Broker, collector and ear, in `folder`. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = broker.free_port()
        self._stack = ExitStack()
        self._secrets: dict[str, keys.SecretKey] = {}

    def __enter__(self) -> "Line":
        with ExitStack() as stack:
            stack.callback(broker.start(self.folder, self.port, "mosquitto").stop)
            self.ear = Ear(self.port)
            stack.callback(self.ear.close)
            stack.callback(self._collector().stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def open(self) -> Collector:
        """The collector's folder, for reading."""
        return collector_folder.open_folder(self.folder / "collector")

    def health(self, agent: str) -> list[Health]:
        """The health messages of an agent, as they came by the broker."""
        topic = f"footfall/1/{TENANT}/{agent}/health"
        return [Health.decode(envelope.unpack(post.payload).body) for post in self.ear.posts if post.topic == topic]

    def configuration(self, agents: Mapping[str, Mapping[str, str]]) -> list[Entry]:
        """What the guest finds in its file system: each agent's options, its key, and the collector's."""
        collector_key = (self.folder / "collector" / "collector.key.pub").read_bytes()
        entries = []
        for name, options in agents.items():
            said: dict[str, str | tuple[str, ...]] = {
                "name": name,
                "tenant": TENANT,
                "broker_host": scene.HOST,
                "broker_port": str(scene.BROKER_PORT),
                "state_dir": f"/etc/{name}",
                "run_dir": f"/var/run/{name}",
                **options,
            }
            config.from_options(said)  # a wrong option is found here rather than in the guest
            text = uci.render([uci.Section(config_file.SECTION_TYPE, "main", said)])
            entries += [
                cpio.file(f"etc/lab/{name}.uci", text.encode()),
                cpio.file(f"etc/{name}/sensor.key", self._secrets[name].text().encode(), 0o600),
                cpio.file(f"etc/{name}/collector.pub", collector_key),
            ]
        return entries

    def _collector(self) -> Child:
        http_port = broker.free_port()
        folder = self.folder / "collector"
        collector_folder.create(folder, Settings(broker_port=self.port, http_port=http_port))
        registry = collector_folder.open_folder(folder).registry
        turn_h = (datetime.now(UTC).hour + 12) % 24  # no epoch ends while the lab runs
        registry.put_tenant(Tenant(TENANT, epoch_turn_h=turn_h))
        registry.put_site(Site(TENANT, SITE))
        for name in scene.AGENTS:
            secret = self._secrets[name] = signing.backend().generate()
            registry.put_sensor(TENANT, name, SITE, secret.public.id, secret.public.raw)
        return serving.start(folder, http_port, self.folder / "collector.log", READY_WAIT_S)
