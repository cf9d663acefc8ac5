"""Holdings: sums of the manifest, and how long the disk lasts at this rate."""

from datetime import date

import pytest

from collector.storage.holdings import Growth, Holding, days_left, growth

TODAY = date(2026, 3, 20)


def held(day: int, size: int, kind: str = "windows") -> Holding:
    return Holding("default", kind, f"2026-03-{day:02}", 1, 10, size)


def test_growth_is_the_mean_of_whole_days_of_what_stays() -> None:
    some = [held(day, 100) for day in range(1, 19)] + [held(20, 5000), held(19, 5000), held(10, 9999, "sightings")]
    assert growth(some, ["windows", "visits"], TODAY) == Growth(100.0, 7)


def test_a_day_on_which_nothing_came_counts_as_a_day() -> None:
    assert growth([held(15, 400), held(18, 400)], ["windows"], TODAY) == Growth(200.0, 4)


@pytest.mark.parametrize("some", [[], [held(18, 100)], [held(19, 100), held(20, 100)]])
def test_too_few_days_say_nothing(some: list[Holding]) -> None:
    assert growth(some, ["windows"], TODAY) is None


@pytest.mark.parametrize(("grown", "days"), [(Growth(100.0, 7), 9.0), (Growth(0.0, 7), None), (None, None)])
def test_days_left_are_those_above_the_floor(grown: Growth | None, days: float | None) -> None:
    assert days_left(1000, 100, grown) == days


def test_below_the_floor_no_day_is_left() -> None:
    assert days_left(50, 100, Growth(10.0, 7)) == 0.0
