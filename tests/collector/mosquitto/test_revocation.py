"""A revoked sensor is out at once: its live connection is cut, and it does not come back. On a real mosquitto.

What mosquitto does at SIGHUP is stated here as a test, because all of it rests on that.
"""

import base64
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import MOSQUITTO
from cryptography import x509
from house import PLACE, House, Talker
from posts import until

from collector import clock
from collector.brokering import addresses, files, identities
from collector.ingest.address import BrokerAddress
from collector.keys.authority import CLIENT_MS, SERVER_MS
from collector.keys.certificate import host_names
from collector.mosquitto import access, passwords, signalling
from collector.mosquitto.files import Files
from collector.mosquitto.upkeep import Upkeep
from collector.records.audit import Audit
from collector.records.roster import Roster
from collector.records.standing import Standing
from footfall_sensor import config, config_file

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]


class Kept:
    """A house with a broker, and the upkeep that `serve` would do, step by step."""

    def __init__(self, folder: Path) -> None:
        self.house = House(folder)
        self.house.start_broker()
        self.opened = self.house.open()
        self.address: BrokerAddress = addresses.of_ingest(folder, self.opened.settings)
        made = files.upkeep(folder, self.opened.settings, self.opened.registry)
        assert made is not None
        self.upkeep: Upkeep = made
        self.now_ms = clock.now_ms()
        self.reloads_seen = 0
        self.keep()
        self.wait_for_reload()

    def keep(self, says: str = "") -> None:
        self.upkeep.keep(self.address, self.now_ms)
        assert says in self.upkeep.says
        assert bool(says) == bool(self.upkeep.says)

    def wait_for_reload(self) -> None:
        """Return when mosquitto has read its files once more than the last time."""
        self.reloads_seen += 1
        until(lambda: self.house.log.count("Reloading config") >= self.reloads_seen, what="mosquitto reads its files")

    def move(self, name: str, to: Standing) -> None:
        Roster(self.opened.registry.engine).move(name, to, "stolen", "cli:test", self.now_ms)

    def connected(self, name: str) -> Talker:
        chosen = self.house.enrol(name)
        return Talker(self.house, self.house.unit_client(chosen), chosen.user).ready()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path / "collector")
    yield made
    made.house.close()


@pytest.mark.parametrize("to", [Standing.REVOKED, Standing.REPLACED])
def test_a_revoked_sensor_is_cut_off_and_stays_out(to: Standing, kept: Kept) -> None:
    """Its connection ends, its certificate opens nothing any more, the others notice nothing, and it is on record."""
    stolen, other = kept.connected("stolen"), kept.connected("other")
    kept.move("stolen", to)
    kept.keep()
    until(lambda: not stolen.connected, what="the connection is cut")
    again = Talker(kept.house, kept.house.unit_client(_config(kept, "stolen")), "default/stolen")
    until(lambda: "certificate verify failed" in kept.house.log, what="the broker has looked at the certificate")
    assert not again.connected
    assert other.connected
    assert other.publish("footfall/1/default/other/batch", b"x") == "Success"
    last = Audit(kept.opened.registry.engine).entries()[-1]
    assert (last.actor, last.verb, last.object) == ("collector", "cut off", "sensor default/stolen")
    again.close()
    stolen.close()
    other.close()


def _config(kept: Kept, name: str) -> config.Config:
    return config_file.load(kept.house.folder.parent / name / "footfall.uci")


def test_a_quarantined_sensor_stays_connected(kept: Kept) -> None:
    """What it sends is kept aside for whoever looks into it; so it must be able to send."""
    odd = kept.connected("odd")
    kept.move("odd", Standing.QUARANTINED)
    kept.keep()
    assert odd.publish("footfall/1/default/odd/batch", b"x") == "Success"
    odd.close()


