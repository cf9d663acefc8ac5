"""The membership: how what the collector said becomes the unit's configuration, and what wins over it."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from footfall_sensor import config, config_file, joining, membership, selftest, uci
from footfall_sensor.errors import ConfigError, EnrolmentError
from footfall_sensor.keys import PublicKey
from footfall_sensor.membership import Membership
from footfall_sensor.renewal import Renewal
from footfall_sensor.wire.member import Member, State

TERMS = Membership("shop-door", "acme", "Shop 7", "mqtt.example.org", 8883, "http://192.0.2.1:8080", "on", 1, 2)
KEY = PublicKey(bytes(8), bytes(32))
CODE = "7K3Q-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV"


def settings(folder: Path, **options: str) -> Path:
    path = folder / "footfall"
    options = {"state_dir": str(folder / "etc"), **options}
    path.write_text(uci.render([uci.Section("sensor", "main", dict(options))]))
    return path


def said(**fields: object) -> Member:
    given: dict[str, object] = {"tenant": "acme", "sensor": "shop-door", "site": "Shop 7", "broker_port": 8883}
    return Member(bytes(16), 1, 2, State.APPROVED, "", 60, KEY, **{**given, **fields})  # type: ignore[arg-type]


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    """For the agent's eyes only, whole, and without leftovers."""
    membership.write(tmp_path, TERMS, {"ca.crt": b"authority"})
    assert membership.read(tmp_path) == TERMS
    assert {path.name for path in tmp_path.iterdir()} == {"ca.crt", "membership"}
    assert stat.S_IMODE((tmp_path / "membership").stat().st_mode) == 0o600


def test_an_unchanged_membership_does_not_touch_the_flash(tmp_path: Path) -> None:
    membership.write(tmp_path, TERMS, {"ca.crt": b"authority"})
    before = [(path.name, path.stat().st_ino) for path in sorted(tmp_path.iterdir())]
    membership.write(tmp_path, TERMS, {"ca.crt": b"authority"})
    assert [(path.name, path.stat().st_ino) for path in sorted(tmp_path.iterdir())] == before


def test_a_member_has_its_name_from_its_collector(tmp_path: Path) -> None:
    """The options that root did not set."""
    path = settings(tmp_path, enrol_url="http://192.0.2.1:8080", claim=CODE)
    assert config_file.load(path).name == ""
    membership.write(tmp_path / "etc", TERMS, {})
    loaded = config_file.load(path)
    assert (loaded.name, loaded.tenant, loaded.broker_host, loaded.broker_port) == (
        "shop-door",
        "acme",
        "mqtt.example.org",
        8883,
    )


def test_what_root_has_set_wins(tmp_path: Path) -> None:
    """/etc/config/footfall is root's word; an option that is there, but empty, is none."""
    membership.write(tmp_path / "etc", TERMS, {})
    loaded = config_file.load(settings(tmp_path, broker_host="10.77.0.1", name=""))
    assert (loaded.broker_host, loaded.broker_port, loaded.name) == ("10.77.0.1", 8883, "shop-door")


def test_a_membership_says_nothing_but_what_it_may(tmp_path: Path) -> None:
    """The agent's user can write it: folders, signer and mode are not its to choose."""
    membership.write(tmp_path / "etc", TERMS, {})
    path = tmp_path / "etc" / "membership"
    path.write_text(path.read_text() + "\toption mode 'counts'\n\toption run_dir '/etc'\n\toption signer 'usign'\n")
    loaded = config_file.load(settings(tmp_path))
    assert (loaded.mode, loaded.run_dir, loaded.signer) == ("tokens", "/var/run/footfall", "auto")


@pytest.mark.parametrize("text", ["", "config", "option name 'x'", "\0\xff", "config membership\n\toption name 'x'"])
def test_a_damaged_membership_is_none(tmp_path: Path, text: str) -> None:
    """The unit enrols again: its key is known."""
    (tmp_path / "membership").write_text(text)
    assert membership.read(tmp_path) is None
    assert not membership.is_member(tmp_path)


def test_a_unit_without_a_name_needs_to_know_where_to_enrol(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="option name: missing"):
        config_file.load(settings(tmp_path))
    with pytest.raises(ConfigError, match="option name: missing"):
        config_file.load(settings(tmp_path, claim=CODE))
    assert config_file.load(settings(tmp_path, enrol_url="http://192.0.2.1")).name == ""


def test_a_mistyped_claim_is_found_by_the_check(tmp_path: Path) -> None:
    """Before anything is started; the message does not repeat the code, nor does a look at the configuration."""
    with pytest.raises(ConfigError, match="a digit is wrong") as caught:
        config_file.load(settings(tmp_path, enrol_url="http://192.0.2.1", claim=CODE[:-1] + "0"))
    assert CODE[:-1] not in str(caught.value)
    assert CODE not in repr(config_file.load(settings(tmp_path, enrol_url="http://192.0.2.1", claim=CODE)))


# What the collector gives.


def test_a_member_keeps_everything_it_was_given(tmp_path: Path) -> None:
    chosen = config_file.load(settings(tmp_path, enrol_url="http://192.0.2.1:8080"))
    joining.keep(chosen, said(tls=True, authority=b"CA", certificate=b"CERT", renew_ms=5, ends_ms=9), "192.0.2.1")
    folder = tmp_path / "etc"
    assert (folder / "ca.crt").read_bytes() == b"CA"
    assert (folder / "sensor.crt").read_bytes() == b"CERT"
    assert (folder / "collector.pub").read_text() == KEY.text()
    terms = membership.read(folder)
    assert terms is not None
    assert (terms.broker_host, terms.tls, terms.renew_ms, terms.ends_ms) == ("192.0.2.1", "on", 5, 9)


