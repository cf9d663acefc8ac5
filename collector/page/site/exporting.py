"""Files of a site's numbers: CSV, a sheet as PDF, pictures as PNG. They leave the house: they are asked as exports are.

An export has a larger minimum group, counts rounded to 5, and a memory of answers of its own (answers/question.py).
"""

import threading
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response

from ...answers.question import EXPORT
from ...folder import Collector
from ...notice import pdf
from ...printing import sheet
from ...records.registry import Site
from ...reporting import report
from ...reporting.report import Report
from ..given import Unfit
from ..language import gettext as _
from ..sight import Sight
from ..visit import Visit, Who
from . import pictures, ranges
from .desk import Ended
from .ranges import FREE, Range


class Exports:
    """Files of one collector's sites."""

    def __init__(self, collector: Collector, ended: Ended, now_ms: Callable[[], int]) -> None:
        self._collector = collector
        self._ended = ended
        self._now_ms = now_ms
        self._printing = threading.Lock()  # a sheet takes a processor for seconds: one at a time

    def report(self, visit: Visit, tenant: str, name: str, chosen: Range | None) -> tuple[Site, Report]:
        """The numbers of a range as they may leave. Raises QueryError: no such site, or no time that is asked about."""
        sight = Sight(self._collector.registry, visit.somebody)
        owner, site = sight.tenant(tenant), sight.site(tenant, name)
        if chosen is None:
            store, registry = self._collector.store, self._collector.registry
            made = report.build(store, registry, tenant, name, None, self._now_ms(), audience=EXPORT)
        elif chosen.kind == FREE or chosen.span(owner).end_ms > self._now_ms():
            raise Unfit(_("only days, weeks and months that have ended can be taken along; choose one of these"))
        else:
            made = self._ended.report(site, chosen.span(owner), EXPORT)
        return site, sight.report(made, tenant)

    def csv(self, visit: Visit, tenant: str, name: str, chosen: Range | None) -> Response:
        """As CSV."""
        site, made = self.report(visit, tenant, name, chosen)
        return _file(report.as_csv(made).encode(), "text/csv; charset=utf-8", site, chosen, "csv")

    def pdf(self, visit: Visit, tenant: str, name: str, chosen: Range | None) -> Response:
        """As a sheet to print. Raises PrintError where a library is missing."""
        site, made = self.report(visit, tenant, name, chosen)
        html = sheet.render(made, site, self._now_ms(), self._collector.settings.simulated)
        with self._printing:
            printed = pdf.render(html)
        return _file(printed, "application/pdf", site, chosen, "pdf")

    def picture(self, visit: Visit, tenant: str, name: str, chart: str, chosen: Range | None) -> Response:
        """One of its drawings as PNG. Raises QueryError: there is none of this name, or of this time."""
        site, made = self.report(visit, tenant, name, chosen)
        turn_h = self._collector.registry.tenant(tenant).epoch_turn_h
        drawn = pictures.svg(made, chart, chosen, turn_h)
        return _file(pictures.png(drawn), "image/png", site, chosen, "png", chart)


def _file(content: bytes, media_type: str, site: Site, chosen: Range | None, ending: str, what: str = "") -> Response:
    """An answer that browsers save; its name holds nothing that a header could not."""
    word = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in site.name)
    what = f"-{what}" if what else ""
    days = "all" if chosen is None else f"{chosen.first}-{chosen.last}"
    return Response(
        content,
        media_type=media_type,
        headers={"content-disposition": f'attachment; filename="{word}-{days}{what}.{ending}"'},
    )


def add_routes(app: FastAPI, exports: Exports) -> None:
    """The files."""

    @app.get("/export/{tenant}/{site}/numbers.csv", include_in_schema=False)
    def numbers(request: Request, visit: Who, tenant: str, site: str) -> Response:
        return exports.csv(visit, tenant, site, ranges.asked(request.query_params))

    @app.get("/export/{tenant}/{site}/sheet.pdf", include_in_schema=False)
    def printed(request: Request, visit: Who, tenant: str, site: str) -> Response:
        return exports.pdf(visit, tenant, site, ranges.asked(request.query_params))

    @app.get("/export/{tenant}/{site}/picture/{chart}", include_in_schema=False)
    def picture(request: Request, visit: Who, tenant: str, site: str, chart: str) -> Response:
        return exports.picture(visit, tenant, site, chart, ranges.asked(request.query_params))
