"""The collector's options on a unit: which may be set, what is kept, what is given up, and what a power cut leaves."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor import config, config_file, settings, startup
from footfall_sensor.config import OPTIONS
from footfall_sensor.errors import ConfigError
from footfall_sensor.settings import OWN, PUSHABLE, STARTS_MAX, State
from footfall_sensor.settings_file import SettingsFile
from footfall_sensor.wire.body import MAP_ITEMS_MAX
from footfall_sensor.wire.settings import Configuration, Outcome, Result

OWN_FILE = {"name": "door", "dwell_ms": "300"}
SIGNER = "00" * 8


def pushed(version: int, **options: str) -> Configuration:
    return Configuration(version, 1000, 2000, options)


def on_trial(**options: str) -> State:
    proved = settings.kept(settings.taken(State(), pushed(1, health_s="30"), SIGNER))
    return settings.taken(proved, pushed(2, **options), SIGNER)


def test_every_option_is_pushable_or_says_why_not() -> None:
    assert set(OPTIONS) >= PUSHABLE | set(OWN)
    assert not PUSHABLE & set(OWN)
    assert len(PUSHABLE) <= MAP_ITEMS_MAX


@pytest.mark.parametrize("option", sorted(set(OPTIONS) - PUSHABLE))
def test_an_option_of_the_units_own_is_refused_by_name(option: str) -> None:
    with pytest.raises(ConfigError, match=rf"^option {option}: set on the unit only; ."):
        settings.check({option: str(OPTIONS[option].default)}, OWN_FILE)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"window_s": "61"}, "window_s"),
        ({"channels": "1 99"}, "channels"),
        ({"associated": "on"}, "bssid"),
        ({"mode": "addresses"}, "mode"),
        ({"broker_host": "a b"}, "broker_host"),
        ({"dwell_ms": "300", "rate_per_s": "nan"}, "rate_per_s"),
    ],
)
def test_a_configuration_is_refused_with_the_option_that_will_not_do(options: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError, match=rf"^option {named}: "):
        settings.check(options, OWN_FILE)


def test_no_option_speaks_of_ssids() -> None:
    """There is nothing that a collector could switch on to learn networks' names."""
    assert not [name for name in OPTIONS if "ssid" in name.replace("bssid", "")]


def test_the_collectors_options_go_before_the_units_own() -> None:
    """And what a later configuration does not name is the unit's own again."""
    state = settings.kept(settings.taken(State(), pushed(1, dwell_ms="500"), SIGNER))
    assert settings.settled(state, OWN_FILE)[1].dwell_ms == 500
    state = settings.kept(settings.taken(state, pushed(2), SIGNER))
    assert settings.settled(state, OWN_FILE)[1].dwell_ms == 300


def test_what_is_on_probation_is_current_only_once_it_is_kept() -> None:
    state = on_trial(health_s="10")
    assert (state.running, state.trial, state.current) == (2, True, pushed(1, health_s="30"))
    state = settings.kept(state)
    assert (state.running, state.trial, state.last) == (2, False, Result(Outcome.OK, "", 2))


def test_what_is_given_up_leaves_the_last_good_one() -> None:
    state = settings.reverted(on_trial(health_s="10"), "no broker")
    assert settings.settled(state, OWN_FILE)[1].health_s == 30
    assert (state.running, state.last) == (1, Result(Outcome.REVERTED, "no broker", 2))


def test_what_tells_less_of_people_stays_when_the_rest_is_given_up() -> None:
    """Privacy settings only tighten: a wrong broker address beside mode counts does not bring tokens back."""
    state = settings.reverted(on_trial(mode="counts", broker_host="192.0.2.9"), "no broker")
    chosen = settings.settled(state, OWN_FILE)[1]
    assert (chosen.mode, chosen.broker_host) == ("counts", "127.0.0.1")
    loose = settings.kept(settings.taken(state, pushed(3, mode="tokens"), SIGNER))
    assert settings.settled(loose, OWN_FILE)[1].mode == "tokens"


def test_a_configuration_that_the_agent_dies_of_is_given_up() -> None:
    """So many starts without a word of the collector, however short each was."""
    state = on_trial(health_s="10")
    for _ in range(STARTS_MAX):
        state = settings.started(state)
        assert state.trial
    state = settings.started(state)
    assert (state.trial, state.running) == (False, 1)
    assert state.last is not None
    assert "did not stay up" in state.last.says


def test_a_configuration_that_says_nothing_new_is_no_restart_and_no_probation() -> None:
    """A fresh one with the same options, before the old one expires."""
    state = settings.kept(on_trial(health_s="10"))
    again = settings.taken(state, pushed(3, health_s="10"), SIGNER)
    assert (again.running, again.trial) == (3, False)
    assert again.last is not None
    assert again.last.outcome is Outcome.OK


def test_another_key_of_the_collector_counts_anew() -> None:
    """A stolen key that signed the largest version must not lock the next key out."""
    state = settings.refused(State(), 1 << 53, "", SIGNER)
    assert (state.floor(SIGNER), state.floor("another")) == (1 << 53, 0)


def test_what_was_good_and_is_no_more_gives_way_to_the_units_own(tmp_path: Path) -> None:
    """An older agent does not know an option: it runs with its own file, tells no more than before, and says so."""
    good = settings.kept(settings.taken(State(), pushed(1, mode="counts", colour="red"), SIGNER))
    state, chosen = settings.settled(good, OWN_FILE)
    assert (chosen.mode, chosen.dwell_ms, state.running) == ("counts", 300, 0)
    assert state.last == Result(
        Outcome.REVERTED, "option colour: unknown to this version of the agent; take it out, or upgrade the agent", 1
    )


