"""Root's part in a lean unit's tunnel: the real `wg`; uci, ip, logger and the network's init script are stubs."""

import os
import shutil
import subprocess
from ipaddress import IPv4Interface
from pathlib import Path

import pytest
from boot import LAN
from unit import SHELL as SHELL_WORDS
from unit import STUBS, Unit

from collector.tunnel import wireguard
from collector.tunnel.wireguard import Peer, Server
from footfall_sensor import uci

pytestmark = pytest.mark.skipif(not shutil.which("wg"), reason="wireguard-tools are not installed; `make test` does it")

SERVER = Server(IPv4Interface("10.77.0.1/16"), 51820, *wireguard.generate())
GIVEN = wireguard.render_unit(Peer("default/door", wireguard.generate()[1], "10.77.0.2"), SERVER, "mqtt.example.org")


class Tunnel:
    """The installed script with the system's folders moved under the unit's root."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.state = unit.root / "etc/footfall"
        self.network = unit.root / "etc/config/network"
        self.state.mkdir()
        settings = unit.root / "etc/config/footfall"
        settings.write_text(settings.read_text() + f"\toption state_dir '{self.state}'\n")
        unit.write("etc/config/network", uci.render(LAN))
        unit.write("etc/init.d/network", '#!/bin/sh\necho "network|$*" >>"$STUB_LOG"\n')
        (unit.root / "etc/init.d/network").chmod(0o755)
        self.script = unit.root / "moved-tunnel"
        text = unit.read("usr/sbin/footfall-tunnel").replace("=/etc/", f"={unit.root}/etc/")
        self.script.write_text(text.replace("POLL_S=5", "POLL_S=1"))
        self.script.chmod(0o755)

    def call(self, word: str) -> "subprocess.CompletedProcess[str]":
        return self.unit.run(str(self.script), word)

    def give(self, text: str = GIVEN) -> None:
        (self.state / "tunnel.conf").write_text(text)

    def sections(self) -> dict[str, dict[str, "str | tuple[str, ...]"]]:
        return {section.name: dict(section.options) for section in uci.parse(self.network.read_text())}


@pytest.fixture
def profile() -> str:
    """The scripts are the same in both packages."""
    return "full"


@pytest.fixture
def tunnel(unit: Unit) -> Tunnel:
    return Tunnel(unit)


def test_the_key_is_made_once_and_stays_with_root(tunnel: Tunnel) -> None:
    """The private half is in /etc/config/network alone, for root alone; the agent gets the public half."""
    done = tunnel.call("key")
    assert (done.returncode, done.stderr) == (0, "")
    made = tunnel.sections()["footfall"]
    private = made.pop("private_key")
    assert isinstance(private, str)
    assert made == {"proto": "wireguard", "disabled": "1"}
    public = subprocess.run(["wg", "pubkey"], input=private, capture_output=True, text=True, check=True).stdout
    assert done.stdout == public == (tunnel.state / "wireguard.pub").read_text()
    assert tunnel.network.stat().st_mode & 0o777 == 0o600
    assert (tunnel.state / "wireguard.pub").stat().st_mode & 0o777 == 0o644
    holders = [path for path in tunnel.unit.root.rglob("*") if path.is_file() and private.encode() in path.read_bytes()]
    assert holders == [tunnel.network]
    before = tunnel.network.read_bytes()
    assert tunnel.call("key").stdout == public
    assert tunnel.network.read_bytes() == before


def test_what_the_collector_renders_is_set_up_once(tunnel: Tunnel) -> None:
    """Every line that the collector renders is taken, the unit's own network stays; a second time changes nothing."""
    tunnel.call("key")
    private = tunnel.sections()["footfall"]["private_key"]
    tunnel.give()
    done = tunnel.call("apply")
    assert (done.returncode, done.stderr) == (0, "")
    wanted = {section.name: dict(section.options) for section in uci.parse(GIVEN)}
    wanted["footfall"]["private_key"] = private
    assert tunnel.sections() == {"lan": dict(LAN[0].options), **wanted}
    assert tunnel.unit.logged() == [
        "network|reload",
        "logger|-t|footfall|-p|daemon.notice|tunnel to mqtt.example.org as 10.77.0.2/32",
    ]
    assert tunnel.network.stat().st_mode & 0o777 == 0o600
    before = tunnel.network.read_bytes()
    assert tunnel.call("apply").returncode == 0
    assert (tunnel.network.read_bytes(), tunnel.unit.logged()) == (before, [])
    tunnel.give(GIVEN.replace("mqtt.example.org", "192.0.2.7"))
    assert tunnel.call("apply").returncode == 0
    assert tunnel.sections()["footfall_collector"]["endpoint_host"] == "192.0.2.7"
    assert tunnel.sections()["footfall"]["addresses"] == ("10.77.0.2/32",)


