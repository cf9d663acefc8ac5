"""Enrolment of a lean unit: a claim, a tunnel, a password; then what it hears is stored and acknowledged.

The kernel here has no WireGuard: the broker's address in the tunnel is one of this machine's loopback addresses, and
the unit connects to it without a tunnel around. What brings the tunnel up is in tests/openwrt/test_tunnel.py.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import MOSQUITTO
from lines import small_captures, wait_for
from newcomer import Newcomer, Site, footfall

from collector.tunnel import wireguard
from footfall_sensor import uci

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]


@pytest.fixture
def broker_host() -> str:
    """An address of its own, since the port is always the same."""
    return f"127.{os.getpid() >> 8 & 0xFF}.{os.getpid() & 0xFF}.1"


@pytest.fixture
def site(tmp_path: Path, broker_host: str) -> Iterator[Site]:
    network = ("--wireguard", f"{broker_host}/24")
    made = Site(tmp_path / "collector", None, "--host", "mqtt.example.org", *network, replay=True)
    yield made
    made.stop()


def test_a_lean_unit_is_let_in_with_a_tunnel_and_a_password(site: Site, tmp_path: Path, broker_host: str) -> None:
    """Claim, approval, tunnel text, password, connection, acknowledgement; the password is known to the unit alone."""
    claim = site.claim("--sensor", "shop-door")
    unit = Newcomer(tmp_path / "unit", site.url, claim["code"], profile="lean", rate_per_s="0")
    unit.state_dir.mkdir()
    public = wireguard.generate()[1]
    (unit.state_dir / "wireguard.pub").write_text(f"{public}\n")  # as footfall-tunnel leaves it
    assert unit.ask("enrol").returncode == 1
    assert not (unit.state_dir / "broker.password").exists()
    footfall("fleet", "approve", "shop-door", "--dir", site.folder)
    done = unit.ask("enrol")
    assert (done.returncode, done.stderr) == (0, "")

    interface, peer = uci.parse((unit.state_dir / "tunnel.conf").read_text())
    assert interface.options["addresses"] == (f"{broker_host[:-1]}2/32",)
    assert (peer.options["endpoint_host"], peer.options["allowed_ips"]) == ("mqtt.example.org", (f"{broker_host}/32",))
    tunnels = site.folder / "wireguard" / "wg-footfall.conf"
    wait_for(lambda: f"PublicKey = {public}" in tunnels.read_text(), "the broker's end of the tunnel")

    path = unit.state_dir / "broker.password"
    assert path.stat().st_mode & 0o777 == 0o600
    password = path.read_bytes()
    holders = [one for one in tmp_path.rglob("*") if one.is_file() and password in one.read_bytes()]
    assert holders == [path]

    unit.start()
    try:
        wait_for(lambda: unit.connected == f"{broker_host}:1883", "a connection by password")
    finally:
        unit.stop()
    words = [word for path in small_captures(tmp_path / "captures") for word in ("--capture", str(path))]
    played = unit.ask("run", "--json", *words)
    said = json.loads(played.stdout)
    assert (said["error"], said["waiting"]) == (None, 0), played.stderr
    assert said["batches_acked"] == said["batches_emitted"] > 100
