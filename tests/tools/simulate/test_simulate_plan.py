"""A plan has limits on everything and says so; its hours are right on every day of the year."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from tools.simulate.hours import HOUR_MS, hours_of
from tools.simulate.plan import COUNT_LIMITS, REAL_LIMITS, ShopPlan

WRONG: list[dict[str, Any]] = [
    {"randomizing_share": 1.01},
    {"randomizing_share": -0.1},
    {"carrying_share": math.nan},
    {"sensors": 2.5},
    {"visitors": True},
    {"margin_min": 29},
    {"date": date(1999, 12, 31)},
    {"time_zone": "Europe/Nowhere"},
    {"time_zone": "../etc"},
    {"time_zone": ""},
    {"opens": time(4, 59)},
    {"closes": time(23, 31)},
    {"opens": time(20, 0), "closes": time(9, 0)},
    {"opens": time(9, 0), "closes": time(9, 59)},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_value_outside_its_limits_is_refused_by_name(wrong: dict[str, Any]) -> None:
    """The sentence names the field, so that the reader knows which one to change."""
    words = [*wrong, "opening hours", "the shop must close"]
    with pytest.raises(ValueError, match="|".join(words)):
        ShopPlan(**wrong)


@pytest.mark.parametrize(("name", "lowest", "highest"), [*COUNT_LIMITS, *REAL_LIMITS])
def test_limits_are_inclusive(name: str, lowest: float, highest: float) -> None:
    """The limit itself is allowed, one beyond is not."""
    for value in (lowest, highest):
        assert getattr(replace(ShopPlan(), **{name: value}), name) == value
    for value in (lowest - 1, highest + 1):
        with pytest.raises(ValueError, match=name):
            replace(ShopPlan(), **{name: value})


@pytest.mark.parametrize(
    ("zone", "day", "count", "missing_or_twice"),
    [
        ("Europe/Berlin", date(2026, 6, 12), 24, None),
        ("Europe/Berlin", date(2026, 3, 28), 23, 2),  # clocks go forward in the night that ends this business day
        ("Europe/Berlin", date(2026, 10, 24), 25, 2),
        ("America/New_York", date(2026, 10, 31), 25, 1),
        ("Asia/Kolkata", date(2026, 6, 12), 24, None),
    ],
)
def test_a_business_day_has_as_many_hours_as_the_clock(
    zone: str, day: date, count: int, missing_or_twice: int | None
) -> None:
    """A day on which clocks change has 23 or 25 hours; every hour starts where the one before ended."""
    hours = hours_of(ShopPlan(date=day, time_zone=zone))
    assert len(hours.every) == count
    assert hours.recorded.end_ms - hours.recorded.start_ms == count * HOUR_MS
    assert hours.every[0].clock == 4
    assert all(a.span.end_ms == b.span.start_ms for a, b in zip(hours.every, hours.every[1:], strict=False))
    clocks = [hour.clock for hour in hours.every]
    for clock in range(24):
        assert clocks.count(clock) == (1 + count - 24 if clock == missing_or_twice else 1)


def test_opening_hours_are_local_on_both_sides_of_a_clock_change() -> None:
    """Nine o'clock is nine o'clock: 07:00 UTC in summer, 08:00 UTC in winter."""
    summer = hours_of(ShopPlan(date=date(2026, 7, 1))).opened.start_ms
    winter = hours_of(ShopPlan(date=date(2026, 12, 1))).opened.start_ms
    assert (summer % (24 * HOUR_MS), winter % (24 * HOUR_MS)) == (7 * HOUR_MS, 8 * HOUR_MS)


def test_a_margin_shortens_the_recording() -> None:
    """The small plan records half an hour more than its two open hours on each side."""
    hours = hours_of(ShopPlan.small())
    assert hours.recorded.end_ms - hours.recorded.start_ms == 3 * HOUR_MS
    assert [hour.clock for hour in hours.every] == [9, 10, 11, 12]