FORGED = {
    "nothing": "",
    "a section of the unit's own": f"{GIVEN}\nconfig interface 'lan'\n\toption proto 'static'\n",
    "an option of another kind": GIVEN.replace("'wireguard'", "'static'"),
    "a device": GIVEN.replace("\toption proto", "\toption device 'br-lan'\n\toption proto"),
    "a key for the unit": GIVEN.replace("\toption proto", "\toption private_key 'x'\n\toption proto"),
    "all the internet": GIVEN.replace("10.77.0.1/32", "0.0.0.0/0"),
    "a public address": GIVEN.replace("10.77.0.1/32", "9.9.9.9/32"),
    "a network": GIVEN.replace("10.77.0.1/32", "10.0.0.0/8"),
    "no address at all": GIVEN.replace("10.77.0.1/32", "10.77.0.256/32"),
    "two addresses": GIVEN + "\tlist allowed_ips '10.77.0.9/32'\n",
    "the unit's own address": GIVEN.replace("10.77.0.1/32", "10.77.0.2/32"),
    "a port too many": GIVEN.replace("'51820'", "'65536'"),
    "an option for a host": GIVEN.replace("mqtt.example.org", "-h"),
    "a command": GIVEN.replace("mqtt.example.org", "$(touch /tmp/x)"),
    "a quote": GIVEN.replace("mqtt.example.org", "x' set network.lan.proto='none"),
    "a line more for uci": GIVEN.replace("mqtt.example.org", "x\nset network.lan.proto=none"),
    "a short key": GIVEN.replace(SERVER.public_key, SERVER.public_key[4:]),
    "no key": GIVEN.replace(f"\toption public_key '{SERVER.public_key}'\n", ""),
    "a carriage return": GIVEN.replace("\n", "\r\n"),
    "too much": GIVEN + "\toption route_allowed_ips '1'\n" * 100,
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_what_is_no_tunnel_changes_nothing(tunnel: Tunnel, forged: str) -> None:
    """Whoever has taken over the agent gets no setting of the network's by writing there, and nothing runs as root."""
    tunnel.call("key")
    before = tunnel.network.read_bytes()
    tunnel.give(forged)
    done = tunnel.call("apply")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert tunnel.network.read_bytes() == before
    assert [line.partition("tunnel.conf will not do: ")[1] != "" for line in tunnel.unit.logged()] == [True]


def test_a_file_of_roots_is_not_read_through_a_link(tunnel: Tunnel) -> None:
    """A link to a file that only root may read: refused, and not a word of it in the log."""
    tunnel.call("key")
    secret = tunnel.unit.root / "shadow"
    secret.write_text(GIVEN)
    (tunnel.state / "tunnel.conf").symlink_to(secret)
    assert tunnel.call("apply").returncode == 1
    (tunnel.state / "tunnel.conf").unlink()
    os.mkfifo(tunnel.state / "tunnel.conf")
    assert tunnel.call("apply").returncode == 1


def test_a_link_leads_root_to_no_other_file(tunnel: Tunnel) -> None:
    """The public key goes into the agent's folder; what the agent put in its way is removed, not followed."""
    precious = tunnel.unit.root / "passwd"
    precious.write_text("root\n")
    (tunnel.state / "wireguard.pub").symlink_to(precious)
    assert tunnel.call("key").returncode == 0
    assert precious.read_text() == "root\n"
    assert not (tunnel.state / "wireguard.pub").is_symlink()


@pytest.mark.parametrize(
    ("routes", "taken"),
    [
        ("default via 192.168.1.1 dev br-lan\n10.77.0.0/16 dev br-lan scope link src 10.77.0.9\n", True),
        ("default via 192.168.1.1 dev br-lan\n", False),
        ("default dev pppoe-wan scope link\n10.77.0.1 dev footfall scope link\n", False),
        ("", False),
    ],
    ids=["the shop's network", "elsewhere", "its own route, behind PPPoE", "no network yet"],
)
def test_the_tunnel_takes_no_address_of_a_network_that_is_there(tunnel: Tunnel, routes: str, taken: bool) -> None:
    """A shop whose own network is the tunnels' would lose a machine to it: said, and nothing is changed."""
    tunnel.call("key")
    tunnel.give()
    tunnel.unit.write("routes", routes)
    assert tunnel.call("apply").returncode == taken
    assert any("another network for tunnels" in line for line in tunnel.unit.logged()) == taken
    assert ("footfall_collector" in tunnel.sections()) != taken


def test_an_interface_of_somebodys_is_left_alone(tunnel: Tunnel) -> None:
    """It happens to have our name, and is no tunnel of ours."""
    tunnel.network.write_text(uci.render([*LAN, uci.Section("interface", "footfall", {"proto": "dhcp"})]))
    before = tunnel.network.read_bytes()
    tunnel.give()
    assert (tunnel.call("key").returncode, tunnel.call("apply").returncode) == (1, 1)
    assert tunnel.network.read_bytes() == before


def test_a_unit_that_waits_has_its_tunnel_when_the_word_comes(tunnel: Tunnel) -> None:
    """The service leaves a waiting root behind, since the agent has no rights of root's."""
    tunnel.call("key")
    environment = {
        "PATH": f"{STUBS / 'bin'}:{os.environ['PATH']}",
        "STUB_ROOT": str(tunnel.unit.root),
        "STUB_LOG": str(tunnel.unit.log),
        "STUB_PYTHON": shutil.which("python3") or "python3",
    }
    waiting = subprocess.Popen([*SHELL_WORDS, str(tunnel.script), "wait"], env=environment)
    try:
        written = Path(tunnel.state / "tunnel.new")
        written.write_text(GIVEN)
        written.rename(tunnel.state / "tunnel.conf")
        assert waiting.wait(30) == 0
    finally:
        waiting.kill()
    assert "footfall_collector" in tunnel.sections()
