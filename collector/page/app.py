"""The web application: the page, and the same as JSON. Endpoints run in threads; the event loop never waits."""

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from .. import clock
from ..enrolment.endpoint import Doorway, Endpoint
from ..folder import Collector
from ..ingest.mqtt import Ingest
from ..vitals.figures import Vitals
from . import accounts, api, assets, errors, preferences, routes, warming
from .accounts import Accounts
from .admin import api as admin_api
from .admin import routes as admin
from .admin.residents import Residents
from .builder import PATIENCE_S, Builder
from .desk import Desk
from .door import Door
from .fleet import routes as fleet_routes
from .fleet.serving import Squeeze
from .guard import Guard
from .late_route import LateRoute
from .live import routes as live
from .meanings import pages as meanings
from .operation import api as operation_api
from .operation import routes as operation
from .operation.operator import Operator
from .pages import Pages
from .plan import api as plan_api
from .plan import pages as plan
from .reader import Reading
from .refusal import Refuse
from .site import exporting
from .sites import pages as sites
from .visit import Who

BUILDERS = 2  # threads: one of them for what somebody waits for
KEPT_FOR_EVER = "public, max-age=31536000, immutable"  # an asset's address names its content


def create_app(
    collector: Collector,
    ingest: Ingest,
    now_ms: Callable[[], int] | None = None,
    open_page: bool | None = None,
    patience_s: float = PATIENCE_S,
) -> FastAPI:
    """The application over an opened collector.

    now_ms: the clock, for tests. open_page: whether nobody need sign in; None = as the settings say.
    patience_s: so long a page waits for numbers that are being put together, before it says to come again.
    """
    now_ms = now_ms or clock.now_ms
    desk = Desk(collector, now_ms, Builder("pages", patience_s, threads=BUILDERS))
    pages = Pages(collector, ingest, desk, now_ms)
    app = FastAPI(title="Footfall", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.router.route_class = LateRoute
    open_page = collector.settings.open_page if open_page is None else open_page
    _stand_in_front(app, collector, now_ms, partial(errors.refuse, pages), open_page)
    errors.add_handlers(app, pages)
    app.state.close = pages.close
    app.state.ahead = pages.ahead  # who serves runs it
    app.state.warm = partial(warming.warm, pages.frame)
    app.state.vitals = Vitals(collector, ingest, None, now_ms)  # who serves puts its own here, which know the keeper

    _add_unasked(app, ingest, pages)
    _add_site(app, pages)
    exporting.add_routes(app, exporting.Exports(collector, pages.ended, now_ms))
    plans = plan.PlanPages(collector, pages.frame, now_ms)
    plan.add_routes(app, plans)
    plan_api.add_routes(app, plans)
    sites.add_routes(app, collector, pages.frame, now_ms, desk.builder)
    meanings.add_routes(app, collector, pages.frame)
    live.add_routes(app, collector, now_ms)
    operator = Operator(app, collector, now_ms)
    operation.add_routes(app, operator, pages.frame, now_ms)
    operation_api.add_routes(app, operator)
    admin_api.add_routes(app, collector.registry.engine, now_ms)
    admin.add_routes(app, Residents(collector.registry.engine, now_ms), pages.frame, now_ms)
    accounts.add_routes(app, Accounts(collector, pages, now_ms))
    preferences.add_routes(app)
    fleet_routes.add_routes(app, collector, pages.frame, now_ms)
    api.add_routes(app, collector, desk)
    return app


def _stand_in_front(
    app: FastAPI, collector: Collector, now_ms: Callable[[], int], refuse: Refuse, open_page: bool
) -> None:
    """What a question passes before it comes in: the last of these first."""
    app.add_middleware(Squeeze, minimum_size=1000, compresslevel=6)
    app.add_middleware(Door, engine=collector.registry.engine, now_ms=now_ms, refuse=refuse, open_page=open_page)
    app.add_middleware(Reading)
    app.add_middleware(Guard, takes=partial(routes.takes, "POST"))
    app.add_middleware(Doorway, endpoint=Endpoint(collector.reception(), now_ms))


def _add_unasked(app: FastAPI, ingest: Ingest, pages: Pages) -> None:
    """What nobody need sign in for."""

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, Any]:  # answers even while every thread makes a page
        return {"ok": ingest.ok, "ingest": ingest.state}

    @app.get("/static/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        found = assets.assets().get(name)
        if found is None:
            raise HTTPException(404)
        return Response(found.text, media_type=found.media_type, headers={"cache-control": KEPT_FOR_EVER})

    @app.get("/notice/{tenant}/{site}", response_class=HTMLResponse, include_in_schema=False)
    def notice(tenant: str, site: str) -> str:
        return pages.notice(tenant, site)


def _add_site(app: FastAPI, pages: Pages) -> None:
    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def site_page(request: Request, visit: Who, tenant: str = "", site: str = "", still: str = "") -> str:
        return pages.site(visit, tenant, site, bool(still), request.query_params)
