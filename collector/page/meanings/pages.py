"""The routes: a page a metric, and the list of them."""

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from ...answers.question import EXPORT
from ...errors import QueryError
from ...folder import Collector
from ...metrics import ORDER, metric, metrics
from ...suppression import MINIMUM_GROUP
from ..frame import Frame
from ..sight import Sight
from ..visit import Who
from . import view

PATH = "/metrics-of"


def add_routes(app: FastAPI, collector: Collector, frame: Frame) -> None:
    """What numbers mean. tenant and site name whose thresholds are said, where somebody came from a site's page."""

    @app.get(PATH, response_class=HTMLResponse, include_in_schema=False)
    def listed(visit: Who) -> str:
        return frame.render("meanings/list.html", visit, metrics=metrics())

    @app.get(PATH + "/{metric_name}", response_class=HTMLResponse, include_in_schema=False)
    def one(visit: Who, metric_name: str, tenant: str = "", site: str = "") -> str:
        if metric_name not in ORDER:
            raise QueryError(f"there is no metric '{metric_name}'; {PATH} lists them")
        named = Sight(collector.registry, visit.somebody).site(tenant, site) if tenant and site else None
        return frame.render(
            "meanings/metric.html",
            visit,
            found=view.meaning(metric(metric_name), named),
            site=named,
            minimum_group=MINIMUM_GROUP,
            export=EXPORT,
        )
