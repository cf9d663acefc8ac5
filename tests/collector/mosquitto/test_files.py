"""What `footfall collector init` writes for mosquitto: it starts from anywhere, and reads what it must and no more."""

import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import MOSQUITTO, free_port
from click.testing import CliRunner
from house import House, Talker, as_user
from posts import until

from collector import clock
from collector.brokering import addresses, files, lean
from collector.errors import SettingsError
from collector.keys.authority import COLLECTOR_USER
from collector.mosquitto import access, conf
from collector.mosquitto import upkeep as upkeep_module
from collector.mosquitto.conf import Limits
from collector.mosquitto.files import Files, broker_user
from collector.options import resolving
from collector.records.roster import Roster
from collector.records.standing import Standing
from collector.tunnel import wireguard
from footfall_sensor.config import OPTIONS
from footfall_sensor.courier import DOWNWARD
from tools.cli import cli

needs_mosquitto = pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it")
needs_users = pytest.mark.skipif(not as_user(), reason="only root can become another user")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can get to, as /var/lib is; pytest's own are root's alone."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@needs_mosquitto
@needs_users
@pytest.mark.broker
def test_root_starts_it_and_it_becomes_its_own_user(open_folder: Path) -> None:
    """mosquitto, started by root, reads everything as the user `mosquitto`, also at a reload, and warns of nothing."""
    house = House(open_folder / "collector")
    try:
        house.start_broker()
        status = Path(f"/proc/{house.broker_pid}/status").read_text()
        assert "Uid:\t0" not in status
        assert "Careful" not in house.said
        Talker(house, house.collector_client()).ready().close()
        os.kill(house.broker_pid, 1)  # SIGHUP
        Talker(house, house.collector_client()).ready().close()
        assert "Error" not in house.log
    finally:
        house.close()


@needs_mosquitto
@needs_users
@pytest.mark.broker
def test_mosquittos_user_sees_nothing_else_of_the_collector(open_folder: Path) -> None:
    """Keys, registry, settings and tokens stay the collector's: a broker that is taken over has no way to them."""
    folder = open_folder / "collector"
    House(folder)
    look = f"find {folder} -type f -readable; find {folder} -mindepth 1 -maxdepth 1 -type d -readable"
    command = ["setpriv", "--reuid=mosquitto", "--regid=mosquitto", "--clear-groups", "sh", "-c", look]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == ""  # it may not even list the folder
    names = [path for path in folder.rglob("*") if path.is_file()]
    tried = subprocess.run(
        [*command[:4], "sh", "-c", 'for f; do head -c1 "$f" >/dev/null 2>&1 && echo "$f"; done; true', "sh", *names],
        capture_output=True,
        text=True,
        check=True,
    )
    seen = {str(Path(line).relative_to(folder)) for line in tried.stdout.split()}
    assert seen == {
        "collector.key.pub",
        "mosquitto.conf",
        *(f"broker/{name}" for name in ("acl", "ca.crt", "passwords", "revoked.crl", "server.crt", "server.key")),
    }


@needs_mosquitto
@needs_users
@pytest.mark.broker
def test_a_normal_user_makes_and_starts_it(open_folder: Path) -> None:
    """Without root anywhere: `init` by a user, mosquitto by the same one."""
    os.chown(open_folder, 65534, 65534)
    code = (
        "import sys; sys.path[:0] = sys.argv[1].split(':'); from house import House; from pathlib import Path\n"
        "house = House(Path(sys.argv[2]))\n"
        "house.start_broker(); print(house.said); house.close()"
    )
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    done = subprocess.run(
        [*as_nobody, sys.executable, "-c", code, ":".join(filter(None, sys.path)), str(open_folder / "collector")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(open_folder)},
    )
    if "Permission" in done.stderr and "site-packages" in done.stderr:
        pytest.skip("this Python is root's alone")
    assert done.returncode == 0, done.stderr
    assert "Careful" not in done.stdout


