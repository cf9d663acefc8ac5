"""Words: how the page says numbers, times and reasons, in the language of the question."""

from collections.abc import Sequence
from datetime import datetime

from .. import calendar
from ..people.user import Right, Role
from ..reporting import text as report_text
from ..suppression import Cell
from . import language
from .language import gettext as _
from .language import marked
from .sentences import phrased

REASONS = {
    "malformed": marked("not a valid frame"),
    "overflow": marked("no room in the window"),
    "keyless": marked("heard without a key"),
    "no_signal": marked("signal level unknown"),
    "weak": marked("too weak"),
    "fixed": marked("fixed devices"),
    "closed": marked("outside opening hours"),
    "staff": marked("people who work there"),
    "neighbour": marked("neighbours"),
    "stray": marked("single stray frames"),
    "spoofed": marked("made-up addresses"),
}
TOO_FEW = report_text.TOO_FEW
LENGTHS = (  # the cells of dwell_histogram
    marked("under 5 min"),
    marked("5 to 10 min"),
    marked("10 to 20 min"),
    marked("20 to 30 min"),
    marked("30 to 60 min"),
    marked("over an hour"),
)
CELLS = REASONS | {name: name for name in LENGTHS}
WITHHELD = (marked("too few"), marked("withheld"), marked("no data"))
ROLES = {
    Role.TECHNICIAN: marked("technician"),
    Role.ADMINISTRATOR: marked("administrator"),
    Role.OPERATOR: marked("operator"),
    Role.ANALYST: marked("analyst"),
}
RIGHTS = {
    Right.READ_REPORT: marked("Read the numbers of your sites"),
    Right.READ_FLEET: marked("Look after sensors"),
    Right.WRITE_FLEET: marked("Change sensors"),
    Right.READ_OPERATION: marked("Look after this collector"),
    Right.WRITE_OPERATION: marked("Let refused messages in, or throw them away"),
    Right.READ_PEOPLE: marked("See who has an account"),
    Right.WRITE_PEOPLE: marked("Give and take accounts"),
}

LONG_S = 5400


def said(text: str) -> str:
    """A text that was written elsewhere, as the catalogue has it or a sentence like it; else as it is."""
    found = _(text)
    return phrased(text) if found == text else found


def said_in(code: str, text: str) -> str:
    """The same, in this language."""
    with language.speaking(code):
        return said(text)


def role(name: Role) -> str:
    """A role."""
    return _(ROLES[name])


def right(name: Right) -> str:
    """A right in words; its own name where there are none."""
    return _(RIGHTS[name]) if name in RIGHTS else str(name)


def withheld() -> list[str]:
    """What stands where a number does not."""
    return [_(one) for one in WITHHELD]


def shown(cell: Cell, unit: str) -> str:
    """A cell's number as a person reads it; long times in hours."""
    if cell.suppressed or cell.value is None:
        return _(report_text.shown(cell, unit))
    if unit.startswith("share"):
        return language.percent(cell.value)
    if unit == "s" and cell.value >= LONG_S:
        hours, rest = divmod(round(cell.value / 60), 60)
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}
    if unit == "s":
        return f"{language.number(cell.value / 60, 1)} min"
    whole = cell.value >= 10 or cell.value == int(cell.value)
    return language.number(cell.value, 0 if whole else 2)


def reason(name: str) -> str:
    """A cell's name for people: why frames were discarded, a length of stays; other names stay as they are."""
    return _(CELLS[name]) if name in CELLS else name


def clock(hour: str) -> str:
    """2026-03-02T11:00+01:00 as 11:00."""
    return hour[11:16]


def weekday(hour: str) -> str:
    """2026-03-02T11:00+01:00 as Mon 2."""
    moment = datetime.fromisoformat(hour)
    return f"{language.weekday_short(moment)} {moment.day}" + ("." if language.spoken() == "de" else "")


def hour_label(hour: str) -> str:
    """2026-03-02T11:00+01:00 as Mon 2 March, 11:00."""
    moment = datetime.fromisoformat(hour)
    return f"{language.day_named(moment)}, {language.clock(moment)}"


def instant(utc_ms: int, zone: str) -> str:
    """An instant for programs: 2026-03-02T11:00:00+01:00."""
    return datetime.fromtimestamp(utc_ms // 1000, tz=calendar.zone(zone)).isoformat()


def local(utc_ms: int, zone: str, now_ms: int) -> str:
    """An instant in a site's own time; with its date where it is more than half a day away."""
    moment = datetime.fromtimestamp(utc_ms / 1000, tz=calendar.zone(zone))
    if abs(now_ms - utc_ms) < 12 * calendar.HOUR_MS:
        return language.clock(moment)
    return f"{language.date_short(moment)}, {language.clock(moment)}"


def span(start_ms: int, end_ms: int, zone: str) -> str:
    """A time for a heading: Monday 2 March 2026, 09:00 to 20:00."""
    place = calendar.zone(zone)
    start = datetime.fromtimestamp(start_ms / 1000, tz=place)
    end = datetime.fromtimestamp(end_ms / 1000, tz=place)
    first, last = (f"{language.date_long(one)}, {language.clock(one)}" for one in (start, end))
    if start.date() == end.date():
        return _("%(begin)s to %(end)s") % {"begin": first, "end": language.clock(end)}
    return _("%(begin)s, to %(end)s") % {"begin": first, "end": last}


def ago(then_ms: int, now_ms: int) -> str:
    """How long ago, roughly."""
    seconds = max(0, now_ms - then_ms) // 1000
    for says, size_s in ((_("%(count)d days ago"), 86_400), (_("%(count)d h ago"), 3600), (_("%(count)d min ago"), 60)):
        if seconds >= 2 * size_s:
            return says % {"count": seconds // size_s}
    return _("%(count)d s ago") % {"count": seconds}


def share(value: float) -> str:
    """0.1234 as 12.3 %."""
    return language.percent(value)


def minutes(seconds: int) -> str:
    """A threshold: 60 as a minute, 90 as 90 s, 300 as 5 min."""
    if seconds == 60:
        return _("a minute")
    return f"{seconds} s" if seconds % 60 else f"{seconds // 60} min"


def days(names: Sequence[str]) -> str:
    """Business days, the middle ones left out where they are many."""
    if len(names) < 4:
        return ", ".join(names)
    return _("%(first)s to %(last)s (%(count)d days)") % {"first": names[0], "last": names[-1], "count": len(names)}