def test_a_slip_in_the_units_own_file_is_still_said() -> None:
    with pytest.raises(ConfigError, match="option dwell_ms"):
        settings.settled(on_trial(), {**OWN_FILE, "dwell_ms": "1"})


# On flash.

OPTION_TEXT = st.dictionaries(
    st.sampled_from(sorted(PUSHABLE)), st.text(st.characters(codec="utf-8", categories=("L", "N")), max_size=30)
)
CONFIGURATIONS = st.builds(
    lambda version, issued, options: Configuration(version, issued, issued + 1000, options),
    st.integers(1, 1 << 53),
    st.integers(0, 1 << 42),
    OPTION_TEXT,
)
STATES = st.builds(
    State,
    current=st.none() | CONFIGURATIONS,
    pending=st.none() | CONFIGURATIONS,
    starts=st.integers(0, 9),
    tightened=OPTION_TEXT,
    last=st.none() | st.builds(Result, st.sampled_from(Outcome), st.just("why"), st.integers(1, 1 << 53)),
    floors=st.dictionaries(st.sampled_from([SIGNER, "another"]), st.integers(0, 1 << 53)),
)


@given(state=STATES)
def test_a_state_comes_back_from_flash_as_it_was(tmp_path_factory: pytest.TempPathFactory, state: State) -> None:
    file = SettingsFile(tmp_path_factory.mktemp("state"))
    saved = file.save(State(), state)
    assert file.load() == saved
    assert not file.fault


def test_only_a_change_is_written_and_writes_are_counted(tmp_path: Path) -> None:
    """A push is three writes; a start with nothing on probation none."""
    path = a_unit(tmp_path)
    file = SettingsFile(tmp_path)
    state = file.save(State(), on_trial(health_s="10"))
    state = startup.begin(path).state
    state = file.save(state, settings.kept(state))
    assert state.writes == 3
    before = file.path.stat().st_mtime_ns
    assert startup.begin(path).state == startup.look(path).state == state
    assert file.path.stat().st_mtime_ns == before


class PowerCut(BaseException):
    """The power is gone: nothing of the program runs on."""


STEPS = ("open", "write", "fsync", "close", "replace", "open", "fsync", "close")


def a_unit(folder: Path) -> Path:
    path = folder / "footfall"
    path.write_text(config_file.render(replace(config.Config(name="door"), state_dir=str(folder), dwell_ms=300)))
    return path


@pytest.mark.parametrize("torn", [False, True], ids=["before", "within"])
@pytest.mark.parametrize("cut", range(len(STEPS)))
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (State(), settings.taken(State(), pushed(1, dwell_ms="500"), SIGNER)),
        (on_trial(dwell_ms="500"), settings.kept(on_trial(dwell_ms="500"))),
        (on_trial(dwell_ms="500"), settings.reverted(on_trial(dwell_ms="500"), "no broker")),
        (on_trial(dwell_ms="500"), settings.started(on_trial(dwell_ms="500"))),
        (on_trial(dwell_ms="500"), settings.refused(on_trial(dwell_ms="500"), 3, "no", SIGNER)),
    ],
    ids=["taken", "kept", "reverted", "started", "refused"],
)
def test_a_power_cut_at_any_step_leaves_the_state_before_or_after(
    before: State, after: State, cut: int, torn: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each operation on the file, and in the middle of the write; and the unit starts with what is there.

    SIMULATED cut: the process stops there. That what was not synced may be gone is in the first three steps, where the
    file under its name is still the old one.
    """
    path, file = a_unit(tmp_path), SettingsFile(tmp_path)
    before = file.save(State(), before)
    done: list[str] = []

    def step(name: str) -> None:
        if len(done) == cut and not (torn and name == "write"):
            raise PowerCut
        done.append(name)

    real = {name: getattr(os, name) for name in set(STEPS)}

    def write(descriptor: int, raw: bytes) -> int:
        step("write")
        if torn and len(done) - 1 == cut:
            real["write"](descriptor, raw[: len(raw) // 2])
            raise PowerCut
        return int(real["write"](descriptor, raw))

    with monkeypatch.context() as patch:
        for name in set(STEPS) - {"write"}:
            patch.setattr(os, name, lambda *args, _name=name, **more: (step(_name), real[_name](*args, **more))[1])
        patch.setattr(os, "write", write)
        with pytest.raises(PowerCut):
            file.save(before, after)
    assert file.load() in (before, replace(after, writes=before.writes + 1))
    assert startup.begin(path).config.dwell_ms in (300, 500)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"current": 7}', b"\xff\xfe", b'{"last": {"outcome": "ok"}}'])
def test_a_damaged_file_is_said_and_the_units_own_holds(raw: bytes, tmp_path: Path) -> None:
    path, file = a_unit(tmp_path), SettingsFile(tmp_path)
    file.path.write_bytes(raw)
    begun = startup.begin(path)
    assert (begun.state, begun.config.dwell_ms) == (State(), 300)
    assert "cannot be read" in begun.file.fault


def test_a_start_that_cannot_be_counted_does_not_try(tmp_path: Path) -> None:
    """Flash that is full or read-only: else a configuration that kills the agent would be tried for ever."""
    path, file = a_unit(tmp_path), SettingsFile(tmp_path)
    file.save(State(), on_trial(dwell_ms="500"))
    (tmp_path / "settings.json.new").mkdir()  # root may write anywhere: so that this write fails for root too
    begun = startup.begin(path)
    assert (begun.config.dwell_ms, begun.state.trial) == (300, False)
