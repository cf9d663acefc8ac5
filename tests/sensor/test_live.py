"""The live agent in virtual time: whatever happens to radio and broker, nothing is lost.

Air, clocks and collector are SIMULATED (tests/support/virtual.py); agent, spool and signatures are the real ones.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import air
import pytest
from heard import Recorded, agrees, by_chance, conserved, steady, tiles
from virtual import START_MS, Unit, key_of

from footfall_sensor import words
from footfall_sensor.asking import RETRY_S_MAX
from footfall_sensor.interface import Link
from footfall_sensor.pseudonym import Pseudonymiser
from footfall_sensor.wire import envelope
from footfall_sensor.wire.batch import ClockState
from footfall_sensor.wire.messages import Health, Totals

WINDOW_MS = 30_000


def test_day_at_a_shop_is_windows_on_the_grid(tmp_path: Path) -> None:
    """Placed on UTC, of the configured length, with tokens of the day's key, each frame in its own window."""
    heard = Recorded(by_chance(1))
    unit = Unit(tmp_path, iter(heard))
    unit.run_s(3600)
    unit.live.finish()
    windows = unit.windows
    conserved(unit)
    tiles(windows)
    agrees(windows, heard)
    assert all(window.start_ms % WINDOW_MS == 0 for window in windows[2:])
    assert {window.clock for window in windows} == {ClockState.SYNCED}
    whole = windows[3:-1]
    assert all(window.epoch and not window.counters.keyless for window in whole)
    tokens = Pseudonymiser(key_of(START_MS - 20 * 3_600_000))
    expected = {int.from_bytes(tokens.token(b"\2\0\0\0\0" + bytes([number])), "little") for number in range(40)}
    assert {row.token for window in whole for row in window.columns} == expected


# The radio.


@pytest.mark.parametrize("state", [Link.GONE, Link.DOWN, Link.NOT_MONITOR, Link.NO_PERMISSION, Link.REFUSED])
def test_radio_that_is_away_makes_a_gap_and_no_silence(state: Link, tmp_path: Path) -> None:
    """No window says that nobody was there while nobody listened; the state is said at once, and so is the return."""
    unit = Unit(tmp_path, steady(), health_s=60)
    unit.run_s(100)
    unit.air.link = state
    unit.run_s(300)
    assert unit.collector.health[-1].radio == state.value
    unit.air.link = Link.LISTENING
    unit.run_s(100)
    unit.live.finish()
    assert [health.radio for health in unit.collector.health if health.radio == "listening"]
    away = START_MS + 12_345 + 100_000 + 2_000, START_MS + 12_345 + 400_000 - 2_000
    during = [w for w in unit.windows if w.start_ms < away[1] and w.start_ms + w.length_ms > away[0]]
    assert during == []
    conserved(unit)


def test_deaf_radio_is_kicked_said_and_makes_a_gap(tmp_path: Path) -> None:
    """Its beacons vanish: kicked, deaf, and no windows until it hears again."""
    unit = Unit(tmp_path, steady(3000))
    unit.air.beacons_a_s = 5.0
    unit.run_s(200)
    unit.air.deaf = True
    unit.run_s(300)
    states = [health.radio for health in unit.collector.health]
    assert states[-1] == "deaf"
    assert "kicked" in states
    assert unit.air.kicks
    last_ms = max(window.start_ms + window.length_ms for window in unit.windows)
    assert last_ms < START_MS + 12_345 + 200_000 + 60_000
    unit.air.deaf = False
    unit.run_s(100)
    assert unit.collector.health[-1].radio == "listening"
    assert unit.collector.health[-1].totals.kicks == len(unit.air.kicks)
    unit.live.finish()
    conserved(unit)


def test_kernel_drops_are_in_the_window_that_lost_them(tmp_path: Path) -> None:
    """What the kernel dropped is counted where it would have been heard, once."""
    unit = Unit(tmp_path, steady())
    unit.run_s(95)
    unit.air.kernel_drops_total += 17
    unit.run_s(60)
    unit.live.finish()
    assert [window.counters.kernel_drops for window in unit.windows if window.counters.kernel_drops] == [17]
    assert unit.agent.totals.kernel_drops == 17


# Broker, end, modes.


def test_cable_that_is_pulled_loses_nothing(tmp_path: Path) -> None:
    """An hour without a broker waits in the spool; it is sent when the broker is back, and the tally is whole."""
    heard = Recorded(by_chance(3))
    unit = Unit(tmp_path, iter(heard))
    unit.run_s(300)
    unit.collector.disconnect()
    unit.run_s(3600)
    assert len(unit.agent.spool) >= 119
    assert unit.agent.spool.oldest_s > 3500
    unit.collector.connect()
    unit.run_s(60)
    unit.live.finish()
    assert len(unit.agent.spool) == 0
    conserved(unit)
    tiles(unit.windows)
    agrees(unit.windows, heard)


def test_end_says_everything_and_then_goodbye(tmp_path: Path) -> None:
    """SIGTERM: the last frames are heard, the open window is closed where it stands, and the death message comes
    last."""
    unit = Unit(tmp_path, steady(100))
    unit.run_s(101.2)
    unit.live.stop()
    unit.live.run()
    last = unit.windows[-1]
    assert last.start_ms + last.length_ms == pytest.approx(unit.clock.true_ms, abs=50)
    assert unit.collector.said["death"] == 1
    assert len(unit.agent.spool) == 0
    assert sum(window.counters.frames for window in unit.windows) == unit.air.handed_on
    conserved(unit)


