"""A simulated day keeps its promises: it repeats, it adds up, and its people behave."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from statistics import median

import pytest

from tools.simulate import walk
from tools.simulate.hours import Span, clipped
from tools.simulate.people import Kind
from tools.simulate.shop import ShopDay, ShopPlan, simulate
from tools.simulate.truth import day_record, records

LOCAL_BIT = 0x02


def test_same_seed_gives_the_same_day(small_day: ShopDay) -> None:
    """A plan is a day: running it again changes nothing, not even the order."""
    assert small_day == simulate(ShopPlan.small())


def test_another_seed_gives_another_day(small_day: ShopDay) -> None:
    """A seed that changed nothing would make determinism worthless."""
    other = simulate(ShopPlan.small(seed=2))
    assert other.frames != small_day.frames
    assert other.people != small_day.people


def test_people_do_not_depend_on_the_sensors(small_day: ShopDay) -> None:
    """Adding sensors changes what is heard, never who came or what they sent."""
    five = simulate(replace(ShopPlan.small(), sensors=5))
    assert five.people == small_day.people
    assert [replace(t, heard=()) for t in five.tallies] == [replace(t, heard=()) for t in small_day.tallies]


def test_progress_ends_at_one_and_changes_nothing(small_day: ShopDay) -> None:
    """Watching does not disturb."""
    told: list[float] = []
    assert simulate(ShopPlan.small(), told.append) == small_day
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_frames_heard_add_up_to_the_truth(small_day: ShopDay) -> None:
    """Every frame of a capture is in its sender's tally, and no tally counts one that is not there."""
    counted = Counter((sender, frame.sensor) for frame, sender in zip(small_day.frames, small_day.senders, strict=True))
    for index, tally in enumerate(small_day.tallies):
        assert tally.heard == tuple(counted[index, sensor] for sensor in range(len(small_day.sensors)))
        assert max(tally.heard) <= tally.frames
    assert sum(counted.values()) == len(small_day.frames) > 5000


def test_addresses_heard_are_within_the_addresses_used(small_day: ShopDay) -> None:
    """A person is never heard under more addresses than the truth says they used."""
    heard: dict[int, set[bytes]] = {}
    for frame, sender in zip(small_day.frames, small_day.senders, strict=True):
        heard.setdefault(sender, set()).add(frame.frame[10:16])
    assert all(len(addresses) <= small_day.tallies[sender].addresses for sender, addresses in heard.items())


def test_frames_come_in_order_of_time_within_the_recording(small_day: ShopDay) -> None:
    """A capture reads from morning to evening and holds nothing from outside the recorded time."""
    times_us = [frame.ts_us for frame in small_day.frames]
    assert times_us == sorted(times_us)
    assert small_day.hours.recorded.start_ms * 1000 <= times_us[0]
    assert times_us[-1] < small_day.hours.recorded.end_ms * 1000


def test_frames_are_sent_while_their_sender_is_there(small_day: ShopDay) -> None:
    """Nobody is heard before coming or after leaving."""
    for frame, sender in zip(small_day.frames, small_day.senders, strict=True):
        person = small_day.people[sender]
        at_ms = frame.ts_us // 1000
        assert any(span.start_ms <= at_ms < span.end_ms for span in person.inside + person.outside)


@pytest.mark.parametrize("kind_and_count", [("visitors", Kind.VISITOR), ("passers_by", Kind.PASSER_BY)])
def test_as_many_people_come_as_were_asked_for(default_day: ShopDay, kind_and_count: tuple[str, Kind]) -> None:
    """The plan's numbers are exact, and the hours of the truth add up to them."""
    name, kind = kind_and_count
    wanted = getattr(default_day.plan, name)
    assert sum(person.kind is kind for person in default_day.people) == wanted
    hours = day_record(default_day)["hours"]
    assert isinstance(hours, list)
    assert sum(hour[name] for hour in hours) == wanted


def test_visitors_are_inside_only_while_the_shop_is_open(default_day: ShopDay) -> None:
    """Nobody shops behind closed doors; staff may be in 20 minutes before and after."""
    opened = default_day.hours.opened
    lead_ms = 20 * 60_000
    allowed = {
        Kind.VISITOR: opened,
        Kind.STAFF: Span(opened.start_ms - lead_ms, opened.end_ms + lead_ms),
        Kind.PASSER_BY: Span(0, 0),
        Kind.NEIGHBOUR: Span(0, 0),
        Kind.FIXED: default_day.hours.recorded,
    }
    for person in default_day.people:
        assert clipped(person.inside, allowed[person.kind]) == person.inside


def test_a_visitor_walks_in_from_the_street_and_out_again(default_day: ShopDay) -> None:
    """Outside, inside, outside, without a gap; the zones fill the time inside."""
    for person in default_day.people:
        if person.kind is not Kind.VISITOR:
            continue
        (inside,) = person.inside
        coming, going = person.outside
        assert (coming.end_ms, inside.end_ms) == (inside.start_ms, going.start_ms)
        assert person.zones[0].start_ms == inside.start_ms
        assert person.zones[-1].end_ms == inside.end_ms
        for before, after in zip(person.zones, person.zones[1:], strict=False):
            assert before.end_ms == after.start_ms
            assert before.zone is not after.zone
        times = [point.t_ms for point in person.track]
        assert times == sorted(times)


