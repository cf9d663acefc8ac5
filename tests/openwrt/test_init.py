"""The init script, run by busybox's shell on stubs of rc.common, procd's functions, uci, logger and chown."""

import pytest
from unit import STUBS, Unit

AGENT_ACCEPTS = "exit 0"
AGENT_CANNOT_SAY = "echo 'usage: invalid choice' >&2; exit 2"
AGENT_REFUSES = "echo 'option name: missing' >&2; exit 1"


@pytest.fixture
def profile() -> str:
    """The scripts are the same in both packages."""
    return "full"


class Service:
    """The init script of an installed package, with the folders of the running system moved under the unit's root."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.state, self.run_dir = unit.root / "etc/footfall", unit.root / "var/run/footfall"
        (unit.root / "var/run").mkdir(parents=True)
        self.program(AGENT_ACCEPTS)
        self.ujail = True
        self.settings(f"\toption state_dir '{self.state}'\n\toption run_dir '{self.run_dir}'\n")

    def settings(self, text: str) -> None:
        path = self.unit.root / "etc/config/footfall"
        path.write_text(path.read_text() + text)

    def program(self, body: str) -> None:
        self.unit.write("agent", f"#!/bin/sh\n{body}\n")
        (self.unit.root / "agent").chmod(0o755)

    def call(self, action: str) -> list[str]:
        root = self.unit.root
        self.unit.write("ujail", "#!/bin/sh\n")
        self.unit.write("tunnel", '#!/bin/sh\necho "tunnel|$1" >>"$STUB_LOG"\n')
        (root / "tunnel").chmod(0o755)
        (root / "ujail").chmod(0o755 if self.ujail else 0o644)
        overrides = {
            "PROGRAM": "agent",
            "TUNNEL": "tunnel",
            "UPGRADE": "upgrade",
            "RELEASE_KEY": "etc/footfall-release.pub",
            "SOURCES": "usr/lib/footfall",
            "CODE": "var/run/footfall-code",
            "SETTINGS": "etc/config/footfall",
            "CAPABILITIES": "etc/capabilities",
            "UJAIL": "ujail",
            "VOLATILE": "var",
        }
        self.unit.write("overrides", "".join(f"{name}={root}/{path}\n" for name, path in overrides.items()))
        script = str(root / "etc/init.d/footfall")
        # On a unit Python writes no byte-code unless it is told to, as for these modules.
        done = self.unit.run(
            str(STUBS / "rc.common"),
            script,
            action,
            STUB_OVERRIDES=str(root / "overrides"),
            PYTHONDONTWRITEBYTECODE="1",
        )
        assert done.stderr == ""
        return [line.replace(str(root), "") for line in self.unit.logged()]


@pytest.fixture
def service(unit: Unit) -> Service:
    return Service(unit)


def test_procd_is_told_everything(service: Service) -> None:
    """The whole conversation: whose the folders are, how the agent runs, and what makes it start again."""
    assert service.call("start") == [
        "open_service|footfall",
        "chown|-hR|footfall:footfall|/etc/footfall",
        "chown|-hR|footfall:footfall|/var/run/footfall",
        "chown|root:footfall|/etc/config/footfall",
        "open_instance",
        "set_param|command|/agent|run",
        "set_param|respawn|3600|5|0",
        "set_param|stdout|1",
        "set_param|stderr|1",
        "set_param|limits|core=0",
        "set_param|term_timeout|10",
        "set_param|file|/etc/config/footfall|/etc/footfall/collector.pub|/usr/lib/footfall/footfall_sensor/__init__.py",
        "set_param|netdev|mon0",
        "add_jail|footfall",
        "set_param|capabilities|/etc/capabilities/footfall-hop.json",
        "set_param|user|footfall",
        "set_param|group|footfall",
        "set_param|no_new_privs|1",
        "close_instance",
        "add_reload_trigger|footfall",
        "close_service",
    ]


def test_folders_are_for_the_agent_alone(service: Service) -> None:
    """The secret key is in one of them; the settings are for root to write and the agent to read."""
    service.call("start")
    for folder in (service.state, service.run_dir):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert (service.unit.root / "etc/config/footfall").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("folder", ["/etc", "/", "/tmp/footfall/../../etc"])
def test_a_folder_of_the_systems_is_not_given_away(service: Service, folder: str) -> None:
    """A slip in state_dir must not make the agent's user the owner of /etc."""
    service.settings(f"\toption state_dir '{folder}'\n")
    said = service.call("start")
    assert not [line for line in said if line.startswith("chown|-hR") and line.endswith(f"|{folder}")]
    assert any(line.startswith(f"logger|-t|footfall|-p|daemon.warn|{folder} is not named") for line in said)


def test_a_unit_that_does_not_hop_has_one_capability(service: Service) -> None:
    """Setting a channel is CAP_NET_ADMIN's; where the channels are left alone, listening is all that is allowed."""
    service.settings("\toption hop 'off'\n")
    assert "set_param|capabilities|/etc/capabilities/footfall.json" in service.call("start")


