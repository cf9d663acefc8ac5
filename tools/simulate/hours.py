"""The clock of one business day: when recording runs, when the shop is open, and which hours there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tools.simulate.plan import ShopPlan

DAY_TURNS = time(4, 0)  # local time; the business day on which an epoch turns by default
HOUR_MS = 3_600_000


class Span(NamedTuple):
    """Half-open interval of UTC milliseconds since 1970."""

    start_ms: int
    end_ms: int

    def overlap_ms(self, other: Span) -> int:
        """Milliseconds the two intervals share; 0 where they are apart."""
        return max(0, min(self.end_ms, other.end_ms) - max(self.start_ms, other.start_ms))


def clipped(spans: Iterable[Span], bounds: Span) -> tuple[Span, ...]:
    """Cut intervals to the bounds; what lies outside vanishes."""
    cut = (Span(max(s.start_ms, bounds.start_ms), min(s.end_ms, bounds.end_ms)) for s in spans)
    return tuple(s for s in cut if s.end_ms > s.start_ms)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Merge intervals that touch or overlap, in order of time."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start_ms <= merged[-1].end_ms:
            merged[-1] = Span(merged[-1].start_ms, max(merged[-1].end_ms, span.end_ms))
        else:
            merged.append(span)
    return tuple(merged)


@dataclass(frozen=True, slots=True)
class Hour:
    """One local hour, as far as it was recorded. `clock` is the local hour of day, 0 to 23."""

    span: Span
    clock: int


@dataclass(frozen=True, slots=True)
class Hours:
    """`recorded` and `opened` as UTC intervals, and every hour of the recording in order.

    A day on which clocks change has 23 or 25 hours, and one local hour may be missing or come twice.
    """

    recorded: Span
    opened: Span
    every: tuple[Hour, ...]


def hours_of(plan: ShopPlan) -> Hours:
    """Place the plan's local times on UTC."""
    zone = ZoneInfo(plan.time_zone)
    day = Span(_utc_ms(plan.date, DAY_TURNS, zone), _utc_ms(plan.date + timedelta(days=1), DAY_TURNS, zone))
    opened = Span(_utc_ms(plan.date, plan.opens, zone), _utc_ms(plan.date, plan.closes, zone))
    recorded = day
    if plan.margin_min is not None:
        margin_ms = plan.margin_min * 60_000
        recorded = Span(max(day.start_ms, opened.start_ms - margin_ms), min(day.end_ms, opened.end_ms + margin_ms))
    every = []
    for start_ms in range(day.start_ms, day.end_ms, HOUR_MS):
        for span in clipped([Span(start_ms, min(start_ms + HOUR_MS, day.end_ms))], recorded):
            every.append(Hour(span, datetime.fromtimestamp(start_ms / 1000, zone).hour))
    return Hours(recorded, opened, tuple(every))


def _utc_ms(day: date, clock: time, zone: ZoneInfo) -> int:
    local = datetime.combine(day, clock, zone)
    return int(local.astimezone(UTC).timestamp()) * 1000
