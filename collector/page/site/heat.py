"""The usual week: visitors by weekday and hour, as a table whose cells are darker where more come. Pure.

Made of the released hours alone: the mean over those of a weekday and hour that show a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .. import language
from . import hours
from .hours import Hour

SHADES = 6  # 0 is the palest; the style sheet has a class for each
DAYS_LEAST = 7
MONDAY = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Box:
    """An hour of a weekday. shown: "" where nobody listened. few: withheld each time."""

    shown: str
    shade: int
    few: bool
    times: int  # hours that it is the mean of


@dataclass(frozen=True, slots=True)
class Heat:
    """The table: a row an hour of the day, a column a weekday."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Box, ...]], ...]
    days: int


def heat(found: Sequence[Hour]) -> Heat | None:
    """The usual week of these hours; None where they are of less than a week, or none shows a number."""
    values: dict[tuple[int, int], list[float]] = {}
    few: set[tuple[int, int]] = set()
    days: set[date] = set()
    for hour in found:
        begins = datetime.fromisoformat(hour.name)
        place = begins.weekday(), begins.hour
        cell = hour.cells.get(hours.VISITORS)
        if cell is not None and cell.suppressed:
            few.add(place)
        if cell is not None and cell.value is not None and hour.whole:
            values.setdefault(place, []).append(cell.value)
            days.add(begins.date())
    if len(days) < DAYS_LEAST or not values:
        return None
    means = {place: sum(ones) / len(ones) for place, ones in values.items()}
    top = max(means.values()) or 1.0
    clocks = sorted({clock for _, clock in means})
    return Heat(
        heads=tuple(language.weekday_short(MONDAY + timedelta(days=day)) for day in range(7)),
        rows=tuple(
            (
                f"{clock:02}:00",
                tuple(
                    _box(means.get((day, clock)), (day, clock) in few, top, len(values.get((day, clock), ())))
                    for day in range(7)
                ),
            )
            for clock in range(clocks[0], clocks[-1] + 1)
        ),
        days=len(days),
    )


def _box(value: float | None, few: bool, top: float, times: int) -> Box:
    if value is None:
        return Box("", 0, few, 0)
    return Box(
        language.number(value, 0 if value >= 10 else 1), min(SHADES - 1, int(SHADES * value / top)), False, times
    )
