"""Signing in and out, and one's own account: password and tokens. All of it works without scripts."""

import logging
import threading
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.requests import cookie_parser

from ..folder import Collector
from ..people.book import WRONG, People
from ..people.errors import PeopleError
from ..people.limits import Tries
from ..people.tokens import Tokens
from .given import whole
from .landing import home_of, own
from .language import gettext as _
from .language import marked, ngettext
from .pages import Pages
from .sentences import phrased
from .visit import Visit, Who, cookie_name, visit_of

log = logging.getLogger(__name__)

WAITING_MAX = 8  # who wait for a hash; more would hold up those who read
WRONG_NAME = marked("Name or password is wrong.")
BUSY = marked("Too many sign in at once. Try again in a moment.")


class Accounts:
    """What the forms do."""

    def __init__(self, collector: Collector, pages: Pages, now_ms: Callable[[], int]) -> None:
        engine = collector.registry.engine
        self.people, self.tokens = People(engine), Tokens(engine)
        self._pages = pages
        self._now_ms = now_ms
        self._tries = Tries()
        self._waiting = threading.BoundedSemaphore(WAITING_MAX)

    def login_page(self, next_path: str, name: str = "", says: str = "", status: int = 200) -> Response:
        """The form."""
        page = self._pages.login(next_path=_own(next_path), name=name[:32], says=says)
        return HTMLResponse(page, status)

    def sign_in(self, request: Request, form: dict[str, str]) -> Response:
        """Check name and password. Unknown, disabled and wrong are answered alike and take as long."""
        name, password, next_path = (form.get(one, "") for one in ("name", "password", "next"))
        name, now_ms, address = name.strip().lower(), self._now_ms(), _address(request)
        if pause_ms := self._tries.begin(name, address, now_ms):
            return self._pause(pause_ms, self.login_page(next_path, name, _wait(pause_ms), 429))
        if not self._waiting.acquire(blocking=False):
            return self._pause(5000, self.login_page(next_path, name, _(BUSY), 503))
        try:
            before = _cookie(request) or None
            secret = self.people.sign_in(name, password, now_ms, before)
        finally:
            self._waiting.release()
        if secret is None:
            self.people.note_tries(name, self._tries.failures(name, now_ms), now_ms)
            log.warning("a sign-in was refused: %s", WRONG)
            return self.login_page(next_path, name, _(WRONG_NAME), 403)
        self._tries.forgive(name, address)
        answer = RedirectResponse(_own(next_path) or "/", 303)
        _keep(request, answer, secret)
        return answer

    def choose(self, request: Request, visit: Visit) -> Response:
        """A new password, its old one and itself typed twice."""
        form, name, now_ms, address = visit.form, visit.somebody.name, self._now_ms(), _address(request)
        if pause_ms := self._tries.begin(name, address, now_ms):
            return self._pause(pause_ms, self.password_page(visit, _wait(pause_ms), 429))
        if form.get("new") != form.get("again"):
            self._tries.forgive(name, address)
            return self.password_page(visit, _("The two new passwords are not the same."), 409)
        if not self._waiting.acquire(blocking=False):
            return self._pause(5000, self.password_page(visit, _(BUSY), 503))
        try:
            secret = self.people.choose(name, form.get("old", ""), form.get("new", ""), now_ms)
        except PeopleError as exc:
            return self.password_page(visit, f"{phrased(exc)}.", 409)
        finally:
            self._waiting.release()
        self._tries.forgive(name, address)
        answer = RedirectResponse(home_of(visit.somebody), 303)
        _keep(request, answer, secret)
        return answer

    def password_page(self, visit: Visit, says: str = "", status: int = 200) -> Response:
        """The form."""
        return HTMLResponse(self._pages.password(visit, says), status)

    def account(self, visit: Visit, says: str = "", secret: str = "", status: int = 200) -> Response:
        """The account with its tokens; secret: of a token just made, shown this once."""
        person = visit.somebody
        tokens = self.tokens.of(person.name)
        return HTMLResponse(self._pages.account(visit, tokens, says, secret, self._now_ms()), status)

    def add_token(self, visit: Visit) -> Response:
        """A token from the form on the account's page."""
        form, person = visit.form, visit.somebody
        try:
            scopes = form.get("scopes", "").split()
            _, secret = self.tokens.add(
                person.name,
                form.get("label", ""),
                scopes,
                None,
                whole(form.get("days", "")),
                person.actor,
                self._now_ms(),
            )
        except PeopleError as exc:
            return self.account(visit, f"{phrased(exc)}.", status=409)
        return self.account(visit, secret=secret)

    def revoke_token(self, visit: Visit) -> Response:
        """The button beside a token."""
        number, person = visit.form.get("number", ""), visit.somebody
        try:
            self.tokens.revoke(whole(number), person.actor, self._now_ms(), user=person.name)
        except PeopleError as exc:
            return self.account(visit, f"{phrased(exc)}.", status=409)
        return RedirectResponse("/account", 303)

    def sign_out(self, request: Request, visit: Visit) -> Response:
        """End this session."""
        if visit.session is not None:
            self.people.sign_out(visit.session.secret, visit.somebody.name, self._now_ms())
        answer = RedirectResponse("/login", 303)
        _keep(request, answer, None)
        return answer

    @staticmethod
    def _pause(pause_ms: int, answer: Response) -> Response:
        answer.headers["retry-after"] = str(-(-pause_ms // 1000))
        return answer


def add_routes(app: FastAPI, accounts: Accounts) -> None:
    """The pages of signing in, and of the account."""

    @app.get("/login", include_in_schema=False)
    def login(next: str = "") -> Response:
        return accounts.login_page(next)

    @app.post("/login", include_in_schema=False)
    def sign_in(request: Request) -> Response:
        return accounts.sign_in(request, dict(visit_of(request).form))

    @app.post("/logout", include_in_schema=False)
    def sign_out(request: Request) -> Response:
        return accounts.sign_out(request, visit_of(request))

    @app.get("/account", include_in_schema=False)
    def account(visit: Who) -> Response:
        return accounts.account(visit)

    @app.get("/account/password", include_in_schema=False)
    def password(visit: Who) -> Response:
        return accounts.password_page(visit)

    @app.post("/account/password", include_in_schema=False)
    def choose(request: Request) -> Response:
        return accounts.choose(request, visit_of(request))

    @app.post("/account/tokens", include_in_schema=False)
    def add_token(visit: Who) -> Response:
        return accounts.add_token(visit)

    @app.post("/account/tokens/revoke", include_in_schema=False)
    def revoke_token(visit: Who) -> Response:
        return accounts.revoke_token(visit)


def _keep(request: Request, answer: Response, secret: str | None) -> None:
    """Have the browser keep a session until it is closed, or forget it. Scripts and other sites do not get at it."""
    name, secure = cookie_name(request.scope), request.scope["scheme"] == "https"
    if secret is None:
        answer.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
    else:
        answer.set_cookie(name, secret, path="/", secure=secure, httponly=True, samesite="lax")


def _cookie(request: Request) -> str:
    return cookie_parser(request.headers.get("cookie", "")).get(cookie_name(request.scope), "")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _own(path: str) -> str:
    """Where to go after signing in."""
    return own(path, besides=("/login", "/account/password"))


def _wait(pause_ms: int) -> str:
    wait_s = -(-pause_ms // 1000)
    says = ngettext("Too many tries. Wait %(count)d second.", "Too many tries. Wait %(count)d seconds.", wait_s)
    return says % {"count": wait_s}
