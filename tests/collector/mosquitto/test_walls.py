"""Who may do what at the broker: tried on a real mosquitto, on the files that `footfall collector init` writes.

Three different clients knock: paho, mosquitto's own command-line tools, and gmqtt, which shares no code with either.
"""

import asyncio
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import gmqtt
import pytest
from brokers import MOSQUITTO
from house import PLACE, Client, House, Talker
from posts import until

from collector import clock
from collector.brokering import addresses, files
from collector.keys.authority import DAY_MS, Authority
from collector.records.roster import Roster
from collector.records.standing import Standing
from footfall_sensor.wire.envelope import ENVELOPE_BYTES_MAX

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]
A, B = "default/a", "default/b"
OWN = ("batch", "birth", "death", "health", "result")
DOWN = ("ack", "command", "config", "epoch", "objections", "trust")


def topic(user: str, leaf: str) -> str:
    return f"footfall/1/{user}/{leaf}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("walls") / "collector")
    made.start_broker()
    yield made
    made.close()


@pytest.fixture(scope="module")
def a(house: House) -> Client:
    return house.unit_client(house.enrol("a"))


@pytest.fixture(scope="module")
def b(house: House) -> Client:
    return house.unit_client(house.enrol("b"))


@pytest.fixture
def collector(house: House) -> Iterator[Talker]:
    """The collector's own certificate, subscribed as the collector is."""
    talker = Talker(house, house.collector_client()).ready()
    talker.subscribe(*(f"footfall/1/+/+/{leaf}" for leaf in OWN))
    yield talker
    talker.close()


def flushed(collector: Talker, sender: Talker, user: str) -> list[tuple[str, bytes]]:
    """What the collector got before a last message of `user`, which is allowed."""
    sender.publish(topic(user, "birth"), b"last")
    until(lambda: (topic(user, "birth"), b"last") in collector.got, what="the last message comes")
    return [one for one in collector.got if one[1] != b"last"]


def test_a_sensor_writes_its_own_topics_and_no_others(house: House, a: Client, collector: Talker) -> None:
    """What is not allowed is answered `Not authorized` (MQTT 5) and reaches nobody."""
    talker = Talker(house, a, A).ready()
    try:
        for leaf in OWN:
            assert talker.publish(topic(A, leaf), b"own") == "Success"
            assert talker.publish(topic(B, leaf), b"another's") == "Not authorized"
        for elsewhere in (topic(A, "ack"), topic(A, "batch/x"), topic(A, "x"), "footfall/2/default/a/batch", "x", A):
            assert talker.publish(elsewhere, b"elsewhere") == "Not authorized"
        assert sorted(flushed(collector, talker, A)) == sorted((topic(A, leaf), b"own") for leaf in OWN)
    finally:
        talker.close()


def test_a_subscription_that_is_granted_is_silent_all_the_same(
    house: House, a: Client, b: Client, collector: Talker
) -> None:
    """mosquitto 2.0.11 grants every subscription; what counts is that nothing comes. So no test may look at SUBACK."""
    thief, owner = Talker(house, a, A).ready(), Talker(house, b, B).ready()
    try:
        wanted = [*(topic(B, leaf) for leaf in (*DOWN, *OWN)), "footfall/#", "#", "$SYS/#", "$share/g/#"]
        thief.subscribe(*wanted)
        owner.subscribe(*(topic(B, leaf) for leaf in DOWN))
        for leaf in DOWN:
            assert collector.publish(topic(B, leaf), b"for b") == "Success"
        owner.publish(topic(B, "batch"), b"of b")
        until(lambda: len(owner.got) == len(DOWN), what="b gets what is its own")
        collector.publish(topic(A, "ack"), b"for a")  # what is a's own does come, once for each of its subscriptions
        until(lambda: bool(thief.got), what="a gets what is its own")
        assert set(thief.got) == {(topic(A, "ack"), b"for a")}
        assert "Granted QoS 1" in thief.granted
    finally:
        thief.close()
        owner.close()


def test_the_collector_reads_up_and_writes_down_only(house: House, collector: Talker) -> None:
    """Who takes over a collector's connection cannot speak as a sensor there; and $SYS is nobody's."""
    collector.subscribe("$SYS/#", *(f"footfall/1/+/+/{leaf}" for leaf in DOWN))
    for leaf in OWN:
        assert collector.publish(topic(A, leaf), b"forged") == "Not authorized"
    for leaf in DOWN:
        assert collector.publish(topic(A, leaf), b"word") == "Success"
    time.sleep(0.2)  # nothing to wait for: nothing must come
    assert collector.got == []