def test_mode_counts_sends_no_token(tmp_path: Path) -> None:
    """The same air: as many probes, devices by level and by class, and not one token in any batch."""
    for name in "ab":
        (tmp_path / name).mkdir()
    with_tokens = Unit(tmp_path / "a", by_chance(4))
    only_counts = Unit(tmp_path / "b", by_chance(4), mode="counts")
    for unit in (with_tokens, only_counts):
        unit.run_s(600)
        unit.live.finish()
        conserved(unit)
    assert [window.counters.probes for window in with_tokens.windows] == [
        window.counters.probes for window in only_counts.windows
    ]
    assert not any(len(window.columns) for window in only_counts.windows)
    for one, other in zip(with_tokens.windows[2:], only_counts.windows[2:], strict=True):
        assert other.summary is not None
        assert len(one.columns) == other.summary.devices == sum(other.summary.levels)
        assert sum(row.bursts for row in one.columns) == other.summary.bursts
        classes = [row.model_class for row in one.columns]
        assert all(count == classes.count(number) >= 3 for number, count in other.summary.classes)


def test_mode_counts_needs_no_running_key(tmp_path: Path) -> None:
    """When the day's key ends and no other comes, devices are still told apart, but no class is told: it would mean
    nothing elsewhere. Before the collector's first word nobody is: it might be closed, and somebody may have objected.
    """
    unit = Unit(tmp_path, by_chance(5), mode="counts")
    unit.collector.giving_keys = False
    unit.run_s(120)
    unit.collector.day_ends_ms = unit.clock.true_ms + round(2000 * RETRY_S_MAX)
    unit.collector.giving_keys = True
    unit.run_s(1.5 * RETRY_S_MAX)  # nobody has answered for a while: it asks once a minute
    unit.collector.giving_keys = False
    unit.run_s(300)
    unit.live.finish()
    before = [window for window in unit.windows if window.start_ms < START_MS + 90_000]
    after = [window for window in unit.windows if window.start_ms >= unit.collector.day_ends_ms]
    assert not any(window.summary for window in before)
    assert sum(window.counters.keyless for window in before) > 10
    assert sum(window.summary.devices for window in after if window.summary) > 50
    assert not any(window.summary.classes for window in after if window.summary)
    assert {window.epoch for window in after} == {""}


def test_full_disk_ends_no_agent(tmp_path: Path) -> None:
    """Status that cannot be written is left out; batches that cannot be spooled are counted; it goes on."""
    unit = Unit(tmp_path, steady())
    unit.run_s(60)
    for path in sorted(Path(unit.config.run_dir).rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    Path(unit.config.run_dir).rmdir()
    Path(unit.config.run_dir).write_text("a file where the folder was")
    unit.run_s(120)
    totals = unit.agent.totals
    assert totals.batches_dropped_full > 0
    assert unit.collector.health[-1].totals.windows > 3


# What waits.


@pytest.mark.parametrize("hundredth", range(10))
def test_words_just_left_are_of_an_agent_that_runs(
    hundredth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks at the moment they are written does not take them for those of an earlier start."""
    unit = Unit(tmp_path)
    now_s = 5000 + hundredth / 100
    monkeypatch.setattr("footfall_sensor.agent.time", SimpleNamespace(monotonic=lambda: now_s))
    unit.agent.report(Health(Totals(), uptime_s=1.0, time_ms=START_MS, radio="listening"))
    said = json.loads(unit.config.status_path.read_text())
    assert not words.has_stopped(said, now_s - said["written_s"])


def test_own_stations_are_heard_only_where_that_is_configured(tmp_path: Path) -> None:
    """A phone that joins the venue's network is a sighting flagged associated; by default such a frame is nothing."""
    frame = bytearray(air.probe(control=0x0000))
    frame[4:10] = frame[16:22] = bytes.fromhex("5c628bd1e200")
    joining = air.plain() + bytes(frame[:24])
    flags = []
    for name, options in (("on", {"associated": "on", "bssid": "5c:62:8b:d1:e2:00"}), ("off", {})):
        (tmp_path / name).mkdir()
        unit = Unit(tmp_path / name, iter([(START_MS + 40_000, joining)]), **options)
        unit.run_s(100)
        unit.live.finish()
        flags.append([row.flags & 2 for window in unit.windows for row in window.columns])
        assert unit.agent.totals.associations == len(flags[-1])
    assert flags == [[2], []]


def test_each_connection_has_a_will_of_its_own(tmp_path: Path) -> None:
    """A collector takes a death once, so an old will, replayed, must not be that of the running connection."""
    unit = Unit(tmp_path)
    wills = []
    for _ in range(3):
        unit.collector.connect()
        unit.run_s(2)
        unit.collector.disconnect()
        unit.run_s(2)
        wills.append(envelope.unpack(unit.collector.will))
    assert {will.kind for will in wills} == {envelope.Kind.DEATH}
    numbers = [will.number for will in wills]
    assert numbers == sorted(set(numbers))
