"""The overview's routes: as a page, as CSV and as JSON."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, Response

from ...answers.question import EXPORT
from ...folder import Collector
from ...metrics import metric
from ..builder import Builder
from ..frame import Frame
from ..language import gettext as _
from ..language import spoken
from ..links import to
from ..site import ranges
from ..site.choice import Offer
from ..site.ranges import Range
from ..site.told import Telling
from ..visit import Who
from .overview import Overview, Overviews
from .rows import SORTS

PATH = "/sites"
AGAIN_S = 3  # while numbers are being worked out
Said = Annotated[str, Query(max_length=10)]


def add_routes(app: FastAPI, collector: Collector, frame: Frame, now_ms: Callable[[], int], builder: Builder) -> None:
    """The page of all sites, its file, and the same for programs."""
    overviews, telling = Overviews(collector, now_ms, builder), Telling()

    @app.get(PATH, response_class=HTMLResponse, include_in_schema=False)
    def page(request: Request, visit: Who) -> str:
        query = dict(request.query_params)
        found = overviews.of(visit, query)
        told = telling.of((replace(found, groups=()), spoken()), found.groups, lambda: _laid_out(found))
        pending_s = AGAIN_S if found.pending else 0
        return frame.render(
            "sites/overview.html", visit, once=told.once, refresh_s=pending_s, again_s=pending_s, **told.values
        )

    @app.get("/sites.csv", include_in_schema=False)
    def file(request: Request, visit: Who) -> Response:
        found = overviews.of(visit, dict(request.query_params), EXPORT)
        name = f"sites-{found.chosen.first}-{found.chosen.last}.csv"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(as_csv(found), media_type="text/csv; charset=utf-8", headers=headers)

    @app.get("/api/overview")
    def overview(visit: Who, day: Said = "", week: Said = "", month: Said = "") -> dict[str, Any]:
        """A line a site that may be seen, for a day, a week (any of its days) or a month; today where none is said.

        What rests on too few people is null, and so is what is still being worked out (`pending`): ask again.
        """
        return as_json(overviews.of(visit, {"day": day, "week": week, "month": month}))


def _laid_out(found: Overview) -> dict[str, Any]:
    query = {**found.chosen.query(), **({"sort": found.sort} if found.sort else {})}
    return {"found": found, "offers": _offers(found), "query": query, "heads": _heads(), "metric": metric}


def _offers(found: Overview) -> list[Offer]:
    week, month = ranges.week_of(found.today), ranges.month_of(found.today)
    named: list[tuple[str, Range]] = [
        (_("Today"), ranges.day_of(found.today)),
        (_("Yesterday"), ranges.day_of(found.today).moved(-1)),
        (_("This week"), week),
        (_("Last week"), week.moved(-1)),
        (_("This month"), month),
        (_("Last month"), month.moved(-1)),
    ]
    sort = {"sort": found.sort}
    return [Offer(label, to(PATH, {**one.query(), **sort}), one == found.chosen) for label, one in named]


def _heads() -> dict[str, str]:
    return {
        "people": _("People inside, on average"),
        "visitors": _("Visitors, hour by hour"),
        "passers_by": _("Passers-by, hour by hour"),
        "entry_rate": _("Entry rate"),
        "stay": _("Median stay"),
        "coverage": _("Coverage"),
    }


def as_csv(found: Overview) -> str:
    """The lines as CSV; counts as exports have them. What is withheld is empty, and says so."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("tenant", "site", "from", "to", "number", "value", "suppressed"))
    for group in found.groups:
        for line in group.lines:
            for name in ("visitors", "passers_by", "entry_rate", "coverage"):
                one = line.numbers[name]
                value = "" if one.value is None else one.value
                days = (found.chosen.first, found.chosen.last)
                writer.writerow((line.site.tenant, line.site.name, *days, name, value, int(one.few)))
    return text.getvalue()


def as_json(found: Overview) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "from": found.chosen.first.isoformat(),
        "to": found.chosen.last.isoformat(),
        "before": [found.before.first.isoformat(), found.before.last.isoformat()],
        "running": found.running,
        "pending": found.pending,
        "sites": [
            {
                "tenant": line.site.tenant,
                "site": line.site.name,
                **{
                    name: {"value": line.numbers[name].value, "suppressed": line.numbers[name].few}
                    for name in SORTS[1:]
                },
            }
            for group in found.groups
            for line in group.lines
        ],
    }
