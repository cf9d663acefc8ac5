"""Files of a site's numbers, as CSV. They leave the house, so they are asked as exports are.

An export has a larger minimum group, counts rounded to 5, and a memory of answers of its own (collector/question.py).
"""

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response

from ... import report
from ...errors import QueryError
from ...folder import Collector
from ...question import EXPORT
from ...registry import Site
from ...report import Report
from ..door import Visit, Who
from ..language import gettext as _
from ..sight import Sight
from . import ranges
from .desk import Ended
from .ranges import FREE, Range


class Exports:
    """Files of one collector's sites."""

    def __init__(self, collector: Collector, ended: Ended, now_ms: Callable[[], int]) -> None:
        self._collector = collector
        self._ended = ended
        self._now_ms = now_ms

    def report(self, visit: Visit, tenant: str, name: str, chosen: Range | None) -> tuple[Site, Report]:
        """The numbers of a range as they may leave. Raises QueryError: no such site, or no time that is asked about."""
        sight = Sight(self._collector.registry, visit.somebody)
        owner, site = sight.tenant(tenant), sight.site(tenant, name)
        if chosen is None:
            store, registry = self._collector.store, self._collector.registry
            made = report.build(store, registry, tenant, name, None, self._now_ms(), audience=EXPORT)
        elif chosen.kind == FREE or chosen.span(owner).end_ms > self._now_ms():
            raise QueryError(_("only days, weeks and months that have ended can be taken along; choose one of these"))
        else:
            made = self._ended.report(site, chosen.span(owner), EXPORT)
        return site, sight.report(made, tenant)

    def csv(self, visit: Visit, tenant: str, name: str, chosen: Range | None) -> Response:
        """As CSV."""
        site, made = self.report(visit, tenant, name, chosen)
        return _file(report.as_csv(made).encode(), "text/csv; charset=utf-8", site, chosen, "csv")


def _file(content: bytes, media_type: str, site: Site, chosen: Range | None, ending: str) -> Response:
    """An answer that browsers save; its name holds nothing that a header could not."""
    word = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in site.name)
    days = "all" if chosen is None else f"{chosen.first}-{chosen.last}"
    return Response(
        content,
        media_type=media_type,
        headers={"content-disposition": f'attachment; filename="{word}-{days}.{ending}"'},
    )


def add_routes(app: FastAPI, exports: Exports) -> None:
    """The file."""

    @app.get("/export/{tenant}/{site}/numbers.csv", include_in_schema=False)
    def numbers(request: Request, visit: Who, tenant: str, site: str) -> Response:
        return exports.csv(visit, tenant, site, ranges.asked(request.query_params))
