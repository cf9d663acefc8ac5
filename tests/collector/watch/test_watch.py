"""The watch: each thing that is amiss has its state, lasts before it counts, and is one alert for one cause.

The fleet here is simulated: rows and reports in a real registry, no broker.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import folder as folders
from collector.configuration.push import Push, PushState
from collector.delivery.target import Target, Way
from collector.folder import Collector
from collector.options.settings import Settings
from collector.page import words
from collector.records.registry import Sensor, Site
from collector.records.reports import Report
from collector.records.standing import Standing
from collector.watch import alerts, conditions, grouping
from collector.watch.alerts import Alert, Work
from collector.watch.checks import CHECKS, MINUTE_MS, Check
from collector.watch.conditions import Condition
from collector.watch.grouping import Cause
from collector.watch.letters import letter
from collector.watch.seen import Sample, Seen
from collector.watch.watchman import GRACE_MS, Watchman
from footfall_sensor.wire.reports import Health, Totals

NOW = 1_800_000_000_000
SENSOR = Sensor(7, "default", "door", "shop", b"k" * 8, b"p" * 32)
TOTALS = Totals(frames=5000, kernel_drops=10, reconnects=1)
HEALTH = Health(TOTALS, 900.0, NOW, radio="listening", clock="synced", memory_available_kib=20_000, version="0.1.0")
REPORT = Report(7, 42, NOW - 5000, True, "0.1.0", HEALTH)
BEFORE = Sample(7, NOW - 11 * MINUTE_MS, 42, 3000, 5, 0, 0)
WELL = Seen(SENSOR, NOW, REPORT, BEFORE, Push(7), "0.1.0")


def health(**changes: object) -> Seen:
    """A sensor whose last word says this."""
    return replace(WELL, report=replace(REPORT, health=replace(HEALTH, **changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "seen"),
    [
        ("revoked", replace(WELL, sensor=replace(SENSOR, state=Standing.REVOKED))),
        ("cloned", replace(WELL, sensor=replace(SENSOR, state=Standing.QUARANTINED, says="one key in two places"))),
        ("silent", replace(WELL, report=replace(REPORT, received_ms=NOW - 4 * MINUTE_MS))),
        ("silent", replace(WELL, report=replace(REPORT, connected=False))),
        ("deaf", health(radio="deaf")),
        ("deaf", health(totals=replace(TOTALS, frames=3000))),
        ("clock", health(clock="unknown")),
        ("clock", health(clock_offset_ms=-6000)),
        ("full", health(totals=replace(TOTALS, batches_dropped_full=2))),
        ("full", health(spool_bytes=4_000_000)),
        ("late", health(spool_oldest_s=700.0)),
        ("degraded", health(totals=replace(TOTALS, kernel_drops=500))),
        ("degraded", health(totals=replace(TOTALS, reconnects=9))),
        ("degraded", health(memory_available_kib=2000)),
        ("degraded", health(temperature_c=99.0)),
        ("misconfigured", replace(WELL, push=Push(7, 3, state=PushState.REVERTED, says="no broker"))),
        ("misconfigured", health(config_stale=True)),
        ("outdated", replace(WELL, newest="0.2.0")),
    ],
)
def test_each_thing_that_is_amiss_has_its_state_and_says_what_to_do(state: str, seen: Seen) -> None:
    """One state a case, and none for a sensor that is well."""
    assert [check.state for check in CHECKS if check.amiss(WELL)] == []
    found = [check for check in CHECKS if check.amiss(seen)]
    assert [check.state for check in found] == [state]
    assert found[0].do


def test_a_place_that_is_closed_is_not_deaf_and_a_new_start_is_no_loss() -> None:
    """Hours are kept on purpose; counts of another start are not compared."""
    assert not [check for check in CHECKS if check.amiss(health(radio="closed", totals=replace(TOTALS, frames=3000)))]
    new = replace(WELL, before=None, report=replace(REPORT, boot=43, health=replace(HEALTH, totals=Totals(frames=3))))
    assert not [check for check in CHECKS if check.amiss(new)]


CHECK = Check("late", 10, 5, "look", lambda _: "")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_a_condition_counts_after_its_tolerance_and_ends_after_its_recovery(amiss: list[bool]) -> None:
    """Minute by minute: raised only when ten in a row were amiss; over only when five in a row were fine."""
    held: Condition | None = None
    for minute, bad in enumerate(amiss):
        held = conditions.step(held, CHECK, "late" if bad else "", 7, minute * MINUTE_MS)
        raised = held is not None and held.raised_ms is not None
        run = 0
        for back in reversed(amiss[: minute + 1]):
            if back is not bad:
                break
            run += 1
        if bad and run > 10:
            assert raised
        if not bad and run > 5:
            assert held is None
        if raised and bad and run <= 10:
            assert any(all(amiss[at : at + 11]) for at in range(minute))


def sensors(count: int, site: str = "shop", first: int = 1) -> dict[int, Sensor]:
    """Sensors of a site."""
    return {
        number: Sensor(number, "default", f"{site}-{number}", site, b"k" * 8, b"p" * 32)
        for number in range(first, first + count)
    }


def silent(ids: range) -> list[Condition]:
    """These are silent, and have been for long."""
    return [Condition(number, "silent", 0, "no word for 10 minutes", raised_ms=1) for number in ids]


def test_a_site_that_is_down_is_one_alert_and_two_units_are_two() -> None:
    """Sixty of sixty; two of sixty; three of three."""
    fleet = sensors(60) | sensors(3, "kiosk", 100)
    (one,) = grouping.group(silent(range(1, 61)), fleet)
    assert (one.cause, one.says) == (Cause("default", "shop", "", "silent"), "60 of 60 sensors are silent")
    assert [found.cause.sensor for found in grouping.group(silent(range(1, 3)), fleet)] == ["shop-1", "shop-2"]
    assert len(grouping.group(silent(range(100, 103)), fleet)) == 1


def test_an_alert_is_told_once_and_its_end_is_told_once() -> None:
    """Not again while it stands; not at all while it is acknowledged, put off, or somebody works there."""
    fleet = sensors(1)
    findings = grouping.group(silent(range(1, 2)), fleet)
    first = alerts.turn(findings, {}, [], NOW)
    known = {one.cause: one for one in first.standing}
    assert len(first.tell) == 1
    second = alerts.turn(findings, known, [], NOW + MINUTE_MS)
    assert (second.tell, second.ended) == ((), ())
    over = alerts.turn([], known, [], NOW + 2 * MINUTE_MS)
    assert [one.told for one in over.ended] == [True]
    work = [Work("default", "", NOW - 1, NOW + 1, "new switch", "me")]
    quiet = alerts.turn(findings, {}, work, NOW)
    assert (len(quiet.standing), quiet.tell) == (1, ())
    assert len(alerts.turn(findings, {one.cause: one for one in quiet.standing}, work, NOW + 1).tell) == 1
    put_off = {one.cause: replace(one, told=False, snoozed_until_ms=NOW + 5) for one in first.standing}
    assert alerts.turn(findings, put_off, [], NOW).tell == ()
    assert len(alerts.turn(findings, put_off, [], NOW + 5).tell) == 1
    held = {one.cause: replace(one, told=False, acknowledged_by="me") for one in first.standing}
    assert alerts.turn(findings, held, [], NOW).tell == ()


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    """A collector's folder with 100 sensors of two sites, all well."""
    folder = tmp_path / "collector"
    folders.create(folder, Settings())
    opened = folders.open_folder(folder)
    for site in ("mall", "street"):
        opened.registry.put_site(Site("default", site))
    for number in range(100):
        site = "mall" if number < 60 else "street"
        key = number.to_bytes(32, "big")
        opened.registry.put_sensor("default", f"{site}-{number}", site, key[-8:], key)
    yield opened
    opened.close()