def test_inside_a_visitor_walks_at_a_walking_pace(default_day: ShopDay) -> None:
    """To each stop and out again; faster only where that would take half of the visit or more."""
    for person in default_day.people:
        if person.kind is not Kind.VISITOR:
            continue
        (inside,) = person.inside
        within = [point for point in person.track if inside.start_ms <= point.t_ms <= inside.end_ms]
        legs = [(b.t_ms - a.t_ms, math.dist(a[1:], b[1:])) for a, b in pairwise(within) if a[1:] != b[1:]]
        walked_ms, walked_m = sum(ms for ms, _ in legs), sum(m for _, m in legs)
        length_ms = inside.end_ms - inside.start_ms
        wanted_ms = min(1000 * walked_m / walk.SHOP_M_PER_S, walk.WALKING_SHARE_MAX * length_ms)
        assert walked_ms == pytest.approx(wanted_ms, abs=2 * len(legs))
        assert all(ms == pytest.approx(wanted_ms * m / walked_m, abs=2) for ms, m in legs)


def test_dwell_is_near_the_plan(default_day: ShopDay) -> None:
    """The median dwell is the plan's within a fifth, and dwell is skewed to the right."""
    dwells_s = [person.dwell_s for person in default_day.people if person.kind is Kind.VISITOR]
    assert median(dwells_s) == pytest.approx(default_day.plan.dwell_median_s, rel=0.2)
    assert sum(dwells_s) / len(dwells_s) > 1.2 * median(dwells_s)


def test_the_day_has_a_shape(default_day: ShopDay) -> None:
    """More people pass in the late afternoon than at night, and the street is never quite empty of them."""
    hours = day_record(default_day)["hours"]
    assert isinstance(hours, list)
    passing = {hour["hour"]: hour["passers_by"] for hour in hours}
    assert len(passing) == 24
    assert passing[17] > 5 * max(1, passing[3])


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_randomizing_share_is_followed(share: float) -> None:
    """The share of randomising phones is the one asked for; 0 and 1 are exact; machines never randomise."""
    day = simulate(replace(ShopPlan.small(), passers_by=1500, randomizing_share=share))
    phones = [p for p in day.people if p.device is not None and p.kind is not Kind.FIXED]
    randomizing = [p for p in phones if p.device is not None and p.device.model.randomizing]
    assert len(randomizing) / len(phones) == pytest.approx(share, abs=0.0 if share in {0.0, 1.0} else 0.05)
    local = {sender for frame, sender in zip(day.frames, day.senders, strict=True) if frame.frame[10] & LOCAL_BIT}
    assert local <= {index for index, person in enumerate(day.people) if person in randomizing}
    assert bool(local) == (share > 0)


def test_without_a_parameter_17_of_22_phones_randomize(default_day: ShopDay) -> None:
    """The table's own share is the measured one: 5 phones of 22 use a global address."""
    phones = [p.device.model for p in default_day.people if p.device is not None and p.kind is not Kind.FIXED]
    assert sum(model.randomizing for model in phones) / len(phones) == pytest.approx(17 / 22, abs=0.03)


def test_carrying_share_is_followed(default_day: ShopDay) -> None:
    """People without Wi-Fi send nothing, and there are as many of them as the plan says."""
    people = [person for person in default_day.people if person.kind is not Kind.FIXED]
    carrying = sum(person.device is not None for person in people)
    assert carrying / len(people) == pytest.approx(default_day.plan.carrying_share, abs=0.03)
    for person, tally in zip(default_day.people, default_day.tallies, strict=True):
        assert person.device is not None or (tally.bursts, tally.frames, sum(tally.heard)) == (0, 0, 0)


def test_the_default_day_has_the_promised_size(default_day: ShopDay) -> None:
    """Sixty to a hundred and twenty thousand frames: enough to be a day, small enough for a first look."""
    assert 60_000 <= len(default_day.frames) <= 120_000


def test_minus_65_dbm_tells_inside_from_outside_but_not_surely(default_day: ShopDay) -> None:
    """By the loudest frame of a burst, most inside and few outside exceed it; neither is all or none."""
    loudest: dict[tuple[int, int], int] = {}
    for frame, sender in zip(default_day.frames, default_day.senders, strict=True):
        key = sender, frame.ts_us // 2_000_000
        loudest[key] = max(loudest.get(key, -128), frame.rssi_dbm)
    inside, outside = [], []
    for (sender, at), rssi_dbm in loudest.items():
        person = default_day.people[sender]
        if person.kind is Kind.PASSER_BY:
            outside.append(rssi_dbm >= -65)
        elif person.kind is Kind.VISITOR and clipped(person.inside, Span(at * 2000, at * 2000 + 1)):
            inside.append(rssi_dbm >= -65)
    assert 0.75 < sum(inside) / len(inside) < 0.98
    assert 0.02 < sum(outside) / len(outside) < 0.20


def test_a_day_without_anybody_is_a_day() -> None:
    """Nothing to hear is not an error."""
    empty = replace(ShopPlan.small(), visitors=0, passers_by=0, staff=0, neighbours=0, fixed_devices=0)
    day = simulate(empty)
    assert day.frames == ()
    first, *rest = records(day)
    assert (first["dwell_s_median"], rest) == (None, [])