def test_a_folder_that_mosquitto_cannot_reach_is_said(tmp_path: Path) -> None:
    """Below a folder of root's alone mosquitto would have to stay root: init says what would be better."""
    house = House(tmp_path / "collector")
    if broker_user(house.folder) == "root":
        assert "keep root's rights" in house.said
        assert "/var/lib/footfall" in house.said
    else:
        assert "Careful" not in house.said


def test_private_files_are_private(tmp_path: Path) -> None:
    folder = House(tmp_path / "collector").folder
    for name in ("authority/ca.key", "authority/collector.key", "collector.key", "collector.toml", "registry.sqlite"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    for path in (folder / "broker").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0, path


def test_every_path_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`init --dir collector` in some folder, mosquitto from another."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["collector", "init", "--dir", "collector"])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "collector" / "mosquitto.conf").read_text()
    for option in ("pid_file", "acl_file", "cafile", "certfile", "keyfile", "crlfile"):
        assert re.search(rf"(?m)^{option} {re.escape(str(tmp_path))}/collector/broker/", text), option


def test_the_limits_are_all_said(tmp_path: Path) -> None:
    """None of mosquitto's open-ended defaults is left; what belongs to a listener stands below one."""
    text = conf.render(Files(tmp_path), "mosquitto", 8883, "10.77.0.1:1883", Limits(max_queued_messages=7))
    head, *listeners = re.split(r"(?m)^listener ", text)
    for option in ("max_queued_bytes", "max_inflight_messages", "max_packet_size", "max_keepalive", "memory_limit"):
        assert re.search(rf"(?m)^{option} [1-9]", head), option
    assert "\nmax_queued_messages 7\n" in head
    assert "\npersistence false\n" in head
    assert "\nallow_anonymous false\n" in head
    assert [one.splitlines()[0] for one in listeners] == ["8883", "1883 10.77.0.1"]
    for one in listeners:
        assert "\nmax_connections 12000\n" in one
        assert "\nuse_username_as_clientid true\n" in one
    assert "max_connections" not in head


def test_a_sensor_keeps_to_the_brokers_keepalive() -> None:
    """mosquitto refuses a 3.1.1 client that asks for more."""
    assert OPTIONS["keepalive_s"].metadata["high"] == Limits().max_keepalive


def test_the_access_list_has_every_topic_a_sensor_uses() -> None:
    text = access.render()
    for leaf in DOWNWARD:
        assert f"pattern read footfall/1/%u/{leaf}\n" in text
        assert f"topic write footfall/1/+/+/{leaf}\n" in text.partition(f"user {COLLECTOR_USER}\n")[2]


def test_a_worker_is_sent_batches_and_says_acknowledgements_and_has_no_other_right() -> None:
    text = access.render(workers=2)
    for name in ("footfall-collector-1", "footfall-collector-2"):
        rights = text.partition(f"user {name}\n")[2].partition("\n\n")[0].split("\n")
        assert [line for line in rights if line] == [
            "topic read footfall/1/+/+/batch",
            "topic write footfall/1/+/+/ack",
        ]
    assert "footfall-collector-1" not in access.render()


@pytest.mark.parametrize("user", ["default/+", "#", "a\ntopic readwrite #", "a\r", "a\0"])
def test_a_user_that_is_more_than_a_name_is_not_written(user: str) -> None:
    with pytest.raises(SettingsError, match="access list"):
        access.render({user})


def test_plain_is_for_this_machine_only(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["collector", "init", "--dir", str(tmp_path / "c"), "--plain", "--port", "1999"])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "c" / "mosquitto.conf").read_text()
    assert re.findall(r"(?m)^listener (.*)$", text) == ["1999 127.0.0.1"]
    assert not resolving.load(tmp_path / "c").broker_tls
    assert not (tmp_path / "c" / "authority").exists()


