"""How errors are answered: each as a sentence, as JSON for programs, else as a page."""

import logging
from functools import partial

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from ..errors import BusyError, CollectorError, QueryError
from ..people.errors import NobodyError, PeopleError
from ..plans.errors import PlanError
from . import faults
from .given import Unclear, Unfit
from .guard import protect
from .language import gettext as _
from .language import marked
from .pages import Pages
from .refusal import is_for_programs
from .sentences import phrased
from .visit import KEY

log = logging.getLogger(__name__)

NOT_WELL = marked("The collector could not make this page. Its log says why; try again in a moment.")
AGAIN_S = 3  # after which a page whose numbers are not made yet looks again


def refuse(pages: Pages, request: Request, status: int, heading: str, says: str) -> Response:
    """An error as a sentence: for programs as JSON, else as a page."""
    if is_for_programs(request.url.path):
        return JSONResponse({"error": says}, status)
    visit = request.scope.get(KEY)
    return HTMLResponse(pages.message(heading, says, visit), status)


def add_handlers(app: FastAPI, pages: Pages) -> None:
    """One for each error that may come through."""
    answer = partial(refuse, pages)

    @app.exception_handler(RequestValidationError)
    def not_understood(request: Request, exc: Exception) -> Response:
        found = exc.errors() if isinstance(exc, RequestValidationError) else ()
        return answer(request, 422, _("Not understood"), f"{faults.said(found)}.")

    @app.exception_handler(Unclear)
    def unclear(request: Request, exc: Exception) -> Response:
        return answer(request, 422, _("Not understood"), f"{phrased(exc)}.")

    @app.exception_handler(PeopleError)
    @app.exception_handler(PlanError)
    @app.exception_handler(Unfit)
    def not_fit(request: Request, exc: Exception) -> Response:
        return answer(request, 409, _("Not like this"), f"{phrased(exc)}.")

    @app.exception_handler(NobodyError)
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
        log.error("%s is not answered: %s", request.url.path, exc)
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
