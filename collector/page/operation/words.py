"""How the operator's pages say sizes, rates, spans and tasks."""

import re
from datetime import UTC, datetime

from ...vitals.trend import Bin
from .. import language
from ..language import gettext as _
from ..language import marked

UNITS = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
TASKS = {
    "fold": marked("Fold visits"),
    "count": marked("Count people"),
    "keep estimates": marked("Keep estimates of days that are over"),
    "compact": marked("Merge small files"),
    "retention": marked("Delete what is over"),
    "publish open tables": marked("Publish open tables"),
    "close numbers": marked("Remember old batches by ranges of numbers"),
    "sweep": marked("Sweep away what no commit listed"),
    "campaigns": marked("Move campaigns on"),
    "reports": marked("Send reports"),
    "expire refused messages": marked("Let refused messages expire"),
    "end objections": marked("End objections"),
    "watch ingest": marked("Watch the intake"),
    "turn keys": marked("Turn epoch keys"),
    "tell of keys": marked("Tell sensors of keys"),
    "workers": marked("Tend workers"),
    "stand in": marked("Stand in for workers that are gone"),
    "note figures": marked("Note figures"),
    "watch the fleet": marked("Watch the fleet"),
    "say what hinders": marked("Say in the log what hinders"),
    "watchdog": marked("Tell the supervisor"),
}
ONLY = {
    "different": marked("with a difference"),
    "spool": marked("that still hold some"),
    "dropped": marked("that dropped some"),
}


def size(count: int | float) -> str:
    """Bytes: 1536 as 1.5 KiB."""
    for unit, name in UNITS:
        if abs(count) >= unit:
            return f"{language.number(count / unit, 1)} {name}"
    return f"{language.number(count)} B"


def rate(per_s: float | None) -> str:
    """Messages a second; – where it is not known."""
    if per_s is None:
        return "–"
    return language.number(per_s, 0 if per_s >= 100 else 1)


def seconds(value: float | None) -> str:
    """A time that something took, or its bound."""
    if value is None:
        return "–"
    if value < 1:
        return f"{language.number(1000 * value)} ms"
    if value >= 7200:
        return f"{language.number(value / 3600)} h"
    if value >= 120:
        return f"{language.number(value / 60)} min"
    return f"{language.number(value, 0 if value >= 10 or value == int(value) else 2)} s"


def clock(utc_ms: int) -> str:
    """09:35, UTC."""
    return language.clock(datetime.fromtimestamp(utc_ms / 1000, UTC))


def instant(utc_ms: int) -> str:
    """2 Mar 2026, 09:35:07, UTC."""
    moment = datetime.fromtimestamp(utc_ms / 1000, UTC)
    return f"{language.date_short(moment)}, {moment:%H:%M:%S}"


def course(one: Bin) -> tuple[str, ...]:
    """A span's numbers as a table shows them."""
    waiting = _("no data") if one.waiting_max is None else language.number(one.waiting_max)
    known = one.settled_per_s is not None
    return (*(rate(value) if known else _("no data") for value in (one.settled_per_s, one.refused_per_s)), waiting)


def task(name: str) -> str:
    """A duty, in words."""
    return _(TASKS[name]) if name in TASKS else name


def only(name: str) -> str:
    """A choice of the conservation table."""
    return _(ONLY[name])


def done(code: str) -> str:
    """What was done, by the word and the counts in a page's address; no sentence of whoever sends a link."""
    found = re.fullmatch(r"(?:replayed\.(\d{1,6})\.(\d{1,6})\.(\d{1,6})|purged\.(\d{1,6}))", code)
    if found is None:
        return ""
    if found[4]:
        return language.ngettext("%(count)s message is gone.", "%(count)s messages are gone.", int(found[4])) % {
            "count": found[4]
        }
    return _("%(stored)s stored, %(refused)s refused again, %(passed)s cannot be let in.") % {
        "stored": found[1],
        "refused": found[2],
        "passed": found[3],
    }


def last_hours(hours: int) -> str:
    """A choice of the quarantine's time."""
    return _("the last hour") if hours == 1 else _("the last %(hours)d hours") % {"hours": hours}