def test_a_broker_elsewhere_gets_no_files_of_ours(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        cli, ["collector", "init", "--dir", str(tmp_path / "c"), "--broker", "mq.example.org:1884"]
    )
    assert done.exit_code == 0, done.output
    chosen = resolving.load(tmp_path / "c")
    assert (chosen.broker_host, chosen.broker_port, chosen.broker_tls) == ("mq.example.org", 1884, False)
    assert not (tmp_path / "c" / "mosquitto.conf").exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--plain", "--broker", "a:1"],
        ["--plain", "--host", "a"],
        ["--broker", "a:1", "--wireguard", "10.77.0.1/16"],
        ["--broker", "a"],
        ["--port", "0"],
    ],
)
def test_options_that_contradict_each_other_are_named(options: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["collector", "init", "--dir", str(tmp_path / "c"), *options])
    assert done.exit_code == 2
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("network", ["8.8.8.8/16", "10.77.0.0/16", "10.77.0.1/32", "x", "10.77.0.1/99"])
def test_a_tunnel_network_that_will_not_do_is_named(network: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["collector", "init", "--dir", str(tmp_path / "c"), "--wireguard", network])
    assert done.exit_code == 1
    assert "10.77.0.1/16" in done.output
    assert not (tmp_path / "c").exists()


@needs_mosquitto
@pytest.mark.broker
def test_lean_units_come_in_by_password_and_each_is_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second listener: a password ties a unit to its name, and a revoked one is cut off by the reload alone.

    A loopback address stands in for the tunnel's, since the kernel here has no WireGuard.
    """
    port = free_port()
    monkeypatch.setattr(lean, "PORT", port)
    monkeypatch.setattr(upkeep_module, "evict", lambda *_: None)  # a lean unit has no certificate: no need of this
    house = House(tmp_path / "collector", "--wireguard", "127.0.0.1/8")
    opened = house.open()
    peers = wireguard.Peers(opened.registry.engine, lean.tunnel(opened.settings))
    login = {}
    for name in ("a", "b"):
        house.enrol(name)
        peers.peer_for(Roster(opened.registry.engine).find(name), wireguard.generate()[1])
        login[name] = {"user": f"default/{name}", "password": peers.new_password(f"default/{name}")}
    upkeep = files.upkeep(house.folder, opened.settings, opened.registry)
    assert upkeep is not None
    upkeep.write_lists(clock.now_ms())
    try:
        house.start_broker()
        a = Talker(house, None, "default/b", port, **login["a"]).ready()
        b = Talker(house, None, "x", port, **login["b"]).ready()
        assert a.publish("footfall/1/default/a/batch", b"x") == "Success"
        assert a.publish("footfall/1/default/b/batch", b"x") == "Not authorized"
        for wrong in ({"user": "default/a", "password": "guess"}, {"user": "footfall-collector", "password": ""}):
            assert not Talker(house, None, "x", port, **wrong).answer()
        assert not Talker(house, None, "x", port).answer()
        Roster(opened.registry.engine).move("a", Standing.REVOKED, "stolen", "cli:test", 1)
        upkeep.keep(addresses.of_ingest(house.folder, opened.settings), clock.now_ms())
        until(lambda: not a.connected, what="the revoked unit is cut off")
        assert b.publish("footfall/1/default/b/batch", b"x") == "Success"
        assert not Talker(house, None, "default/a", port, **login["a"]).answer()
        tunnels = (house.folder / "wireguard" / "wg-footfall.conf").read_text()
        assert "# default/a" not in tunnels
        assert "# default/b" in tunnels
        b.close()
    finally:
        house.close()


def test_a_mistyped_time_zone_leaves_no_folder_behind(tmp_path: Path) -> None:
    """init cannot be called again over a folder, so it must not be made with a zone that no page could tell."""
    home = tmp_path / "c"
    done = CliRunner().invoke(cli, ["collector", "init", "--dir", str(home), "--plain", "--time-zone", "Europe/Osl"])
    assert done.exit_code == 1
    assert "'Europe/Osl' is no time zone" in done.output
    assert not home.exists()