def speak(
    collector: Collector, now_ms: int, frames: int, but: str = "", deaf: Mapping[str, int] = MappingProxyType({})
) -> None:
    """Every sensor says how it is, but those of a site; deaf ones hear no more frames than so many."""
    said = []
    for sensor in collector.registry.sensors():
        if sensor.site != but:
            heard = min(frames, deaf.get(sensor.name, frames))
            totals = replace(TOTALS, frames=heard)
            said.append(Report(sensor.id, 42, now_ms, True, "0.1.0", replace(HEALTH, time_ms=now_ms, totals=totals)))
    collector.registry.reports.record(said)


def test_a_site_whose_sensors_fall_silent_one_after_another_is_told_of_as_one_from_the_first() -> None:
    """Each says how it is at its own second; an old dead unit and a blink of the others are no outage, though."""
    begun, later = NOW - 7 * MINUTE_MS, NOW - 6 * MINUTE_MS
    first = [Condition(number, "silent", begun, "no word", raised_ms=NOW) for number in range(1, 6)]
    rest = [Condition(number, "silent", later, "no word") for number in range(6, 61)]
    (one,) = grouping.group([*first, *rest], sensors(60))
    assert (one.cause.sensor, one.says, one.since_ms) == ("", "60 of 60 sensors are silent", begun)
    assert grouping.group(rest, sensors(60)) == []
    dead = Condition(1, "silent", NOW - 999 * MINUTE_MS, "no word", raised_ms=1)
    assert [found.cause.sensor for found in grouping.group([dead, *rest], sensors(60))] == ["shop-1"]