@pytest.mark.parametrize(("path", "given"), [("var/prometheus", True), ("etc", False), ("var/../etc", False)])
def test_the_exporters_folder_is_shared_where_it_is(service: Service, path: str, given: bool) -> None:
    """The agent may write its figures there; a folder outside /var is nobody's exporter's."""
    folder = service.unit.root / path
    folder.mkdir(exist_ok=True)
    service.settings(f"\toption prometheus_dir '{folder}'\n")
    assert (f"chown|-h|root:footfall|/{path}" in service.call("start")) == given
    assert (folder.stat().st_mode & 0o777 == 0o775) == given


def test_another_interface_is_followed(service: Service) -> None:
    """procd restarts the agent when its interface is made anew."""
    service.settings("\toption interface 'mon1'\n")
    assert "set_param|netdev|mon1" in service.call("start")


def test_without_ujail_the_agent_runs_as_root_and_the_log_says_so(service: Service) -> None:
    """No user but root may listen without the jail's capabilities: rather root than deaf, and not in silence."""
    service.ujail = False
    said = service.call("start")
    assert not [line for line in said if line.startswith(("add_jail", "set_param|user"))]
    assert any("runs as root" in line for line in said)


def test_settings_that_will_not_do_start_nothing(service: Service) -> None:
    """The agent's own words go to the log, once, instead of a start every five seconds for ever."""
    service.program(AGENT_REFUSES)
    said = service.call("start")
    assert "logger|-t|footfall|-p|daemon.err|not started: option name: missing" in said
    assert "open_instance" not in said
    assert "add_reload_trigger|footfall" in said  # so that the next change of the settings is looked at


def test_an_agent_that_cannot_check_is_started(service: Service) -> None:
    """Only its word that the settings are wrong keeps it from starting."""
    service.program(AGENT_CANNOT_SAY)
    assert "open_instance" in service.call("start")


def test_a_bad_push_leaves_the_running_agent_alone(service: Service) -> None:
    """A reload with wrong settings changes nothing; with right ones it is a start."""
    service.program(AGENT_REFUSES)
    said = service.call("reload")
    assert said == [
        "logger|-t|footfall|-p|daemon.err|still running with the settings from before: option name: missing"
    ]
    service.program(AGENT_ACCEPTS)
    assert "open_instance" in service.call("reload")


def test_byte_code_is_left_in_ram_for_the_next_start(service: Service) -> None:
    """Every module is compiled, nothing is written beside the sources, and what was there before is gone."""
    code = service.unit.root / "var/run/footfall-code"
    code.mkdir()
    (code / "old.pyc").touch()
    service.call("start")
    sources = service.unit.root / "usr/lib/footfall"
    assert len(list(code.rglob("*.pyc"))) == len(list(sources.rglob("*.py")))
    assert not (code / "old.pyc").exists()
    assert list(sources.rglob("*.pyc")) == []


LEAN = "\toption profile 'lean'\n\toption enrol_url 'http://192.0.2.1:8080'\n"


def test_a_lean_unit_has_its_key_before_it_asks_and_its_tunnel_when_it_is_told(service: Service) -> None:
    """No member yet: somebody of root's waits beside the agent. A member: the tunnel is seen to first.

    footfall-tunnel itself is not run here: tests/openwrt/test_tunnel.py does that.
    """
    service.settings(LEAN)
    said = service.call("start")
    at = said.index("tunnel|key")
    assert said[at + 1 : at + 4] == ["open_instance|tunnel", "set_param|command|/tunnel|wait", "close_instance"]
    assert at < said.index("set_param|command|/agent|run")
    (service.state / "tunnel.conf").touch()
    said = service.call("start")
    assert said.index("tunnel|apply") < said.index("set_param|command|/agent|run")
    assert "open_instance|tunnel" not in said


def test_a_unit_that_needs_no_tunnel_gets_none(service: Service) -> None:
    """With OpenSSL, or configured by hand: /etc/config/network is not touched."""
    service.settings("\toption profile 'lean'\n")
    assert not [line for line in service.call("start") if line.startswith("tunnel")]


def test_root_waits_for_upgrades_where_the_image_has_a_release_key_and_nowhere_else(service: Service) -> None:
    assert "open_instance|upgrade" not in service.call("start")
    service.unit.write("etc/footfall-release.pub", "untrusted comment: public key\n")
    said = service.call("start")
    at = said.index("open_instance|upgrade")
    assert said[at + 1] == "set_param|command|/upgrade|wait"


def test_what_a_sysupgrade_kept_of_the_spool_waits_again_and_later_nothing_is_followed_there(unit: Unit) -> None:
    service = Service(unit)
    kept = service.state / "spool"
    kept.mkdir(parents=True)
    (kept / "1.seg").write_text("batches")
    service.call("start")
    assert (service.run_dir / "spool/1.seg").read_text() == "batches"
    assert not kept.exists()
    kept.mkdir()
    (kept / "2.seg").write_text("of the agent's user")
    service.call("start")
    assert not (service.run_dir / "spool/2.seg").exists()
