"""The sheet as plain text, for who reads mail without HTML. Pure."""

import textwrap
from collections.abc import Iterator

from ..page import words
from ..page.language import gettext as _
from .sheet import Section, Sheet

COLUMNS = 100
LABEL_COLUMNS = 48
HOURS_MAX = 72  # of one metric, as in the terminal's report; page and PDF have them


def render(sheet: Sheet, simulated: bool) -> str:
    """The numbers of a sheet and what they rest on, in the language now; definitions are in the HTML."""
    return "\n".join(_lines(sheet, simulated)) + "\n"


def _lines(sheet: Sheet, simulated: bool) -> Iterator[str]:
    page, report = sheet.page, sheet.page.report
    yield sheet.site.name
    head = {"span": page.span, "zone": report.time_zone, "made": sheet.made}
    yield _("%(span)s, local time of %(zone)s. Made %(made)s.") % head
    if simulated:
        yield _("These people are simulated.")
    for line in page.degraded:
        yield from _wrapped(_("Degraded: %(line)s.") % {"line": line})
    for line in report.disagreements:
        yield from _wrapped(f"{_('They disagree.')} {words.said(line)}.")
    rests = {"epochs": page.epochs, "coverage": page.coverage, "minimum": report.minimum_group}
    yield from _wrapped(_("Epoch %(epochs)s. Coverage %(coverage)s. Groups under %(minimum)s are not shown.") % rests)
    for section in sheet.sections:
        yield ""
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    title, unit = words.said(section.metric.title), section.metric.unit
    yield from _wrapped(title if unit == "s" else f"{title} ({words.said(unit)})")
    hours = sum(line.of_hour for line in section.lines)
    hidden = hours if hours > HOURS_MAX else 0
    for line in section.lines:
        if hidden and line.of_hour:
            continue
        yield f"  {line.label:{LABEL_COLUMNS}} {line.shown:>12}  {line.interval}".rstrip()
    if hidden + section.left_out:
        yield "  " + _("%(count)s more rows are in the CSV.") % {"count": hidden + section.left_out}


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, COLUMNS, subsequent_indent="  ")