def test_nothing_new_writes_nothing_and_disturbs_nobody(kept: Kept) -> None:
    """The upkeep runs every few seconds: while nobody is revoked, mosquitto hears nothing of it."""
    before = {path: path.stat().st_mtime_ns for path in kept.house.folder.rglob("broker/*")}
    log = kept.house.log.count("Reloading config")
    for _ in range(3):
        kept.keep()
    assert {path: path.stat().st_mtime_ns for path in kept.house.folder.rglob("broker/*")} == before
    assert kept.house.log.count("Reloading config") == log


def test_a_broker_that_is_away_is_said_and_made_up_for(kept: Kept) -> None:
    """Who is revoked while the broker is down is refused by the files it starts with; nothing is forgotten."""
    stolen = kept.connected("stolen")
    kept.house.stop_broker(kill=True)
    kept.move("stolen", Standing.REVOKED)
    kept.keep(says="cannot be reached")
    stolen.close()
    kept.house.start_broker()
    kept.keep()
    assert Audit(kept.opened.registry.engine).entries()[-1].verb == "cut off"


def test_a_sighup_acts_on_lists_but_cuts_no_certificate(kept: Kept) -> None:
    """Measured on 2.0.11, and why the upkeep does more: the new access list holds for a live connection at once, the
    list of revoked certificates for new ones only."""
    talker = kept.connected("a")
    files = Files(kept.house.folder)
    files.write(files.acl, access.render({"default/a"}))
    serial = kept.opened.certificates.of("default/a")[0].serial  # type: ignore[union-attr]
    files.write(files.crl, kept.house.authority.crl([(serial, kept.now_ms)], kept.now_ms))
    os.kill(kept.house.broker_pid, signal.SIGHUP)
    kept.wait_for_reload()
    assert talker.publish("footfall/1/default/a/batch", b"x") == "Not authorized"
    assert talker.connected
    talker.close()


def test_an_empty_access_list_opens_nothing(kept: Kept) -> None:
    """CVE-2018-12550: a list that was emptied, by a full disk say, lets nobody do anything."""
    talker = kept.connected("a")
    Files(kept.house.folder).acl.write_text("")
    os.kill(kept.house.broker_pid, signal.SIGHUP)
    until(lambda: talker.publish("footfall/1/default/a/batch", b"x") == "Not authorized", what="the empty list is read")
    assert talker.publish("footfall/1/default/b/batch", b"x") == "Not authorized"
    assert "pattern write" in access.render()
    talker.close()


def test_no_session_is_resumed_past_a_revocation(kept: Kept) -> None:
    """TLS 1.3 lets a client come back by a ticket; after the list is read anew its ticket is worth nothing."""
    chosen = kept.house.enrol("a")
    context = kept.house.unit_client(chosen).context()
    session = _session(kept.house, context, None)
    kept.move("a", Standing.REVOKED)
    kept.keep()
    with pytest.raises(OSError, match=r"EOF|alert|reset"):
        _session(kept.house, context, session)


def _session(house: House, context: ssl.SSLContext, session: ssl.SSLSession | None) -> ssl.SSLSession:
    raw = socket.create_connection((PLACE, house.port), 10)
    with context.wrap_socket(raw, server_hostname=PLACE, session=session) as client:
        client.sendall(bytes.fromhex("100e00044d5154540502007800000178"))
        assert client.recv(16)[:1] == b"\x20"
        assert client.session is not None
        return client.session