def test_a_unit_that_waits_keeps_the_collectors_key_only(tmp_path: Path) -> None:
    chosen = config_file.load(settings(tmp_path, enrol_url="http://192.0.2.1:8080"))
    joining.keep(chosen, replace(said(), state=State.PENDING), "192.0.2.1")
    assert {path.name for path in (tmp_path / "etc").iterdir()} == {"collector.pub"}


def test_a_collectors_key_is_never_overwritten(tmp_path: Path) -> None:
    """Whoever put it there, or proved it, was first."""
    chosen = config_file.load(settings(tmp_path, enrol_url="http://192.0.2.1:8080"))
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "collector.pub").write_text("first")
    joining.keep(chosen, said(), "192.0.2.1")
    assert (tmp_path / "etc" / "collector.pub").read_text() == "first"


@pytest.mark.parametrize("wrong", [{"sensor": "a/b"}, {"tenant": "#"}, {"broker_host": "a b"}, {"sensor": "x\n"}])
def test_terms_that_would_stop_the_unit_are_not_kept(tmp_path: Path, wrong: dict[str, str]) -> None:
    """The agent's own checks would refuse them at the next start, and nobody is there to mend it."""
    chosen = config_file.load(settings(tmp_path, enrol_url="http://192.0.2.1:8080"))
    with pytest.raises(EnrolmentError, match="will not do"):
        joining.keep(chosen, said(**wrong), "192.0.2.1")
    assert not (tmp_path / "etc" / "membership").exists()


def test_what_root_makes_is_the_agents(tmp_path: Path) -> None:
    """A technician enrols as root; the service reads as its own user."""
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(tmp_path, 646, 646)
    membership.write(tmp_path, TERMS, {"ca.crt": b"x"})
    assert {path.stat().st_uid for path in tmp_path.iterdir()} == {646}


# Renewal.


class Times:
    def __init__(self) -> None:
        self.now_s, self.wall_ms = 0.0, 0


def renewal(folder: Path, times: Times) -> tuple[Renewal, Path]:
    """A watch whose child leaves a line each time."""
    log = folder / "asked"
    command = [sys.executable, "-S", "-c", f"open({str(log)!r}, 'a').write('x')"]
    return Renewal(folder, command, lambda: times.now_s, lambda: times.wall_ms, 0.5), log


def asked(watch: Renewal, log: Path) -> int:
    watch.look()
    if watch._child is not None:
        watch._child.wait(20)
    return len(log.read_text()) if log.exists() else 0


def test_a_certificate_is_renewed_once_a_day_from_two_thirds_on(tmp_path: Path) -> None:
    times = Times()
    membership.write(tmp_path, replace(TERMS, renew_ms=1000, ends_ms=10_000_000_000), {})
    watch, log = renewal(tmp_path, times)
    times.now_s = 3600.0
    assert asked(watch, log) == 0, "not before its time"
    times.wall_ms = 1000
    times.now_s += 3600
    assert asked(watch, log) == 1
    times.now_s += 3600
    assert asked(watch, log) == 1, "once a day"
    times.now_s += 86_400
    assert asked(watch, log) == 2


def test_an_expired_certificate_is_asked_for_at_the_start_and_each_hour(tmp_path: Path) -> None:
    times = Times()
    times.wall_ms = 5000
    membership.write(tmp_path, replace(TERMS, renew_ms=1000, ends_ms=2000), {})
    watch, log = renewal(tmp_path, times)
    assert asked(watch, log) == 1
    times.now_s += 3601
    assert asked(watch, log) == 2


def test_without_a_certificate_nothing_is_asked(tmp_path: Path) -> None:
    """A lean unit, and one that is no member."""
    times = Times()
    watch, log = renewal(tmp_path, times)
    times.now_s, times.wall_ms = 1e6, 10**13
    assert asked(watch, log) == 0
    membership.write(tmp_path, replace(TERMS, renew_ms=0, ends_ms=0), {})
    times.now_s += 1e6
    assert asked(watch, log) == 0


def test_a_program_that_cannot_be_started_ends_nothing(tmp_path: Path) -> None:
    membership.write(tmp_path, replace(TERMS, renew_ms=1, ends_ms=2), {})
    times = Times()
    times.wall_ms = 5
    watch, log = renewal(tmp_path, times)
    command, watch._command = watch._command, ["/nonexistent"]
    assert asked(watch, log) == 0
    watch._command = command
    times.now_s += 3601
    assert asked(watch, log) == 1


def test_the_agent_does_not_hold_what_enrolling_needs() -> None:
    """Claims, requests and answers are a child's (paho-mqtt itself brings http.client): an agent runs for months."""
    asked = "import sys, footfall_sensor.__main__, json; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(json.loads(done.stdout))
    assert "footfall_sensor.renewal" in loaded
    unwanted = {"footfall_sensor.codes", "footfall_sensor.claim", "footfall_sensor.joining"}
    unwanted |= {"footfall_sensor.enrolling", "footfall_sensor.posting", "footfall_sensor.wire.member"}
    assert loaded & unwanted == set()


def test_the_selftest_says_as_whom_the_unit_is_let_in(tmp_path: Path) -> None:
    """Of a unit that enrols; of another there is nothing to say."""
    chosen = config_file.load(settings(tmp_path, enrol_url="http://192.0.2.1:8080"))
    (check,) = selftest._membership(chosen)
    assert (check.ok, check.says) == (None, "not yet")
    membership.write(tmp_path / "etc", TERMS, {})
    (check,) = selftest._membership(chosen)
    assert (check.ok, check.says) == (True, "as shop-door of Shop 7")
    assert selftest._membership(config.Config(name="door")) == []
