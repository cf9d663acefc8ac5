"""/people: who may use this collector. Every form works without scripts, and what it changes is in the audit log."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ...people.errors import PeopleError
from ...people.user import Right, Role
from .. import words
from ..frame import Frame
from ..language import gettext as _
from ..language import marked
from ..links import to
from ..sentences import phrased
from ..visit import Visit, Who
from .residents import Residents

DONE = {  # by the word in a page's address: whoever sends a link cannot put a sentence of their own there
    "changed": marked("Changed."),
    "disabled": marked("Shut out, and signed out everywhere."),
    "enabled": marked("Let in again."),
    "ended": marked("Signed out everywhere."),
    "revoked": marked("The token opens nothing now."),
}


class Pages:
    """The pages of people, as HTML."""

    def __init__(self, residents: Residents, frame: Frame, now_ms: Callable[[], int]) -> None:
        self._residents, self._frame, self._now_ms = residents, frame, now_ms

    def render(self, template: str, visit: Visit, status: int = 200, /, **values: Any) -> HTMLResponse:
        """A page of this area."""
        around = {
            "now_ms": self._now_ms(),
            "may_write": visit.somebody.may(Right.WRITE_PEOPLE),
            "roles": [(one.value, words.role(one)) for one in Role],
        }
        return HTMLResponse(self._frame.render(f"admin/{template}.html", visit, **around, **values), status)

    def all(self, visit: Visit, name: str, role: str, page: int) -> Response:
        """The list of users."""
        fields = [
            ("name", _("Name"), None),
            ("role", _("Role"), [(one.value, words.role(one)) for one in Role]),
        ]
        query = {key: value for key, value in (("name", name), ("role", role)) if value}
        return self.render("people", visit, found=self._residents.listed(name, role, page), query=query, fields=fields)

    def new(self, visit: Visit, says: str = "", status: int = 200) -> Response:
        """The form for a new user, as it was sent where something was wrong with it."""
        return self.render("new", visit, status, says=says, form=visit.form)

    def one(self, visit: Visit, name: str, says: str = "", done: str = "", status: int = 200) -> Response:
        """One user. Raises PeopleError."""
        return self.render("person", visit, status, one=self._residents.find(name), says=says, done=done)

    def password(self, visit: Visit, name: str, password: str, new: bool) -> Response:
        """A one-time password, shown this once."""
        return self.render("password", visit, name=name, password=password, new=new)

    def ask(self, visit: Visit, name: str) -> Response:
        """Asks before a password is reset. Raises PeopleError."""
        return self.render("ask", visit, one=self._residents.find(name))


def add_routes(app: FastAPI, residents: Residents, frame: Frame, now_ms: Callable[[], int]) -> None:
    """All of /people."""
    pages = Pages(residents, frame, now_ms)
    _add_deeds(app, residents, pages)

    @app.get("/people", include_in_schema=False)
    def people(visit: Who, name: str = "", role: str = "", page: int = 1) -> Response:
        return pages.all(visit, name[:32], role, page)

    @app.get("/people/+new", include_in_schema=False)
    def form(visit: Who) -> Response:
        return pages.new(visit)

    @app.post("/people/+new", include_in_schema=False)
    def add(visit: Who) -> Response:
        try:
            name, password = residents.add(dict(visit.form), visit.somebody)
        except PeopleError as exc:
            return pages.new(visit, f"{phrased(exc)}.", 409)
        return pages.password(visit, name, password, new=True)

    @app.get("/people/{name}", include_in_schema=False)
    def one(visit: Who, name: str, done: str = "") -> Response:
        return pages.one(visit, name, done=_(DONE[done]) if done in DONE else "")

    @app.get("/people/{name}/password", include_in_schema=False)
    def ask(visit: Who, name: str) -> Response:
        return pages.ask(visit, name)


def _add_deeds(app: FastAPI, residents: Residents, pages: Pages) -> None:
    def done(visit: Visit, name: str, deed: Callable[[], object], code: str) -> Response:
        """Do it, and go back to the user's page; what cannot be is said there."""
        try:
            deed()
        except PeopleError as exc:
            residents.find(name)  # raises where it is the name that is wrong: there is no page to say it on
            return pages.one(visit, name, f"{phrased(exc)}.", status=409)
        return RedirectResponse(to(f"/people/{name}", {"done": code}), 303)

    @app.post("/people/{name}/change", include_in_schema=False)
    def change(visit: Who, name: str) -> Response:
        return done(visit, name, lambda: residents.change(name, dict(visit.form), visit.somebody), "changed")

    @app.post("/people/{name}/password", include_in_schema=False)
    def reset(visit: Who, name: str) -> Response:
        return pages.password(visit, name, residents.reset(name, visit.somebody), new=False)

    @app.post("/people/{name}/disable", include_in_schema=False)
    def disable(visit: Who, name: str) -> Response:
        return done(visit, name, lambda: residents.disable(name, True, visit.somebody), "disabled")

    @app.post("/people/{name}/enable", include_in_schema=False)
    def enable(visit: Who, name: str) -> Response:
        return done(visit, name, lambda: residents.disable(name, False, visit.somebody), "enabled")

    @app.post("/people/{name}/sessions", include_in_schema=False)
    def end_sessions(visit: Who, name: str) -> Response:
        return done(visit, name, lambda: residents.end_sessions(name, visit.somebody), "ended")

    @app.post("/people/{name}/tokens", include_in_schema=False)
    def revoke(visit: Who, name: str) -> Response:
        number = visit.form.get("number", "")
        return done(visit, name, lambda: residents.revoke(name, number, visit.somebody), "revoked")
