"""Reports that go out by themselves: yesterday's each morning, last week's on Mondays, in the site's own time."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .. import calendar
from ..answers.question import EXPORT
from ..delivery.letter import Attachment, Letter
from ..delivery.target import Rhythm, Target
from ..errors import CollectorError, QueryError
from ..folder import Collector
from ..notice.pdf import PrintError
from ..notice.pdf import render as as_pdf
from ..page import language
from ..page.language import gettext as _
from ..records.registry import Site
from ..reporting import report
from . import plain, sheet

log = logging.getLogger(__name__)

HOUR = 7  # local time at which the report of what is over goes out
LATE_H = 12  # after so many hours more it is not sent any more: the collector was away


@dataclass(frozen=True, slots=True)
class Due:
    """A report that is to go out: of this site, from and to these business days."""

    site: Site
    first: date
    days: int
    targets: tuple[Target, ...]

    @property
    def rhythm(self) -> Rhythm:
        """Daily or weekly."""
        return Rhythm.DAILY if self.days == 1 else Rhythm.WEEKLY


def due(targets: list[Target], sites: list[Site], sent: dict[tuple[int, str], str], now_ms: int) -> list[Due]:
    """What is to go out now. sent: by target and site, the newest first day that has gone out to it already."""
    found: dict[tuple[str, str, date, int], list[Target]] = {}
    by_name = {(site.tenant, site.name): site for site in sites}
    for target in targets:
        for site in sites:
            if target.report is Rhythm.NONE or not target.concerns(site.tenant, site.name):
                continue
            first, days = _span(target.report, site, now_ms) or (None, 0)
            if first is not None and sent.get((target.id, site.name), "") < first.isoformat():
                found.setdefault((site.tenant, site.name, first, days), []).append(target)
    return [Due(by_name[tenant, name], first, days, tuple(told)) for (tenant, name, first, days), told in found.items()]


def _span(rhythm: Rhythm, site: Site, now_ms: int) -> tuple[date, int] | None:
    """The first day and the days of the report that goes out at this hour; None at other times."""
    local = datetime.fromtimestamp(now_ms / 1000, tz=calendar.zone(site.time_zone))
    if not HOUR <= local.hour < HOUR + LATE_H:
        return None
    if rhythm is Rhythm.DAILY:
        return local.date() - timedelta(days=1), 1
    return (local.date() - timedelta(days=7), 7) if local.weekday() == 0 else None


def letters(collector: Collector, one: Due, now_ms: int) -> dict[str, Letter]:
    """The report as a letter, by language. Raises QueryError where nothing was heard, CollectorError."""
    tenant = collector.registry.tenant(one.site.tenant)
    last = one.first + timedelta(days=one.days - 1)
    days = [calendar.day_named(day.isoformat(), tenant.time_zone, tenant.epoch_turn_h) for day in (one.first, last)]
    span = calendar.Span("asked", days[0].start_ms, days[1].end_ms)
    # What is sent leaves the house: the larger minimum group and the rounding of exports hold.
    built = report.build(collector.store, collector.registry, tenant.name, one.site.name, span, now_ms, audience=EXPORT)
    found = {}
    for code in sorted({target.language for target in one.targets}):
        with language.speaking(code):
            found[code] = _letter(built, one, now_ms, collector.settings.simulated)
    return found


def _letter(built: report.Report, one: Due, now_ms: int, simulated: bool) -> Letter:
    """The report as a letter in the language now."""
    made = sheet.make(built, one.site, now_ms)
    page = sheet.laid_out(made, simulated)
    last = one.first + timedelta(days=one.days - 1)
    when = language.date_short(one.first)
    if one.days > 1:
        when = _("%(low)s to %(high)s") % {"low": when, "high": language.date_short(last)}
    return Letter(
        event=f"report.{one.rhythm}",
        subject=f"{one.site.name}: {when}",
        text=plain.render(made, simulated),
        data={"site": one.site.name, "language": language.spoken(), "report": report.as_json(built)},
        html=page,
        attachments=tuple(_pdf(page, f"{one.site.name}-{one.first.isoformat()}.pdf")),
    )


def _pdf(page: str, name: str) -> list[Attachment]:
    try:
        return [Attachment(name, "application/pdf", as_pdf(page))]
    except PrintError as exc:  # the letter goes out without it
        log.warning("a report goes out without PDF: %s", exc)
        return []


def send(collector: Collector, now_ms: int) -> int:
    """Put every report that is due on its way; how many letters. One site's fault keeps no other waiting."""
    targets, postman = collector.targets(), collector.postman()
    everyone = [target for target in targets.all() if target.report is not Rhythm.NONE]
    if not everyone:
        return 0
    sites = [site for tenant in collector.registry.tenants() for site in collector.registry.sites(tenant.name)]
    count = 0
    for one in due(everyone, sites, targets.reported(), now_ms):
        try:
            made = letters(collector, one, now_ms)
        except QueryError as exc:
            log.info("site %s/%s: no report goes out: %s", one.site.tenant, one.site.name, exc)
        except CollectorError as exc:
            log.warning("site %s/%s: no report goes out yet: %s", one.site.tenant, one.site.name, exc)
            continue
        else:
            for code, letter in made.items():
                postman.tell(letter, [target for target in one.targets if target.language == code], now_ms)
            count += len(one.targets)
        targets.note_reported([target.id for target in one.targets], one.site.name, one.first.isoformat())
    return count
