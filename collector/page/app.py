"""The web application: the page, and the same as JSON. Endpoints run in threads; the event loop never waits."""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from .. import report
from ..enrolment.endpoint import Doorway, Endpoint
from ..errors import CollectorError, QueryError
from ..folder import Collector
from ..ingest import Ingest
from ..notice import sign
from ..watch import watchman
from ..watch.book import Book
from .desk import Desk
from .guard import Guard, protect
from .pages import STYLE, Pages

log = logging.getLogger(__name__)

NOT_WELL = "The collector could not make this page. Its log says why; try again in a moment."


def create_app(collector: Collector, ingest: Ingest, now_ms: Callable[[], int] | None = None) -> FastAPI:
    """The application over an opened collector. now_ms: the clock, for tests."""
    now_ms = now_ms or _now_ms
    desk = Desk(collector, now_ms)
    pages = Pages(collector, ingest, desk, now_ms)
    app = FastAPI(title="Footfall", docs_url=None, redoc_url=None)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    app.add_middleware(Guard)
    app.add_middleware(Doorway, endpoint=Endpoint(collector.reception(), now_ms))
    _errors(app, pages)

    @app.get("/healthz")
    async def healthz() -> dict[str, Any]:  # answers even while every thread makes a page
        return {"ok": ingest.ok, "ingest": ingest.state}

    @app.get("/", response_class=HTMLResponse)
    def site_page(tenant: str = "", site: str = "", still: str = "") -> str:
        return pages.site(tenant, site, still=bool(still))

    @app.get("/static/site.css")
    def style() -> Response:
        return Response(STYLE, media_type="text/css", headers={"cache-control": "public, max-age=31536000, immutable"})

    @app.get("/notice/{tenant}/{site}", response_class=HTMLResponse)
    def notice(tenant: str, site: str) -> str:
        return pages.notice(tenant, site)

    @app.get("/static/sign.css")
    def sign_style() -> Response:
        return Response(sign.STYLE, media_type="text/css", headers={"cache-control": "public, max-age=86400"})

    @app.get("/api/{tenant}/{site}/report")
    def site_report(tenant: str, site: str) -> dict[str, Any]:
        return {"simulated": collector.settings.simulated, **report.as_json(desk.report(tenant, site))}

    @app.get("/api/sensors")
    def sensors() -> list[dict[str, Any]]:
        return [
            {**asdict(one), "connection": one.state, **asdict(state)}
            for one, state in watchman.roll(collector, now_ms())
        ]

    @app.get("/api/alerts")
    def alerts(days: int = 0) -> list[dict[str, Any]]:
        found = Book(collector.registry.engine).recent(now_ms() - min(90, max(0, days)) * 86_400_000)
        return [{**asdict(one.cause), **asdict(one), "cause": None} for one in found]

    return app


def _errors(app: FastAPI, pages: Pages) -> None:
    """Every error becomes a sentence: as JSON below /api/, else as a page."""

    def answer(request: Request, status: int, heading: str, says: str) -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": says}, status)
        return HTMLResponse(pages.message(heading, says), status)

    @app.exception_handler(QueryError)
    def not_there(request: Request, exc: Exception) -> Response:
        return answer(request, 404, "Not here", f"{exc}.")

    @app.exception_handler(CollectorError)
    def not_now(request: Request, exc: Exception) -> Response:
        log.error("%s: %s", request.url.path, exc)
        return answer(request, 503, "Not now", f"{exc}.")

    @app.exception_handler(HTTPException)
    def no_page(request: Request, exc: Exception) -> Response:
        status = exc.status_code if isinstance(exc, HTTPException) else 500
        return answer(request, status, "Not here", "There is no such page. The numbers are on the first one.")

    @app.exception_handler(Exception)
    def fault(request: Request, _exc: Exception) -> Response:
        # Starlette answers faults outside all middleware, and raises them again so that the log has them.
        said = answer(request, 500, "Something is wrong", NOT_WELL)
        protect(said.headers)
        return said


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
