"""Words: how the page says numbers, times and reasons."""

from datetime import datetime

from .. import calendar, report_text
from ..report_text import TOO_FEW
from ..suppression import Cell

__all__ = ["TOO_FEW", "ago", "clock", "days", "hour_label", "local", "minutes", "reason", "share", "shown", "span"]

REASONS = {
    "malformed": "not a valid frame",
    "overflow": "no room in the window",
    "keyless": "heard without a key",
    "no_signal": "signal level unknown",
    "weak": "too weak",
    "fixed": "fixed devices",
    "closed": "outside opening hours",
    "staff": "people who work there",
    "neighbour": "neighbours",
    "stray": "single stray frames",
    "spoofed": "made-up addresses",
}

LONG_S = 5400


def shown(cell: Cell, unit: str) -> str:
    """A cell's number as a person reads it; long times in hours."""
    if unit == "s" and cell.value is not None and cell.value >= LONG_S:
        hours, rest = divmod(round(cell.value / 60), 60)
        return f"{hours} h {rest} min"
    return report_text.shown(cell, unit)


def reason(name: str) -> str:
    """Why frames were discarded, for people; other names stay as they are."""
    return REASONS.get(name, name)


def clock(hour: str) -> str:
    """2026-03-02T11:00+01:00 as 11:00."""
    return hour[11:16]


def weekday(hour: str) -> str:
    """2026-03-02T11:00+01:00 as Mon 2."""
    moment = datetime.fromisoformat(hour)
    return f"{moment:%a} {moment.day}"


def hour_label(hour: str) -> str:
    """2026-03-02T11:00+01:00 as Mon 2 March, 11:00."""
    moment = datetime.fromisoformat(hour)
    return f"{moment:%a} {moment.day} {moment:%B}, {moment:%H:%M}"


def local(utc_ms: int, zone: str, now_ms: int) -> str:
    """An instant in a site's own time; with its date where it is more than half a day away."""
    moment = datetime.fromtimestamp(utc_ms / 1000, tz=calendar.zone(zone))
    if abs(now_ms - utc_ms) < 12 * calendar.HOUR_MS:
        return f"{moment:%H:%M}"
    return f"{moment.day} {moment:%b %Y, %H:%M}"


def span(start_ms: int, end_ms: int, zone: str) -> str:
    """A time for a heading: Monday 2 March 2026, 09:00 to 20:00."""
    place = calendar.zone(zone)
    start = datetime.fromtimestamp(start_ms / 1000, tz=place)
    end = datetime.fromtimestamp(end_ms / 1000, tz=place)
    first = f"{start:%A} {start.day} {start:%B %Y}, {start:%H:%M}"
    if start.date() == end.date():
        return f"{first} to {end:%H:%M}"
    return f"{first}, to {end:%A} {end.day} {end:%B %Y}, {end:%H:%M}"


def ago(then_ms: int, now_ms: int) -> str:
    """How long ago, roughly."""
    seconds = max(0, now_ms - then_ms) // 1000
    for unit, size_s in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size_s:
            return f"{seconds // size_s} {unit} ago"
    return f"{seconds} s ago"


def share(value: float) -> str:
    """0.1234 as 12.3 %."""
    return f"{100 * value:.1f} %"


def minutes(seconds: int) -> str:
    """A threshold: 60 as a minute, 90 as 90 s, 300 as 5 min."""
    if seconds == 60:
        return "a minute"
    return f"{seconds} s" if seconds % 60 else f"{seconds // 60} min"


def days(names: list[str]) -> str:
    """Business days, the middle ones left out where they are many."""
    return ", ".join(names) if len(names) < 4 else f"{names[0]} to {names[-1]} ({len(names)} days)"
