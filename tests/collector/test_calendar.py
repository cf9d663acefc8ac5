"""Business days and hours are right in every zone, on days of 23, 24 and 25 hours."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import calendar
from collector.errors import SettingsError

HOUR_MS = calendar.HOUR_MS
ZONES = ["UTC", "Europe/Prague", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 23), ("2026-03-29", 24), ("2026-10-24", 25), ("2026-10-25", 24)]
)
def test_a_business_day_has_the_hours_its_wall_clock_has(day: str, hours: int) -> None:
    """The clock changes at 02:00 or 03:00 of the next calendar day, before the day turns at 04:00."""
    span = calendar.day_named(day, "Europe/Prague", 4)
    assert (span.end_ms - span.start_ms) / HOUR_MS == hours


def test_the_evening_and_the_night_after_belong_to_one_day() -> None:
    late = utc("2026-06-12T23:30")  # 01:30 in Prague
    assert calendar.day_of(late, "Europe/Prague", 4).name == "2026-06-12"
    assert calendar.day_of(late + 3 * HOUR_MS, "Europe/Prague", 4).name == "2026-06-13"


@given(st.integers(utc("2000-01-01"), utc("2040-01-01")), st.sampled_from(ZONES), st.integers(0, 23))
def test_an_instant_lies_in_the_day_it_belongs_to(utc_ms: int, zone: str, turn_h: int) -> None:
    day = calendar.day_of(utc_ms, zone, turn_h)
    assert day.start_ms <= utc_ms < day.end_ms
    assert calendar.day_of(day.end_ms, zone, turn_h).start_ms == day.end_ms


@given(st.integers(utc("2000-01-01"), utc("2040-01-01")), st.sampled_from(ZONES))
def test_hours_cover_a_day_without_gap_and_with_distinct_names(utc_ms: int, zone: str) -> None:
    day = calendar.day_of(utc_ms, zone, 4)
    hours = list(calendar.hours(day, zone))
    assert [hours[0].start_ms, hours[-1].end_ms] == [day.start_ms, day.end_ms]
    assert all(before.end_ms == after.start_ms for before, after in pairwise(hours))
    assert len({hour.name for hour in hours}) == len(hours)


def test_opening_hours_past_midnight_reach_into_the_next_day() -> None:
    night = calendar.Span("asked", utc("2026-06-12T00:00"), utc("2026-06-13T00:00"))
    spans = calendar.opening(night, "UTC", "20:00", "02:00")
    assert [(span.start_ms, span.end_ms) for span in spans] == [
        (utc("2026-06-12T00:00"), utc("2026-06-12T02:00")),
        (utc("2026-06-12T20:00"), utc("2026-06-13T00:00")),
    ]


def test_a_place_without_opening_hours_is_always_open() -> None:
    span = calendar.Span("asked", 0, HOUR_MS)
    assert calendar.opening(span, "UTC", None, None) == [span]


@pytest.mark.parametrize("name", ["Mars/Base", "../etc/passwd", "", "Europe"])
def test_a_wrong_zone_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match="no time zone"):
        calendar.zone(name)
