"""The live agent and its orders, in virtual time (SIMULATED air, clock and collector, see tests/support/virtual.py)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from virtual import COLLECTOR, START_MS, Unit

from footfall_sensor import config, config_file, settings
from footfall_sensor.orders import Orders
from footfall_sensor.settings import State
from footfall_sensor.settings_file import SettingsFile
from footfall_sensor.startup import Startup
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.settings import COMMAND_LIFE_MS, Command, Configuration, Outcome

BOOT = b"one boot"
SIGNER = COLLECTOR.id.hex()


def a_unit(folder: Path, state: State | None = None) -> Unit:
    """A unit that takes orders, at a start with `state`."""
    unit = Unit(folder)
    file = SettingsFile(folder / "etc")
    began = Startup(unit.config, {"name": "door"}, file, file.save(State(), state or State()))
    unit.agent.orders = unit.agent.courier.orders = Orders(began, BOOT, lambda: unit.clock.mono / 1000)
    return unit


def tell(unit: Unit, verb: str, number: int) -> None:
    now_ms = unit.clock.true_ms
    command = Command(number.to_bytes(8, "big"), verb, BOOT, now_ms, now_ms + COMMAND_LIFE_MS)
    unit.collector._say(Kind.COMMAND, "door", command.encode())


def test_each_command_does_what_it_says(tmp_path: Path) -> None:
    unit = a_unit(tmp_path)
    unit.run_s(90)
    kicks, reports, results = len(unit.air.kicks), unit.collector.said["health"], unit.collector.said["result"]
    tell(unit, "kick", 1)
    unit.run_s(2)
    assert len(unit.air.kicks) == kicks + 1
    tell(unit, "report", 2)
    unit.run_s(2)
    assert unit.collector.said["health"] > reports
    unit.collector.acking = False
    unit.run_s(31)
    batches = unit.collector.said["batch"]
    tell(unit, "resend", 3)
    unit.run_s(2)
    assert unit.collector.said["batch"] > batches
    assert not unit.live.wants_restart
    tell(unit, "restart", 4)
    unit.run_s(2)
    assert unit.live.wants_restart
    assert unit.collector.said["result"] == results + 4


def test_a_signal_to_end_is_stronger_than_a_restart(tmp_path: Path) -> None:
    """procd stops the agent while it was about to start again: it stays stopped."""
    unit = a_unit(tmp_path)
    unit.run_s(90)
    tell(unit, "restart", 1)
    unit.run_s(2)
    unit.live.stop()
    assert not unit.live.wants_restart


def test_a_configuration_that_has_expired_is_said_in_health_and_runs_on(tmp_path: Path) -> None:
    old = Configuration(7, START_MS - 2000, START_MS - 1000, {"window_s": "30"})
    unit = a_unit(tmp_path, settings.kept(settings.taken(State(), old, SIGNER)))
    unit.run_s(61)
    said = unit.collector.health[-1]
    assert (said.config, said.config_stale) == (7, True)
    assert unit.windows


def test_an_ack_of_this_starts_batches_ends_the_probation(tmp_path: Path) -> None:
    """No word of its own is needed where batches flow."""
    pushed = Configuration(7, 0, 1 << 42, {"window_s": "30"})
    unit = a_unit(tmp_path, settings.taken(State(), pushed, SIGNER))
    unit.run_s(90)
    state = SettingsFile(tmp_path / "etc").load()
    assert (state.trial, state.running) == (False, 7)
    assert state.last is not None
    assert state.last.outcome is Outcome.OK


def test_silence_for_the_probation_ends_in_a_restart_with_what_was_before(tmp_path: Path) -> None:
    """The broker takes everything, and the collector says nothing."""
    pushed = Configuration(7, 0, 1 << 42, {"window_s": "30"})
    unit = a_unit(tmp_path, settings.taken(State(), pushed, SIGNER))
    unit.collector.acking = False
    unit.run_s(settings.PROBATION_S - 5)
    assert not unit.live.wants_restart
    unit.run_s(10)
    assert unit.live.wants_restart
    assert SettingsFile(tmp_path / "etc").load().running == 0


@pytest.mark.parametrize("overlay", ['{"current": 7}', None])
def test_check_takes_the_collectors_options_into_account_and_stumbles_over_none(
    overlay: str | None, tmp_path: Path
) -> None:
    """What the init script asks: only the unit's own file can keep the agent from starting, whatever was pushed."""
    path = tmp_path / "footfall"
    path.write_text(config_file.render(config.Config(name="door", state_dir=str(tmp_path), run_dir=str(tmp_path))))
    bad = Configuration(7, 0, 1, {"window_s": "7200"})
    file = SettingsFile(tmp_path)
    file.save(State(), State(current=bad)) if overlay is None else file.path.write_text(overlay)
    before = file.path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "footfall_sensor", "check", "--config", str(path)], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert file.path.read_bytes() == before
    assert overlay or json.loads(before)["current"]["version"] == 7
