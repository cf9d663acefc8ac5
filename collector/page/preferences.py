"""Language and colours: chosen by a form on every page, kept in cookies of this browser, no script needed."""

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from .landing import own
from .language import LANGUAGES
from .reader import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from .visit import visit_of

KEPT_S = 366 * 86_400


def add_routes(app: FastAPI) -> None:
    """The form's end."""

    @app.post("/preferences", include_in_schema=False)
    def choose(request: Request) -> Response:
        form = visit_of(request).form
        answer = RedirectResponse(own(form.get("next", "")) or "/", 303)
        for name, field, known in ((LANGUAGE_COOKIE, "language", LANGUAGES), (THEME_COOKIE, "theme", THEMES)):
            if form.get(field) in known:
                secure = request.scope["scheme"] == "https"
                answer.set_cookie(name, form[field], KEPT_S, path="/", secure=secure, httponly=True, samesite="lax")
        return answer
