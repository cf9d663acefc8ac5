"""The web application: the page, and the same as JSON. Endpoints run in threads; the event loop never waits."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from .. import clock
from ..enrolment.endpoint import Doorway, Endpoint
from ..errors import BusyError, CollectorError, QueryError
from ..folder import Collector
from ..ingest.mqtt import Ingest
from ..people.errors import PeopleError
from ..plans.errors import PlanError
from ..vitals.figures import Vitals
from . import accounts, api, assets, preferences, routes, warming
from .accounts import Accounts
from .admin import routes as admin
from .admin.residents import Residents
from .builder import PATIENCE_S, Builder
from .desk import Desk
from .door import KEY, Door, Who, is_for_programs
from .fleet import routes as fleet_routes
from .fleet.acts import Unfit
from .fleet.serving import Squeeze
from .guard import Guard, protect
from .language import gettext as _
from .language import marked
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
from .sentences import phrased
from .site import exporting
from .sites import pages as sites

log = logging.getLogger(__name__)

NOT_WELL = marked("The collector could not make this page. Its log says why; try again in a moment.")
BUILDERS = 2  # threads: one of them for what somebody waits for
AGAIN_S = 3  # after which a page whose numbers are not made yet looks again
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
    app.add_middleware(Squeeze, minimum_size=1000, compresslevel=6)
    app.add_middleware(
        Door,
        engine=collector.registry.engine,
        now_ms=now_ms,
        refuse=partial(_refuse, pages),
        open_page=collector.settings.open_page if open_page is None else open_page,
    )
    app.add_middleware(Reading)
    app.add_middleware(Guard, takes=partial(routes.takes, "POST"))
    app.add_middleware(Doorway, endpoint=Endpoint(collector.reception(), now_ms))
    _errors(app, pages)

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, Any]:  # answers even while every thread makes a page
        return {"ok": ingest.ok, "ingest": ingest.state}

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def site_page(request: Request, visit: Who, tenant: str = "", site: str = "", still: str = "") -> str:
        return pages.site(visit, tenant, site, bool(still), request.query_params)

    @app.get("/static/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        found = assets.assets().get(name)
        if found is None:
            raise HTTPException(404)
        return Response(found.text, media_type=found.media_type, headers={"cache-control": KEPT_FOR_EVER})

    @app.get("/notice/{tenant}/{site}", response_class=HTMLResponse, include_in_schema=False)
    def notice(tenant: str, site: str) -> str:
        return pages.notice(tenant, site)

    exporting.add_routes(app, exporting.Exports(collector, pages.ended, now_ms))
    plans = plan.PlanPages(collector, pages.frame, now_ms)
    plan.add_routes(app, plans)
    plan_api.add_routes(app, plans)
    sites.add_routes(app, collector, pages.frame, now_ms, desk.builder)
    meanings.add_routes(app, collector, pages.frame)
    live.add_routes(app, collector, now_ms)
    app.state.close = pages.close
    app.state.ahead = pages.ahead  # who serves runs it
    app.state.warm = partial(warming.warm, pages.frame)
    app.state.vitals = Vitals(collector, ingest, None, now_ms)  # who serves puts its own here, which know the keeper
    operator = Operator(app, collector, now_ms)
    operation.add_routes(app, operator, pages.frame, now_ms)
    operation_api.add_routes(app, operator)
    admin.add_routes(app, Residents(collector.registry.engine, now_ms), pages.frame, now_ms)
    accounts.add_routes(app, Accounts(collector, pages, now_ms))
    preferences.add_routes(app)
    fleet_routes.add_routes(app, collector, pages.frame, now_ms)
    api.add_routes(app, collector, desk, now_ms)
    return app


def _refuse(pages: Pages, request: Request, status: int, heading: str, says: str) -> Response:
    """An error as a sentence: for programs as JSON, else as a page."""
    if is_for_programs(request.url.path):
        return JSONResponse({"error": says}, status)
    visit = request.scope.get(KEY)
    return HTMLResponse(pages.message(heading, says, visit), status)


def _errors(app: FastAPI, pages: Pages) -> None:
    """Every error becomes a sentence: as JSON below /api/, else as a page."""

    answer = partial(_refuse, pages)

    @app.exception_handler(PeopleError)
    def not_so(request: Request, exc: Exception) -> Response:
        return answer(request, 409, _("Not like this"), f"{phrased(exc)}.")

    @app.exception_handler(RequestValidationError)
    def not_understood(request: Request, exc: Exception) -> Response:
        faults = exc.errors() if isinstance(exc, RequestValidationError) else ()
        # Where and what, never what was sent: it may be a password.
        says = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in faults)
        return answer(request, 422, _("Not understood"), f"{says[:500]}.")

    @app.exception_handler(PlanError)
    @app.exception_handler(Unfit)
    def not_fit(request: Request, exc: Exception) -> Response:
        return answer(request, 409, _("Not like this"), f"{phrased(exc)}.")

    @app.exception_handler(QueryError)
    def not_there(request: Request, exc: Exception) -> Response:
        return answer(request, 404, _("Not here"), f"{phrased(exc)}.")

    @app.exception_handler(BusyError)
    def not_yet(request: Request, exc: Exception) -> Response:
        # Like "not now", but nothing is wrong: a browser asks again by itself, and a program is told when.
        said = answer(request, 503, _("One moment"), _("These numbers are being put together. The page looks again."))
        said.headers["Retry-After"] = said.headers["Refresh"] = str(AGAIN_S)
        return said

    @app.exception_handler(CollectorError)
    def not_now(request: Request, exc: Exception) -> Response:
        log.error("%s: %s", request.url.path, exc)
        return answer(request, 503, _("Not now"), f"{phrased(exc)}.")

    @app.exception_handler(HTTPException)
    def no_page(request: Request, exc: Exception) -> Response:
        status = exc.status_code if isinstance(exc, HTTPException) else 500
        return answer(request, status, _("Not here"), _("There is no such page. The numbers are on the first one."))

    @app.exception_handler(Exception)
    def fault(request: Request, _exc: Exception) -> Response:
        # Starlette answers faults outside all middleware, and raises them again so that the log has them.
        said = answer(request, 500, _("Something is wrong"), _(NOT_WELL))
        protect(said.headers)
        return said