def test_mosquittos_own_tools_meet_the_same_walls(house: House, a: Client) -> None:
    """mosquitto_pub with a's stolen identity cannot publish as b, and mosquitto_sub is not sent what is b's."""
    where = ["-h", PLACE, "-p", str(house.port), "-V", "5", "-q", "1", "-i", "tool"]
    wanted = [word for name in (topic(B, "ack"), topic(B, "#"), "#", topic(A, "ack")) for word in ("-t", name)]
    command = ["mosquitto_sub", *where, *a.words(), *wanted, "-v", "-C", "1", "-W", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listening:
        while listening.poll() is None:  # until it has subscribed, it hears nothing; then it hears one, and ends
            for user, text in ((B, "for b"), (A, "for a")):
                speaking = ["mosquitto_pub", *where, *house.collector_client().words()]
                subprocess.run([*speaking, "-t", topic(user, "ack"), "-m", text], check=True, timeout=20)
        assert listening.stdout
        assert listening.stdout.read() == f"{topic(A, 'ack')} for a\n"
    forging = ["mosquitto_pub", *where, *a.words(), "-t", topic(B, "batch"), "-m", "forged"]
    done = subprocess.run(forging, capture_output=True, text=True, timeout=20, check=False)
    assert "Not authorized" in done.stdout + done.stderr


def test_another_library_meets_the_same_walls(house: House, a: Client, collector: Talker) -> None:
    """gmqtt, in b's name by client id and user, with a's certificate: it is a to the broker, and stays a."""

    async def knock() -> list[tuple[str, bytes]]:
        got: list[tuple[str, bytes]] = []
        client = gmqtt.Client(B)
        client.set_auth_credentials(B, "guess")
        client.on_message = lambda _client, name, payload, _qos, _properties: got.append((name, bytes(payload))) or 0
        await client.connect(PLACE, house.port, ssl=a.context())
        client.subscribe(topic(B, "epoch"), qos=1)
        client.subscribe(topic(A, "epoch"), qos=1)
        client.publish(topic(B, "batch"), b"forged", qos=1)
        client.publish(topic(A, "batch"), b"own", qos=1)
        give_up_s = time.monotonic() + 20
        while not got and time.monotonic() < give_up_s:
            collector.client.publish(topic(B, "epoch"), b"for b", qos=1)
            collector.client.publish(topic(A, "epoch"), b"for a", qos=1)
            await asyncio.sleep(0.1)
        await client.disconnect()
        return got

    got = asyncio.run(knock())
    assert set(got) == {(topic(A, "epoch"), b"for a")}
    until(lambda: bool(collector.got), what="what is a's own comes")
    assert set(collector.got) == {(topic(A, "batch"), b"own")}


def test_another_client_id_makes_nobody_else(house: House, a: Client, b: Client) -> None:
    """The client id is the certificate's name whatever the client says: a cannot push b off its connection."""
    owner = Talker(house, b, B).ready()
    pusher = Talker(house, a, B).ready()
    try:
        assert pusher.publish(topic(A, "batch"), b"x") == "Success"
        assert pusher.publish(topic(B, "batch"), b"x") == "Not authorized"
        assert owner.publish(topic(B, "batch"), b"x") == "Success"
        assert owner.connected
    finally:
        owner.close()
        pusher.close()


@pytest.mark.parametrize("user", ["default/+", "+/+", "#", "default/#", "+", "default", "default/a/batch", "$SYS"])
def test_a_name_that_is_a_pattern_opens_nothing(user: str, house: House, a: Client, collector: Talker) -> None:
    """CVE-2017-7650: even a certificate of ours for such a name, which we do not issue, would say and hear nothing."""
    talker = Talker(house, house.sensor_client(user)).ready()
    own = Talker(house, a, A).ready()
    try:
        talker.subscribe("#", "footfall/#", topic(A, "ack"), topic(A, "batch"))
        assert talker.publish(topic(A, "batch"), b"x") == "Not authorized"
        assert talker.publish(topic("default/x", "batch"), b"x") == "Not authorized"
        collector.publish(topic(A, "ack"), b"for a")
        own.publish(topic(A, "batch"), b"own")
        until(lambda: bool(collector.got), what="a's own comes")
        assert set(collector.got) == {(topic(A, "batch"), b"own")}
        assert talker.got == []
    finally:
        talker.close()
        own.close()


def refusal(house: House, context: ssl.SSLContext) -> str:
    """What a TLS client is told; "" where it is let in as far as MQTT."""
    try:
        with context.wrap_socket(socket.create_connection((PLACE, house.port), 10), server_hostname=PLACE) as client:
            client.sendall(bytes.fromhex("100e00044d5154540502007800000178"))  # CONNECT, MQTT 5, clean start
            answer = client.recv(16)
            return "" if answer[:1] == b"\x20" and answer[3] == 0 else f"MQTT: {answer.hex()}"
    except OSError as exc:
        return str(exc)


def test_the_good_certificate_is_let_in(house: House, a: Client) -> None:
    """What the next test compares with."""
    assert refusal(house, a.context()) == ""


@pytest.mark.parametrize("who", ["nobody", "expired", "not yet", "foreign", "a server", "revoked", "TLS 1.2", "self"])
def test_who_is_refused(who: str, house: House, a: Client, tmp_path: Path) -> None:
    """No certificate, one that ended or has not begun, of another authority, of another purpose, revoked, old TLS."""
    now = clock.now_ms()
    ours = house.authority
    match who:
        case "nobody":
            context = Client(a.authority, tmp_path / "none", tmp_path / "none").context()
        case "expired":
            context = house.client("old", ours.issue_client(A, now - 2 * DAY_MS, DAY_MS)).context()
        case "not yet":
            context = house.client("new", ours.issue_client(A, now + 5 * DAY_MS)).context()
        case "foreign":
            foreign = Authority.create(tmp_path / "authority", now)
            context = house.client("foreign", foreign.issue_client(A, now)).context()
        case "self":  # with our authority's name, and a key of its own
            copy = Authority(ours.certificate, Authority.create(tmp_path / "authority", now)._key)
            context = house.client("self", copy.issue_client(A, now)).context()
        case "a server":
            context = house.client("server", ours.issue_server(["x"], now)).context()
        case "TLS 1.2":
            context = a.context(ssl.TLSVersion.TLSv1_2)
        case "revoked":
            stolen = house.enrol("stolen")
            context = house.unit_client(stolen).context()
            assert refusal(house, context) == ""
            revoke(house, "stolen")
    assert refusal(house, context) not in ("", "timed out")


def revoke(house: House, name: str) -> None:
    opened = house.open()
    Roster(opened.registry.engine).move(name, Standing.REVOKED, "stolen", "cli:test", clock.now_ms())
    upkeep = files.upkeep(house.folder, opened.settings, opened.registry)
    assert upkeep is not None
    upkeep.keep(addresses.of_ingest(house.folder, opened.settings), clock.now_ms())
    assert upkeep.says == ""


def test_without_tls_there_is_no_way_in(house: House) -> None:
    """A plain MQTT client gets nothing, whatever it calls itself."""
    where = ["-h", PLACE, "-p", str(house.port), "-t", topic(A, "batch"), "-m", "x"]
    for name in ([], ["-u", "footfall-collector", "-P", "x"], ["-u", A, "-i", A]):
        done = subprocess.run(["mosquitto_pub", *where, *name], capture_output=True, timeout=20, check=False)
        assert done.returncode != 0


def test_the_broker_listens_where_it_was_told_and_nowhere_else(house: House) -> None:
    """An option of a listener that stands before the first `listener` line would open port 1883 to everybody."""
    opened = {line.rpartition("port ")[2].rstrip(".") for line in house.log.splitlines() if "listen socket" in line}
    assert opened == {str(house.port)}


def test_nothing_is_retained(house: House, a: Client) -> None:
    """A retained message would be a queue on the broker for whoever comes: it ends the connection of who tries."""
    talker = Talker(house, a, A).ready()
    try:
        talker.client.publish(topic(A, "batch"), b"kept", qos=1, retain=True)
        until(lambda: not talker.connected, what="the broker hangs up")
    finally:
        talker.close()


def test_what_is_far_too_long_ends_the_connection(house: House, a: Client, collector: Talker) -> None:
    """Twice an envelope is the limit; an envelope's greatest length passes."""
    talker = Talker(house, a, A).ready()
    try:
        assert talker.publish(topic(A, "batch"), bytes(ENVELOPE_BYTES_MAX)) == "Success"
        talker.client.publish(topic(A, "batch"), bytes(2 * ENVELOPE_BYTES_MAX), qos=1)
        until(lambda: not talker.connected, what="the broker hangs up")
        assert all(len(payload) == ENVELOPE_BYTES_MAX for _topic, payload in collector.got)
    finally:
        talker.close()
