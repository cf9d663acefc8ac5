"""The past of sensors: counts as what they grew by, the worst of the rest, silence as a gap, states that lasted.

The fleet here is simulated: rows and reports in a real registry, no broker.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from collector import folder as folders
from collector.folder import Collector
from collector.options.settings import Settings
from collector.records.registry import Site
from collector.records.reports import Report
from collector.watch.checks import MINUTE_MS
from collector.watch.past import HOUR_MS, HOURS_KEPT_MS, STATES_KEPT_MS, Past, grown, points
from collector.watch.seen import Sample, Seen
from collector.watch.watchman import GRACE_MS, Watchman
from footfall_sensor.wire.reports import Health, Totals

NOW = 1_800_000_000_000 - 1_800_000_000_000 % HOUR_MS


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    folders.create(tmp_path / "collector", Settings())
    made = folders.open_folder(tmp_path / "collector")
    made.registry.put_site(Site("default", "shop"))
    made.registry.put_sensor("default", "door", "shop", b"k" * 8, b"p" * 32)
    yield made
    made.close()


def word(now_ms: int, frames: int, boot: int = 1, connected: bool = True, **said: object) -> Report:
    """What the sensor says."""
    health = Health(Totals(frames=frames), uptime_s=60.0, time_ms=now_ms, radio="listening", **said)  # type: ignore[arg-type]
    return Report(1, boot, now_ms, connected, "", health)


def seen(collector: Collector, report: Report, before: Sample | None = None) -> Seen:
    """The sensor with its last word."""
    return Seen(collector.registry.sensors()[0], report.received_ms, report, before)


def test_an_hour_keeps_what_counts_grew_by_and_the_worst_of_the_rest(collector: Collector) -> None:
    past, before = Past(collector.registry.engine), None
    words = [
        word(NOW, 100, temperature_c=40.0, memory_available_kib=9000, clock_offset_ms=-300),
        word(NOW + 10 * MINUTE_MS, 350, temperature_c=60.0, memory_available_kib=5000, clock_offset_ms=20),
        word(NOW + 20 * MINUTE_MS, 50, boot=2, memory_available_kib=8000),
    ]
    for report in words:
        known = before if before and before.boot == report.boot else None
        past.add([seen(collector, report, known)], report.received_ms)
        before = Sample.of(report)
    (hour,) = past.hours(1, NOW)
    assert (hour.start_ms, hour.length_ms, hour.frames) == (NOW, HOUR_MS, 400), "the new start counted from zero"
    assert (hour.temperature_c, hour.memory_available_kib, hour.clock_offset_ms) == (60.0, 5000, 300)


def test_a_word_that_was_counted_is_not_counted_again(collector: Collector) -> None:
    report = word(NOW, 500)
    assert grown(seen(collector, report, Sample.of(report))) is None


def test_what_an_old_start_had_counted_before_is_not_of_this_hour(collector: Collector) -> None:
    old = word(NOW, 900_000)
    assert old.health is not None
    row = grown(seen(collector, replace(old, health=replace(old.health, uptime_s=90_000.0))))
    assert row is not None
    assert row["frames"] == 0


def test_between_samples_lies_a_point_and_a_silence_is_one_long_one() -> None:
    samples = [
        Sample(1, at * MINUTE_MS, boot, frames, 0, 0, 0) for at, boot, frames in ((0, 1, 10), (10, 1, 30), (90, 2, 5))
    ]
    assert [(one.start_ms, one.length_ms, one.frames) for one in points(samples)] == [
        (0, 10 * MINUTE_MS, 20),
        (10 * MINUTE_MS, 80 * MINUTE_MS, 5),
    ]


def test_the_past_is_bounded_and_the_state_a_sensor_is_in_stays(collector: Collector) -> None:
    past = Past(collector.registry.engine)
    past.add([seen(collector, word(NOW, 10))], NOW)
    watch(collector, Watchman(collector, lambda: True), NOW, 1)
    later = NOW + max(HOURS_KEPT_MS, STATES_KEPT_MS) + HOUR_MS
    past.add([], later)
    assert past.hours(1, 0) == []
    assert [one.state for one in past.states(1, 0)] == ["ok"]


def test_a_state_is_written_down_when_it_has_lasted_and_from_when_it_began(collector: Collector) -> None:
    watchman = Watchman(collector, lambda: True)
    watch(collector, watchman, NOW, 2)
    gone = NOW + GRACE_MS + 2 * MINUTE_MS
    collector.registry.reports.record([replace(word(gone, 20), connected=False)])
    for minute in range(12):
        watchman.look(gone + minute * MINUTE_MS)
    watch(collector, Watchman(collector, lambda: True), gone + 12 * MINUTE_MS, 5)
    states = watchman.past.states(1, 0)
    assert [one.state for one in states] == ["ok", "silent", "ok"]
    assert states[1].time_ms == gone
    assert [one.state for one in watchman.past.states(1, gone + MINUTE_MS)] == ["silent", "ok"], "it was silent then"


def watch(collector: Collector, watchman: Watchman, now_ms: int, minutes: int) -> None:
    """A sensor that is well, looked at for some minutes once the grace is over."""
    watchman.look(now_ms)
    for minute in range(minutes):
        at_ms = now_ms + GRACE_MS + minute * MINUTE_MS
        collector.registry.reports.record([word(at_ms, 10 + minute)])
        watchman.look(at_ms)