def test_certificates_are_renewed_in_time(kept: Kept) -> None:
    """Past two thirds of their life the broker's and the collector's own are made anew; mosquitto shows its new one
    without a restart, and the collector's next connection shows its new one."""
    files, own, authority = Files(kept.house.folder), identities.of_ingest(kept.house.folder), kept.house.authority
    old_server = authority.issue_server(("127.0.0.1", "localhost"), kept.now_ms - SERVER_MS * 3 // 4)
    old_client = authority.issue_client(now_ms=kept.now_ms - CLIENT_MS * 3 // 4)
    files.write(files.server_key, old_server.key_pem)
    files.write(files.server_certificate, old_server.certificate.pem)
    own.key.write_text(old_client.key_pem)
    own.certificate.write_text(old_client.certificate.pem)
    kept.keep()
    kept.wait_for_reload()
    assert kept.address.context is not None
    raw = socket.create_connection((PLACE, kept.house.port), 10)
    with kept.address.context.wrap_socket(raw, server_hostname=PLACE) as client:
        shown = client.getpeercert()
    assert shown is not None
    new_server = x509.load_pem_x509_certificate(files.server_certificate.read_bytes())
    assert int(str(shown["serialNumber"]), 16) == new_server.serial_number
    assert f"{new_server.serial_number:x}" != old_server.certificate.serial_hex
    assert own.certificate.read_text() != old_client.certificate.pem
    Talker(kept.house, kept.house.collector_client()).ready().close()


def test_certificates_that_ended_while_nobody_served_are_made_anew_at_the_start(kept: Kept) -> None:
    """A collector that was off for a quarter connects again without a hand; so does one whose own files were lost."""
    files, own, authority = Files(kept.house.folder), identities.of_ingest(kept.house.folder), kept.house.authority
    old = authority.issue_server(("127.0.0.1",), kept.now_ms - SERVER_MS - 86_400_000)
    files.write(files.server_key, old.key_pem)
    files.write(files.server_certificate, old.certificate.pem)
    own.certificate.unlink()
    own.key.unlink()
    kept.upkeep.keep(None, kept.now_ms)
    kept.wait_for_reload()
    Talker(kept.house, kept.house.collector_client()).ready().close()


def test_a_broker_with_another_name_gets_another_certificate(kept: Kept) -> None:
    """Whoever changes broker_names need not know how certificates are made."""
    settings = kept.opened.settings.model_copy(update={"broker_names": "new.example.org"})
    upkeep = files.upkeep(kept.house.folder, settings, kept.opened.registry)
    assert upkeep is not None
    upkeep.keep(kept.address, kept.now_ms)
    server_certificate = Files(kept.house.folder).server_certificate.read_bytes()
    assert host_names(x509.load_pem_x509_certificate(server_certificate))[0] == "new.example.org"


def test_a_broker_of_another_user_is_named(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not signal mosquitto is told which setting helps."""

    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    kept.house.enrol("stolen")
    kept.move("stolen", Standing.REVOKED)
    kept.keep(says="broker_reload")


def test_a_command_takes_the_signals_place(kept: Kept, tmp_path: Path) -> None:
    """As `systemctl reload mosquitto` does; where it fails, its own words are said."""
    signalling.run(f"touch {tmp_path / 'reloaded'}", "broker_reload")
    assert (tmp_path / "reloaded").exists()
    for command, words in (("ls /nonexistent", "failed with 2"), ("no-such-program x", "cannot be run"), ("'", "run")):
        with pytest.raises(signalling.BrokerError, match=words):
            signalling.run(command, "broker_reload")


def test_a_pid_of_an_earlier_life_is_not_signalled(kept: Kept) -> None:
    """After a power cut another program may have the number."""
    files = Files(kept.house.folder)
    assert signalling.running(files) == kept.house.broker_pid
    files.pid.write_text(str(os.getpid()))
    assert signalling.running(files) is None
    files.pid.write_text("x")
    assert not signalling.reload(files, "")


def test_a_hashed_password_is_what_mosquitto_makes_of_it(tmp_path: Path) -> None:
    """`mosquitto_passwd -U` leaves our lines alone, and its own line is ours for the same salt."""
    path = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(path), "default/a", "secret"], check=True, timeout=20)
    _seven, _iterations, salt, _digest = path.read_text().strip().partition(":")[2].split("$")[1:]
    assert path.read_text() == passwords.render([("default/a", passwords.hashed("secret", base64.b64decode(salt)))])
    assert passwords.new() != passwords.new()
