"""Business days: which day an instant belongs to, and when a day begins and ends, in a place's own time.

A business day turns at a local hour (default 04:00), so that an evening belongs to one day. Days of 23 and 25 hours
come out right, because both ends are computed from the local wall clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .errors import SettingsError

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Span:
    """A time from start_ms up to, not including, end_ms (UTC milliseconds), and what it is called."""

    name: str
    start_ms: int
    end_ms: int


def zone(name: str) -> ZoneInfo:
    """The time zone of this IANA name. Raises SettingsError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as exc:
        raise SettingsError(f"'{name}' is no time zone; an IANA name such as Europe/Berlin is wanted") from exc


@lru_cache(maxsize=1024)
def _day(day: date, zone_name: str, turn_h: int) -> Span:
    def turn(of: date) -> int:
        # An hour that daylight saving time skips is read as the one before the jump: the turn is never lost.
        return _utc_ms(datetime.combine(of, time(turn_h), tzinfo=zone(zone_name)))

    return Span(day.isoformat(), turn(day), turn(day + timedelta(days=1)))


def day_named(name: str, zone_name: str, turn_h: int) -> Span:
    """The business day YYYY-MM-DD. Raises SettingsError where the name is no date."""
    try:
        return _day(date.fromisoformat(name), zone_name, turn_h)
    except ValueError as exc:
        raise SettingsError(f"'{name}' is no date; YYYY-MM-DD is wanted") from exc


@lru_cache(maxsize=4096)
def _day_of_hour(hour: int, zone_name: str, turn_h: int) -> Span:
    local = datetime.fromtimestamp(hour * 3600, tz=zone(zone_name))
    day = _day((local - timedelta(hours=turn_h)).date(), zone_name, turn_h)
    while hour * HOUR_MS >= day.end_ms:
        day = _day(date.fromisoformat(day.name) + timedelta(days=1), zone_name, turn_h)
    while hour * HOUR_MS < day.start_ms:
        day = _day(date.fromisoformat(day.name) - timedelta(days=1), zone_name, turn_h)
    return day


def day_of(utc_ms: int, zone_name: str, turn_h: int) -> Span:
    """The business day that an instant belongs to."""
    day = _day_of_hour(utc_ms // HOUR_MS, zone_name, turn_h)
    if utc_ms >= day.end_ms:  # zones of half and quarter hours turn within a UTC hour
        return _day(date.fromisoformat(day.name) + timedelta(days=1), zone_name, turn_h)
    return day


def epoch_of(utc_ms: int, zone_name: str, turn_h: int, days: int) -> Span:
    """The epoch that an instant belongs to: `days` business days, called by the first of them.

    All tenants' epochs of one length begin on the same dates: they are counted from the first of January of the year 1.
    """
    day = date.fromisoformat(day_of(utc_ms, zone_name, turn_h).name)
    first = date.fromordinal(day.toordinal() - day.toordinal() % days)
    last = _day(first + timedelta(days=days - 1), zone_name, turn_h)
    return Span(first.isoformat(), _day(first, zone_name, turn_h).start_ms, last.end_ms)


def days(span: Span, zone_name: str, turn_h: int) -> Iterator[Span]:
    """The business days that a span has a part of, in their order."""
    at_ms = span.start_ms
    while at_ms < span.end_ms:
        day = day_of(at_ms, zone_name, turn_h)
        yield day
        at_ms = day.end_ms


def hours(span: Span, zone_name: str) -> Iterator[Span]:
    """The hours of a span, named by their local beginning, YYYY-MM-DDTHH:MM+OFFSET: two 02:00 stay apart in autumn."""
    place = zone(zone_name)
    start_ms = span.start_ms
    while start_ms < span.end_ms:
        local = datetime.fromtimestamp(start_ms / 1000, tz=place)
        step_ms = HOUR_MS - (local.minute * 60 + local.second) * 1000
        end_ms = min(start_ms + step_ms, span.end_ms)
        yield Span(local.isoformat(timespec="minutes"), start_ms, end_ms)
        start_ms = end_ms


def opening(span: Span, zone_name: str, opens: str | None, closes: str | None) -> list[Span]:
    """When a place is open within a span. Without hours it always is; closing before opening is past midnight."""
    if opens is None or closes is None:
        return [span]
    place = zone(zone_name)
    found: list[Span] = []
    day = datetime.fromtimestamp(span.start_ms / 1000, tz=place).date() - timedelta(days=1)
    while True:
        start = datetime.combine(day, time.fromisoformat(opens), tzinfo=place)
        end = datetime.combine(day, time.fromisoformat(closes), tzinfo=place)
        if end <= start:
            end = datetime.combine(day + timedelta(days=1), time.fromisoformat(closes), tzinfo=place)
        start_ms, end_ms = _utc_ms(start), _utc_ms(end)
        if start_ms >= span.end_ms:
            return found
        if end_ms > span.start_ms:
            found.append(Span(day.isoformat(), max(start_ms, span.start_ms), min(end_ms, span.end_ms)))
        day += timedelta(days=1)


def local(utc_ms: int, place: ZoneInfo) -> str:
    """An instant in a place's own time, to the minute."""
    return datetime.fromtimestamp(utc_ms / 1000, tz=place).isoformat(sep=" ", timespec="minutes")


def _utc_ms(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)
