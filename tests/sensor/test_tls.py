"""The sensor's end of TLS, against a real mosquitto: what it shows, what it takes, and what it says when it fails."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brokers import MOSQUITTO
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from house import House
from posts import until

from collector.clock import now_ms
from collector.keys.authority import DAY_MS, Authority
from collector.mosquitto.files import Files
from footfall_sensor import BUILT_S, config, keys, selftest, signing, tls, uplink
from footfall_sensor import broker as broker_module
from footfall_sensor.broker import broker_of, password, topic
from footfall_sensor.errors import ConfigError


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if not MOSQUITTO:
        pytest.skip("mosquitto is not installed; `make test` installs it")
    made = House(tmp_path_factory.mktemp("tls") / "collector")
    made.start_broker()
    yield made
    made.close()


@pytest.fixture
def door(house: House, request: pytest.FixtureRequest) -> config.Config:
    return house.enrol(f"door-{abs(hash(request.node.name)) % 10**9}")


def outcome(chosen: config.Config) -> str:
    """What a fresh uplink says first: connected, or why not."""
    link = uplink.Uplink(broker_of(chosen), topic(chosen.tenant, chosen.name, "").rstrip("/"), ("ack",), b"")
    link.start()
    try:
        event = link.events.get(timeout=20)
    finally:
        link.stop()
    return "connected" if isinstance(event, uplink.Connected) else str(getattr(event, "reason", event))


def test_its_own_key_lets_it_in(door: config.Config) -> None:
    """The Ed25519 key of its envelopes is the key of its certificate; TLS 1.3 and mosquitto take it."""
    assert outcome(door) == "connected"


def test_no_copy_of_the_key_is_left_anywhere(door: config.Config) -> None:
    """The PEM exists in the kernel's memory while it is read; the folders hold what they held."""
    folders = (Path(door.state_dir), Path(door.run_dir))
    before = {path for folder in folders for path in folder.rglob("*")}
    assert outcome(door) == "connected"
    assert {path for folder in folders for path in folder.rglob("*")} == before
    for path in before:
        assert b"BEGIN PRIVATE KEY" not in path.read_bytes()


def test_the_key_is_as_openssl_writes_it() -> None:
    """PKCS#8 by a fixed prefix: cryptography reads it and finds the same public key."""
    own = signing.Cryptography().generate()
    key = load_pem_private_key(tls.private_key_pem(own.seed), None)
    assert key.public_key().public_bytes_raw() == own.public_raw  # type: ignore[union-attr]


def test_a_broker_of_another_authority_is_not_taken(door: config.Config, tmp_path: Path) -> None:
    """Its own collector's certificate is pinned: another broker, however good its certificate, gets nothing."""
    door.authority_path.write_text(Authority.create(tmp_path / "other").pem)
    assert "not of the authority" in outcome(door)


def test_a_broker_under_a_name_that_is_not_its_own_is_not_taken(house: House, door: config.Config) -> None:
    other = config.from_options({**_options(door), "broker_host": "127.0.0.2"})
    said = outcome(other)
    assert "not for 127.0.0.2" in said
    assert "broker_host" in said


def _options(chosen: config.Config) -> dict[str, str]:
    return {name: str(getattr(chosen, name)) for name in config.OPTIONS}


@pytest.mark.parametrize("name", ["ca.crt", "sensor.crt"])
def test_a_missing_file_is_named(name: str, door: config.Config) -> None:
    Path(door.state_dir, name).unlink()
    said = outcome(door)
    assert str(Path(door.state_dir, name)) in said
    assert "Enrol the unit" in said


def test_a_certificate_of_another_key_is_named(door: config.Config) -> None:
    """A unit whose key was lost and made anew has a certificate that is not for it."""
    keys.write_secret(door.key_path, signing.Cryptography().generate())
    assert "do not fit together" in outcome(door)


def test_a_damaged_certificate_is_named(door: config.Config) -> None:
    door.certificate_path.write_text("half a cert")
    assert "do not fit together" in outcome(door)


def test_a_certificate_that_ended_is_said_with_its_date(house: House, door: config.Config) -> None:
    """The broker only hangs up; the unit reads in its own certificate why."""
    own = keys.read_secret(door.key_path)
    ended_ms = now_ms() - 60_000
    old = house.authority.issue_sensor(own.public_raw, door.user, ended_ms - 90 * DAY_MS)
    door.certificate_path.write_text(old.pem)
    assert tls.not_after_s(door.certificate_path) == ended_ms // 1000
    said = outcome(door)
    assert "ended" in said
    assert "Enrol" in said


def test_a_unit_that_was_revoked_is_told_so(house: House, door: config.Config) -> None:
    """By the alert, where the broker's reaches us, or by its hanging up."""
    certificates = house.open().certificates
    assert certificates is not None
    serial = certificates.of(door.user)[0].serial
    files = Files(house.folder)
    kept = files.crl.read_text()
    files.write(files.crl, house.authority.crl([(serial, now_ms())], now_ms()))
    _reload(house)
    try:
        said = outcome(door)
        assert "certificate" in said
        assert "revoked" in said
    finally:
        files.write(files.crl, kept)
        _reload(house)