def test_an_outage_of_sixty_units_is_one_alert_told_once_and_its_end(collector: Collector) -> None:
    """Within its tolerance; the broker that goes away meanwhile says nothing of single sensors."""
    collector.targets().add(Target("default", "", Way.EMAIL, "me@example.org", alerts=True), "cli:test", NOW)
    there = [True]
    watchman = Watchman(collector, lambda: there[0])
    outbox = collector.postman().outbox
    start = NOW - 60 * MINUTE_MS
    for minute in range(35):
        now_ms = start + minute * MINUTE_MS
        speak(collector, now_ms, 1000 * minute, but="mall" if 10 <= minute < 26 else "")
        watchman.look(now_ms)
        stands = [one.cause for one in watchman.book.standing().values()]
        assert stands == ([Cause("default", "mall", "", "silent")] if 20 <= minute < 28 else [])
    assert [one.subject for one in reversed(outbox.recent())] == [
        "mall silent: 60 of 60 sensors are silent",
        "Over: mall silent: 60 of 60 sensors are silent",
    ]
    (raised, ended) = (letter for _, letter in outbox.due(start + 60 * MINUTE_MS))
    (kept,) = watchman.book.recent(0)
    assert raised.data["id"] == ended.data["id"] == kept.id > 0
    there[0] = False
    for minute in range(35, 60):
        watchman.look(start + minute * MINUTE_MS)
    assert [one.cause.state for one in watchman.book.standing().values()] == ["broker"]


def test_a_broker_keeps_what_stands_and_nothing_that_is_over(collector: Collector) -> None:
    """Two units, then their whole site: over MQTT the two end, of which nobody else is told; put off is not over."""
    add = collector.targets().add
    add(Target("default", "", Way.EMAIL, "me@example.org", alerts=True), "cli:test", NOW)
    broker, _ = add(Target("default", "mall", Way.MQTT, "broker", alerts=True), "cli:test", NOW)
    watchman = Watchman(collector, lambda: True)
    outbox = collector.postman().outbox
    known: dict[Cause, Alert] = {}
    mall = {one.id: one for one in collector.registry.sensors() if one.site == "mall"}
    ids = sorted(mall)
    for minute, conditions_now in enumerate(([ids[0], ids[1]], ids, [])):
        held = [Condition(number, "silent", 0, "no word", raised_ms=1) for number in conditions_now]
        turn = alerts.turn(grouping.group(held, mall), known, [], NOW + minute)
        turn = watchman.book.save({}, {}, known, turn, NOW + minute)
        watchman._tell(turn, known, NOW + minute)
        known = watchman.book.standing()
        if minute == 0:
            assert [(one.id, said.data["sensor"]) for one, said in watchman.standing()] == [
                (broker.id, one.cause.sensor) for one in known.values()
            ]
            watchman.book.snooze(next(iter(known.values())).id, 1, "cli:me", NOW)
            known = watchman.book.standing()
            assert len(watchman.standing()) == 2
    said = {1: [], broker.id: []}  # type: ignore[var-annotated]
    for sending, one in outbox.due(NOW + 60_000):
        said[sending.target_id].append(one.event.removeprefix("alert."))
    assert said[1] == ["raised", "raised", "raised", "ended"]
    assert sorted(said[broker.id]) == ["cleared", "cleared", "ended", "raised", "raised", "raised"]
    assert watchman.standing() == []


def test_a_deaf_unit_is_found_within_fifteen_minutes(collector: Collector) -> None:
    """One that calls itself listening and hears not one frame more, whenever that was between two samples."""
    watchman = Watchman(collector, lambda: True)
    start = NOW - 60 * MINUTE_MS
    deaf_at = {"street-70": 15, "street-71": 16, "street-72": 20}  # samples are taken at 5, 15, 25
    found: dict[str, int] = {}
    for minute in range(36):
        now_ms = start + minute * MINUTE_MS
        speak(collector, now_ms, 1000 * minute, deaf={name: 1000 * at for name, at in deaf_at.items()})
        watchman.look(now_ms)
        for cause in watchman.book.standing():
            assert cause.state == "deaf"
            found.setdefault(cause.sensor, minute)
    assert set(found) == set(deaf_at)
    assert max(found[name] - at for name, at in deaf_at.items()) <= 13  # a minute more to say it, a minute to look


