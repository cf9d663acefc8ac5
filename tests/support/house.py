"""A collector's house for tests: what `footfall collector init` makes, a real mosquitto on its files, and sensors."""

import os
import shutil
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as mqtt
from brokers import MOSQUITTO, free_port
from click.testing import CliRunner
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from posts import until

from collector import clock
from collector import folder as folders
from collector.brokering import identities
from collector.folder import Collector
from collector.keys.authority import Authority
from collector.keys.certificate import Pair
from collector.keys.issued import Certificates
from collector.records.registry import Site
from footfall_sensor import config, config_file, keys, signing, tls
from tools.cli import cli
from tools.run import serving
from tools.run.child import Child, module

PLACE = "127.0.0.1"
START_WAIT_S = 20.0
CONNECTED = " as footfall-collector"  # in mosquitto's log


@dataclass(frozen=True)
class Client:
    """What mosquitto_pub and other libraries want of a client: files."""

    authority: Path
    certificate: Path
    key: Path

    def context(self, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.minimum_version = made.maximum_version = version
        made.load_verify_locations(self.authority)
        if self.certificate.exists():
            made.load_cert_chain(self.certificate, self.key)
        return made

    def words(self) -> list[str]:
        """For mosquitto_pub and mosquitto_sub."""
        return ["--cafile", str(self.authority), "--cert", str(self.certificate), "--key", str(self.key)]


class House:
    """Folder, broker and collector. Close it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.http_port = free_port()
        self._broker: subprocess.Popen[bytes] | None = None
        self.collector_process: Child | None = None
        words = ["--dir", str(folder), "--port", str(self.port), "--http-port", str(self.http_port), *options]
        done = CliRunner().invoke(cli, ["collector", "init", *words])
        assert done.exit_code == 0, done.output
        self.said = done.output

    @property
    def authority(self) -> Authority:
        return Authority.open(identities.authority_folder(self.folder))

    @property
    def log(self) -> str:
        return (self.folder.parent / "mosquitto.log").read_text()

    def open(self) -> Collector:
        return folders.open_folder(self.folder)

    def start_broker(self, user: str = "", under: tuple[str, ...] = ()) -> None:
        """On the files as they are, from another working directory. under: a program that watches it, and its words."""
        assert MOSQUITTO
        command = [*under, MOSQUITTO, "-c", str(self.folder / "mosquitto.conf")]
        if user:
            command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
        with (self.folder.parent / "mosquitto.log").open("ab") as log:
            before = self.log.count(" running\n")
            self._broker = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        give_up_s = time.monotonic() + START_WAIT_S
        while self.log.count(" running\n") == before:
            assert self._broker.poll() is None, self.log
            assert time.monotonic() < give_up_s, self.log
            time.sleep(0.02)

    def stop_broker(self, kill: bool = False) -> int | None:
        """Its exit code; None where none runs."""
        if self._broker is None:
            return None
        (self._broker.kill if kill else self._broker.terminate)()
        code = self._broker.wait(START_WAIT_S)
        self._broker = None
        return code

    @property
    def broker_pid(self) -> int:
        assert self._broker is not None
        return self._broker.pid

    def serve(self) -> Child:
        """`footfall collector serve`, until it is connected."""
        command = serving.command(self.folder)
        before = self.log.count(CONNECTED)
        child = self.collector_process = Child("the collector", command, self.folder.parent / "collector.log")
        until(lambda: child.exit_code is not None or self.log.count(CONNECTED) > before, what="the collector connects")
        assert child.exit_code is None, child.log.read_text()
        return child

    def close(self) -> None:
        if self.collector_process is not None:
            self.collector_process.stop()
        self.stop_broker()

    def client(self, name: str, pair: Pair, authority: str = "") -> Client:
        """A client's files. authority: another one's certificate than ours."""
        base = self.folder.parent / "clients"
        base.mkdir(exist_ok=True)
        made = Client(base / f"{name}.ca", base / f"{name}.crt", base / f"{name}.key")
        made.authority.write_text(authority or self.authority.pem)
        made.certificate.write_text(pair.certificate.pem)
        made.key.write_text(pair.key_pem)
        return made

    def sensor_client(self, user: str, life_ms: int = 3_600_000, now_ms: int | None = None) -> Client:
        """A client that shows a certificate for `user`, whoever that is; for users that are no sensor's, too."""
        name = f"client{len(list(self.folder.parent.glob('clients/*.crt')))}"
        return self.client(name, self.authority.issue_client(user, now_ms, life_ms))

    def collector_client(self) -> Client:
        own = identities.of_ingest(self.folder)
        return Client(own.authority, own.certificate, own.key)

    def enrol(self, name: str, **options: object) -> config.Config:
        """A unit with its own key, registered, with the certificate for it: what enrolment leaves behind."""
        base = self.folder.parent / name
        chosen = config.Config(
            name=name,
            broker_host=PLACE,
            broker_port=self.port,
            **{"tls": "on", "rate_per_s": 0, "health_s": 1, "ack_timeout_s": 10, **options},  # type: ignore[arg-type]
            state_dir=str(base / "state"),
            run_dir=str(base / "run"),
        )
        own = signing.Cryptography().generate()
        keys.write_secret(chosen.key_path, own)
        shutil.copy(self.folder / "collector.key.pub", chosen.collector_key_path)
        chosen.authority_path.write_text(self.authority.pem)
        registry = self.open().registry
        registry.put_site(Site("default", "shop"))
        registry.put_sensor("default", name, "shop", own.id, own.public_raw)
        issued = Certificates(registry.engine, self.authority).issue_sensor(own.public_raw, chosen.user, clock.now_ms())
        chosen.certificate_path.write_text(issued.pem)
        (base / "footfall.uci").write_text(config_file.render(chosen))
        return chosen

    def unit_client(self, chosen: config.Config) -> Client:
        """A unit's identity, stolen: as other programs want it."""
        key = Path(chosen.state_dir) / "stolen.key"
        key.write_bytes(tls.private_key_pem(keys.read_secret(chosen.key_path).seed))
        return Client(chosen.authority_path, chosen.certificate_path, key)


class Talker:
    """A paho client: what it was sent, and what the broker said to what it published."""

    def __init__(
        self, house: House, client: Client | None, client_id: str = "anybody", port: int = 0, **login: str
    ) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.answers: list[str] = []
        self.connected = False
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        if client is not None:
            self.client.tls_set_context(client.context())
        if login:
            self.client.username_pw_set(login["user"], login["password"])
        self._answered = False
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_message = lambda _c, _u, message: self.got.append((message.topic, bytes(message.payload)))
        self.client.on_publish = lambda _c, _u, _m, reason, _p: self.answers.append(str(reason))
        self.client.on_subscribe = self._on_subscribe
        self.granted: list[str] = []
        self.client.connect(PLACE, port or house.port)
        self.client.loop_start()

    def _on_connect(self, _c: object, _u: object, _f: object, reason: mqtt.ReasonCode, _p: object) -> None:
        self.connected = not reason.is_failure
        self._answered = True

    def _on_disconnect(self, *_: object) -> None:
        self.connected = False
        self._answered = True

    def _on_subscribe(self, _c: object, _u: object, _m: object, reasons: list[mqtt.ReasonCode], _p: object) -> None:
        self.granted += [str(reason) for reason in reasons]

    def answer(self) -> bool:
        """Whether the broker let this client in; closes it."""
        until(lambda: self._answered, what="the broker answers")
        let_in = self.connected
        self.close()
        return let_in

    def ready(self) -> "Talker":
        until(lambda: self.connected, what="the client is let in")
        return self

    def subscribe(self, *topics: str) -> "Talker":
        before = len(self.granted)
        self.client.subscribe([(topic, 1) for topic in topics])
        until(lambda: len(self.granted) == before + len(topics), what="the broker answers the subscription")
        return self

    def publish(self, topic: str, payload: bytes) -> str:
        """What the broker answered; that nobody is subscribed counts as success."""
        before = len(self.answers)
        self.client.publish(topic, payload, qos=1)
        until(lambda: len(self.answers) > before, what="the broker answers the message")
        return "Success" if self.answers[-1] == "No matching subscribers" else self.answers[-1]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def sensor_process(chosen: config.Config, *captures: Path, speed: float = 0.0) -> Child:
    """`footfall-sensor run` on captures."""
    base = Path(chosen.state_dir).parent
    command = [*module("footfall_sensor", "run", "--config", str(base / "footfall.uci")), "--json"]
    command += [word for path in captures for word in ("--capture", str(path))]
    return Child(chosen.name, [*command, f"--speed={speed}"], base / "sensor.log")


def as_user() -> bool:
    """Whether a test can become another user."""
    return os.geteuid() == 0 and shutil.which("setpriv") is not None and sys.platform == "linux"
