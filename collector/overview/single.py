"""What must be asked site by site: people with their interval, and of a time that has ended stays and other sites.

Each is a cell of the site's own report of that time, by the same query layer and the same memory of answers; only what
the overview shows is computed, a small part of a report's cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .. import calendar
from ..answers.heard import heard_span
from ..answers.memory import Answered, judge
from ..answers.query import Answers
from ..answers.question import PAGE, Audience, Question
from ..counting import estimating
from ..counting.calibrations import Calibrations
from ..errors import QueryError
from ..metrics import metric
from ..records.registry import Registry, Site, Tenant
from ..storage.store import Store
from ..suppression import Cell

RESTS_ON = ("visitors", "intersections", "only_here", "only_there")  # groups of metrics/groups.sql


@dataclass(frozen=True, slots=True)
class Single:
    """Of one site and time. people: hours, by name; stay, elsewhere: None, () where the time was not asked about."""

    people: tuple[Cell, ...]
    stay: Cell | None = None
    elsewhere: tuple[Cell, ...] = ()


def asked(
    store: Store,
    registry: Registry,
    tenant: Tenant,
    site: Site,
    sites: Sequence[Site],
    span: calendar.Span,
    now_ms: int,
    whole: bool,
    audience: Audience = PAGE,
) -> Single:
    """The cells of a site. span: whole business days; whole: they have ended, and are a day, a week or a month.

    The days must have been folded (fold.refresh, counting.folding.refresh). What the memory of answers refuses is
    withheld, or absent.
    """
    about = Question(tenant, site, 0, span, audience=audience)
    days = about.days()
    within = [day for day in days if day.end_ms > span.start_ms]
    counts = Calibrations(registry.engine).of(site, estimating.level_dbm(site))
    estimated = estimating.estimate(store, tenant, site, within, span, counts)
    about = replace(about, present=estimated.present, beside=estimated.beside, sites=tuple(sites) if whole else ())
    try:
        waiting = Answers(store, about)
    except QueryError:  # nothing was heard in that time
        return Single(())
    refused = _refused(store, registry, about, now_ms) if whole else None  # before the answer's own tables are made
    with waiting as answers:
        people = answers.cells([metric("people_estimate")])["people_estimate"]
        single = Single(tuple(cell for cell in people if len(cell.series) == len("2026-03-02")))
        if refused is None:
            return single
        cells = answers.cells([metric("dwell"), metric("intersections")], refused)
    stay = next(cell for cell in cells["dwell"] if cell.cell == "median")
    return replace(single, stay=stay, elsewhere=tuple(cells["intersections"]))


def _refused(store: Store, registry: Registry, about: Question, now_ms: int) -> set[tuple[str, str]] | None:
    """The groups that earlier answers forbid; None: all of it."""
    try:
        heard = heard_span(store, about.tenant, about.site)
        return judge(store, Answered(registry.engine), about, heard, now_ms, RESTS_ON)
    except QueryError:
        return None