def test_among_2500_sensors_a_site_of_sixty_is_one_alert_and_a_deaf_one_is_found() -> None:
    """Pure, minute by minute: the site within silence's three and seven minutes, the deaf unit within fifteen."""
    fleet = {number: replace(SENSOR, id=number, name=f"s-{number}", site=f"m{number // 60}") for number in range(2500)}
    deaf, down, down_at, deaf_at = 77, "m5", 1, 10
    held: dict[tuple[int, str], Condition] = {}
    known: dict[Cause, Alert] = {}
    told: dict[Cause, int] = {}
    for minute in range(26):
        now_ms, then = NOW + minute * MINUTE_MS, max(0, minute - 10)
        well, hears_nothing = (
            replace(HEALTH, time_ms=now_ms, totals=replace(TOTALS, frames=1000 * min(minute, last)))
            for last in (minute, deaf_at)
        )
        seen = []
        for number, sensor in fleet.items():
            heard_ms = NOW + min(minute, down_at if sensor.site == down else minute) * MINUTE_MS
            report = Report(number, 42, heard_ms, True, "0.1.0", hears_nothing if number == deaf else well)
            frames = 1000 * min(then, deaf_at if number == deaf else then)
            sample = Sample(number, now_ms - 10 * MINUTE_MS, 42, frames, 5, 0, 0) if minute >= 10 else None
            seen.append(Seen(sensor, now_ms, report, sample, Push(number), "0.1.0"))
        held = conditions.look(seen, held)
        turn = alerts.turn(grouping.group(held.values(), fleet), known, [], now_ms)
        known = {one.cause: one for one in turn.standing}
        told |= {one.cause: minute for one in turn.tell}
    assert set(told) == {Cause("default", down, "", "silent"), Cause("default", "m1", "s-77", "deaf")}
    assert told[Cause("default", down, "", "silent")] - down_at <= 11, (
        "three minutes of silence, seven of tolerance, a look"
    )
    assert told[Cause("default", "m1", "s-77", "deaf")] - deaf_at <= 15


def test_a_start_is_no_outage_of_everybody(collector: Collector) -> None:
    """Sensors come back one after another; nothing is said before they had the time to."""
    speak(collector, NOW - 60 * MINUTE_MS, 1000)
    watchman = Watchman(collector, lambda: True)
    assert watchman.look(NOW).standing == ()
    assert watchman.look(NOW + GRACE_MS - 1).standing == ()


def test_a_letter_says_what_is_amiss_what_to_do_and_where(collector: Collector) -> None:
    """For people and for programs."""
    turn = alerts.turn(grouping.group(silent(range(1, 61)), sensors(60)), {}, [], NOW)
    made = letter("alert.raised", turn.tell[0])
    assert made.subject == "shop silent: 60 of 60 sensors are silent"
    assert "To do: power and network of the site" in made.text
    assert (made.data["state"], len(made.data["sensors"])) == ("silent", 60)  # type: ignore[arg-type]
    german = letter("alert.raised", turn.tell[0], partial(words.said_in, "de"))
    assert german.subject == "shop stumm: 60 von 60 Sensoren sind stumm"
    assert german.text.startswith("60 von 60 Sensoren sind stumm.\n\nZu tun: ")
    assert "power" not in german.text
    assert german.data == made.data, "what programs read is the same in each language"
    over = letter("alert.ended", turn.tell[0], partial(words.said_in, "de"))
    assert over.subject == "Vorbei: shop stumm: 60 von 60 Sensoren sind stumm"
    assert over.text.startswith("Es ist vorbei: 60 von 60")


def test_what_somebody_does_during_a_look_stays_done(collector: Collector) -> None:
    """A look that began before an acknowledgement does not take it back."""
    book = Watchman(collector, lambda: True).book
    findings = grouping.group(silent(range(1, 61)), sensors(60))
    first = book.save({}, {}, {}, alerts.turn(findings, {}, [], NOW), NOW)
    standing = book.standing()
    book.acknowledge(first.standing[0].id, "cli:me", NOW)
    fewer = grouping.group(silent(range(1, 60)), sensors(60))
    book.save({}, {}, standing, alerts.turn(fewer, standing, [], NOW + MINUTE_MS), NOW + MINUTE_MS)
    (kept,) = book.standing().values()
    assert (kept.acknowledged_by, kept.says) == ("cli:me", "59 of 60 sensors are silent")
