"""`footfall collector certify` and `tunnel`: a unit's way in, made by hand."""

import os
import stat
from pathlib import Path

import pytest
from brokers import MOSQUITTO
from click.testing import CliRunner
from house import House

from collector.records.audit import Audit
from collector.records.roster import Roster
from collector.records.standing import Standing
from collector.tunnel.wireguard import generate
from footfall_sensor import config, keys, uci
from footfall_sensor.broker import broker_of, topic
from footfall_sensor.uplink import Connected, Uplink
from tools.cli import cli


def run(house: House, *words: str) -> "tuple[int, str]":
    done = CliRunner().invoke(cli, ["collector", *words, "--dir", str(house.folder)])
    return done.exit_code, done.output


@pytest.mark.broker
@pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it")
def test_a_certified_unit_is_let_in(tmp_path: Path) -> None:
    """What lies in the folder, beside the unit's own key, is all that TLS needs; the audit log says so."""
    house = House(tmp_path / "collector")
    chosen = house.enrol("door")
    for path in (chosen.certificate_path, chosen.authority_path, chosen.collector_key_path):
        path.unlink()
    code, said = run(house, "certify", "door", "--out", chosen.state_dir)
    assert (code, "collector.pub" in said) == (0, True)
    last = Audit(house.open().registry.engine).entries()[-1]
    assert (last.verb, last.object) == ("certified", "sensor default/door")
    keys.read_public(chosen.collector_key_path)
    house.start_broker()
    link = Uplink(broker_of(chosen), topic(chosen.tenant, chosen.name, "").rstrip("/"), ("ack",), b"")
    link.start()
    try:
        assert isinstance(link.events.get(timeout=20), Connected)
    finally:
        link.stop()
        house.close()


def test_a_lean_units_files_are_whole_and_private(tmp_path: Path) -> None:
    house = House(tmp_path / "collector", "--wireguard", "10.77.0.1/16", "--host", "mqtt.example.org")
    house.enrol("door")
    out = tmp_path / "out"
    code, said = run(house, "tunnel", "door", "--key", generate()[1], "--out", str(out))
    assert code == 0, said
    assert {path.name for path in out.iterdir()} == {"tunnel.conf", "footfall.uci", "broker.password", "collector.pub"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in out.iterdir())
    password = (out / "broker.password").read_text().strip()
    assert len(password) >= 32
    assert password not in said
    assert all(password not in entry.says for entry in Audit(house.open().registry.engine).entries())
    options = uci.parse((out / "footfall.uci").read_text())[0].options
    assert config.from_options({**options, "name": "door"}).broker_host == "10.77.0.1"
    assert "endpoint_host 'mqtt.example.org'" in (out / "tunnel.conf").read_text()


@pytest.mark.parametrize("words", [("certify",), ("tunnel", "--key", generate()[1])])
def test_who_is_not_approved_gets_nothing(words: tuple[str, ...], tmp_path: Path) -> None:
    house = House(tmp_path / "collector", "--wireguard", "10.77.0.1/16")
    house.enrol("door")
    Roster(house.open().registry.engine).move("door", Standing.REVOKED, "stolen", "cli:test", 1)
    out = tmp_path / "out"
    for name, reason in (("door", "revoked"), ("window", "no sensor")):
        code, said = run(house, words[0], name, *words[1:], "--out", str(out))
        assert (code, reason in said) == (1, True)
    assert not out.exists()


def test_a_collector_without_such_a_broker_says_so(tmp_path: Path) -> None:
    house = House(tmp_path / "collector", "--plain")
    with pytest.raises(FileNotFoundError):
        os.stat(house.folder / "authority")
    engine = house.open().registry
    engine.put_sensor("default", "door", "shop", bytes(8), bytes(32))
    for words in (("certify", "door"), ("tunnel", "door", "--key", generate()[1])):
        code, said = run(house, *words, "--out", str(tmp_path / "out"))
        assert (code, "this collector has no" in said) == (1, True)