def _reload(house: House) -> None:
    before = house.log.count("Reloading config")
    os.kill(house.broker_pid, signal.SIGHUP)
    until(lambda: house.log.count("Reloading config") > before, what="mosquitto reads its files again")


class Clock:
    """The unit's wall clock, seen from the broker's certificate: OpenSSL asks the kernel, so it is what moves."""

    def __init__(self, house: House) -> None:
        self._house = house

    def behind(self, days: float) -> None:
        """As if the unit's clock were so far behind: the broker's certificate begins that much later."""
        self._show(now_ms() + int(days * DAY_MS) + DAY_MS)

    def ahead(self, days: float) -> None:
        self._show(now_ms() - int(days * DAY_MS) - 365 * DAY_MS)

    def _show(self, issued_ms: int) -> None:
        files = Files(self._house.folder)
        pair = self._house.authority.issue_server(("127.0.0.1",), issued_ms)
        files.write(files.server_key, pair.key_pem)
        files.write(files.server_certificate, pair.certificate.pem)
        _reload(self._house)


@pytest.fixture
def clock(house: House) -> Iterator[Clock]:
    files = Files(house.folder)
    kept = files.server_key.read_text(), files.server_certificate.read_text()
    yield Clock(house)
    files.write(files.server_key, kept[0])
    files.write(files.server_certificate, kept[1])
    _reload(house)


def test_a_clock_that_is_behind_does_not_keep_a_unit_out(clock: Clock, door: config.Config) -> None:
    """Before NTP has spoken a unit shows the time of its newest file, and a broker's new certificate lies in its
    future. Where the unit knows that it does not know, it does not hold that against the broker."""
    clock.behind(days=3)
    unsure = config.from_options({**_options(door), "clock": "ntp", "clock_file": "/nonexistent"})
    assert outcome(unsure) == "connected"


def test_a_clock_that_is_behind_and_believed_is_named(clock: Clock, door: config.Config) -> None:
    """A wrong clock that nobody doubts: the unit says what it holds for the time, and what to look at."""
    clock.behind(days=3)
    said = outcome(door)
    assert "not valid yet by this unit's clock" in said
    assert time.strftime("%Y-%m-%d", time.gmtime()) in said
    assert "NTP" in said


def test_an_ended_certificate_of_the_brokers_is_named(clock: Clock, door: config.Config) -> None:
    clock.ahead(days=1)
    assert "has ended by this unit's clock" in outcome(door)


def test_a_certificate_from_before_this_version_is_never_taken(clock: Clock, door: config.Config) -> None:
    """However little a unit knows of the time, it is later than its program: a broker's old key stays worthless."""
    clock.ahead(days=(time.time() - BUILT_S) / 86_400 + 2)
    unsure = config.from_options({**_options(door), "clock": "ntp", "clock_file": "/nonexistent"})
    assert "before this version was made" in outcome(unsure)


def test_python_without_ssl_is_told_what_to_install(door: config.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "ssl", None)
    assert "python3-openssl" in outcome(door)


def test_a_lean_unit_loads_no_tls() -> None:
    """With tls off, the module is not even imported."""
    code = (
        "import sys; from pathlib import Path; from footfall_sensor import config, courier, live; "
        "from footfall_sensor.broker import broker_of; broker_of(config.from_options({'name': 'a'})); "
        "print('footfall_sensor.tls' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False\n"


def test_a_password_is_read_from_its_file_and_shown_nowhere(tmp_path: Path) -> None:
    """A lean unit's; a unit without one connects by its name, or its certificate, alone."""
    path = tmp_path / "broker.password"
    assert password(path) is None
    assert password(None) is None
    path.write_text("correct-horse\n")
    assert password(path) == "correct-horse"
    chosen = config.Config(name="a", state_dir=str(tmp_path))
    assert "correct-horse" not in repr(broker_module.broker_of(chosen))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="Enrol the unit again") as raised:
        password(path)
    assert "xff" not in str(raised.value)
    shutil.rmtree(tmp_path)


def test_words_that_are_no_certificate_have_no_end(tmp_path: Path) -> None:
    path: Any = tmp_path / "x.crt"
    assert tls.not_after_s(path) is None
    for text in ("", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "é"):
        path.write_text(text)
        assert tls.not_after_s(path) is None


def test_the_selftest_looks_at_the_certificate(door: config.Config) -> None:
    """Until when it is good, that it is missing, that it has ended; a unit without TLS is not asked."""
    assert selftest._certificate(config.Config(name="a"), time.time()) == []
    ends_s = tls.not_after_s(door.certificate_path)
    assert ends_s is not None
    (good,) = selftest._certificate(door, time.time())
    assert (good.ok, good.says) == (True, f"good until {time.strftime('%Y-%m-%d', time.gmtime(ends_s))}")
    (ended,) = selftest._certificate(door, ends_s + 1)
    assert (ended.ok, "ended on" in ended.says) == (False, True)
    door.certificate_path.unlink()
    (missing,) = selftest._certificate(door, time.time())
    assert (missing.ok, missing.do) == (False, "Enrol the unit")
