"""WireGuard peers of lean units, judged by the real `wg` tools as far as they go without WireGuard in the kernel."""

import ipaddress
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from shop import SmallShop

from collector.errors import QueryError, SettingsError
from collector.records.registry import Sensor
from collector.tunnel import wireguard
from collector.tunnel.wireguard import Peer, Peers
from footfall_sensor import uci

NETWORK = ipaddress.IPv4Interface("10.77.0.1/29")  # five units
needs_wg = pytest.mark.skipif(not shutil.which("wg"), reason="wireguard-tools are not installed; `make test` does it")


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    made = SmallShop(tmp_path / "c")
    for number in range(7):
        made.sensor(f"unit-{number}")
    return made


@pytest.fixture
def peers(shop: SmallShop) -> Peers:
    return Peers(shop.collector.registry.engine, NETWORK)


def sensors(shop: SmallShop) -> list[Sensor]:
    return [sensor for sensor in shop.collector.registry.sensors() if sensor.name.startswith("unit-")]


def wg(*words: str, given: str = "") -> str:
    done = subprocess.run(["wg", *words], input=given, capture_output=True, text=True, timeout=20, check=True)
    return done.stdout.strip()


@needs_wg
def test_keys_are_those_that_wg_makes() -> None:
    """Our public key for our private key is the one that `wg pubkey` finds; and wg's own key is taken."""
    private, public = wireguard.generate()
    assert wg("pubkey", given=private) == public
    wireguard.check_key(wg("pubkey", given=wg("genkey")))


@needs_wg
def test_wg_quick_reads_what_we_write(shop: SmallShop, peers: Peers, tmp_path: Path) -> None:
    """`wg-quick strip` takes the file apart as `wg syncconf` will: each peer with its own address and no other."""
    server = wireguard.open_server(tmp_path / "wireguard", NETWORK, 51820)
    made = [peers.peer_for(sensor, wireguard.generate()[1]) for sensor in sensors(shop)[:3]]
    path = tmp_path / f"{wireguard.INTERFACE}.conf"
    path.write_text(wireguard.render_server(server, made))
    path.chmod(0o600)
    done = subprocess.run(["wg-quick", "strip", path], capture_output=True, text=True, timeout=20, check=True)
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith("#")]
    assert lines[:3] == ["[Interface]", "ListenPort = 51820", f"PrivateKey = {server.private_key}"]
    wanted = [(f"PublicKey = {peer.public_key}", f"AllowedIPs = {peer.address}/32") for peer in made]
    assert [tuple(lines[at + 1 : at + 3]) for at, line in enumerate(lines) if line == "[Peer]"] == wanted
    assert wg("pubkey", given=server.private_key) == server.public_key


def test_a_unit_is_told_its_address_and_the_brokers_alone(shop: SmallShop, peers: Peers, tmp_path: Path) -> None:
    """UCI sections for /etc/config/network; only the broker is behind the tunnel, and no private key is in it."""
    server = wireguard.open_server(tmp_path / "wireguard", NETWORK, 51820)
    peer = peers.peer_for(sensors(shop)[0], wireguard.generate()[1])
    text = wireguard.render_unit(peer, server, "mqtt.example.org")
    interface, collector = uci.parse(text)
    assert (interface.type, interface.name) == ("interface", "footfall")
    assert interface.options == {"proto": "wireguard", "addresses": (f"{peer.address}/32",)}
    assert (collector.type, collector.options["allowed_ips"]) == ("wireguard_footfall", ("10.77.0.1/32",))
    assert collector.options["public_key"] == server.public_key
    assert collector.options["endpoint_host"] == "mqtt.example.org"
    assert server.private_key not in text
    assert server.private_key not in repr(server)


def test_an_address_stays_its_units(shop: SmallShop, peers: Peers) -> None:
    """Asked again, and with another key after a reflash, a unit keeps its address; no two have one."""
    key = wireguard.generate()[1]
    first, second = sensors(shop)[:2]
    one, other = peers.peer_for(first, key), peers.peer_for(second, wireguard.generate()[1])
    assert peers.peer_for(first, key) == one
    new_key = wireguard.generate()[1]
    assert peers.peer_for(first, new_key) == Peer(first.user, new_key, one.address)
    assert one.address != other.address
    assert {one.address, other.address} == {"10.77.0.2", "10.77.0.3"}
    assert len(peers.all()) == 2


def test_a_key_is_one_units(shop: SmallShop, peers: Peers) -> None:
    """A second unit with the key of the first is a copy, and is not let in as itself."""
    key = wireguard.generate()[1]
    first, second = sensors(shop)[:2]
    peers.peer_for(first, key)
    with pytest.raises(QueryError, match="default/unit-0 has this WireGuard key"):
        peers.peer_for(second, key)


def test_a_full_network_says_so_and_a_removed_unit_makes_room(shop: SmallShop, peers: Peers) -> None:
    units = sensors(shop)
    for sensor in units[:5]:
        peers.peer_for(sensor, wireguard.generate()[1])
    with pytest.raises(QueryError, match="wider network"):
        peers.peer_for(units[5], wireguard.generate()[1])
    peers.remove(units[2].user)
    assert peers.peer_for(units[5], wireguard.generate()[1]).address == "10.77.0.4"


@pytest.mark.parametrize("key", ["", "x", "A" * 44, "QUJD", "\n"])
def test_what_is_no_key_is_refused(key: str, shop: SmallShop, peers: Peers) -> None:
    with pytest.raises(QueryError, match="WireGuard"):
        peers.peer_for(sensors(shop)[0], key)
    assert peers.all() == []


def test_a_password_is_for_who_has_a_tunnel(shop: SmallShop, peers: Peers) -> None:
    sensor = sensors(shop)[0]
    with pytest.raises(QueryError, match="no tunnel"):
        peers.new_password(sensor.user)
    peers.peer_for(sensor, wireguard.generate()[1])
    assert peers.new_password(sensor.user) != peers.new_password(sensor.user)


def test_the_brokers_key_is_made_once_and_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "wireguard"
    first = wireguard.open_server(folder, NETWORK, 1)
    assert wireguard.open_server(folder, NETWORK, 1) == first
    assert stat.S_IMODE((folder / "server.key").stat().st_mode) == 0o600
    (folder / "server.key").write_text("x")
    with pytest.raises(SettingsError, match="Restore a backup"):
        wireguard.open_server(folder, NETWORK, 1)
