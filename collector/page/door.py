"""The door: turns a question into a visit by somebody, or refuses it, before the application sees it.

A token in the Authorization header goes before a cookie. A question that changes something and comes by a cookie must
come from our own pages, told by the browser and by a mark that only they carry.
"""

import asyncio
import logging
from collections.abc import Callable

import anyio.to_thread
from fastapi import Request
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..people.sessions import Session, Sessions, matches
from ..people.tokens import Tokens
from ..people.user import OPEN, Person, Right
from . import body, routes
from .landing import home_of, login_path
from .language import gettext as _
from .origin import is_foreign, is_local_name, is_this_machine
from .refusal import Refuse, Refused, is_for_programs
from .routes import Found, Need
from .visit import KEY, Visit, cookie_name

log = logging.getLogger(__name__)

MARK = "csrf"
MARK_HEADER = "x-csrf-token"


class Door:
    """ASGI middleware. refuse: makes an answer of (request, status, heading, sentence)."""

    def __init__(
        self, app: ASGIApp, engine: Engine, now_ms: Callable[[], int], refuse: Refuse, open_page: bool
    ) -> None:
        self._app = app
        self._sessions, self._tokens = Sessions(engine), Tokens(engine)
        self._now_ms = now_ms
        self._refuse = refuse
        self._open_page = open_page
        self._streaming = asyncio.Lock()  # one large file at a time: more would fill the temporary folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See Door."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        try:
            found = routes.find(scope["method"], scope["path"])
            if found is None:
                if scope["method"] == "GET" and routes.takes("POST", scope["path"]):
                    raise Refused(405, _("Not like this"), _("Something can be sent here; there is nothing to read."))
                raise Refused(404, _("Not here"), _("There is no such page. The numbers are on the first one."))
            visit, receive = await self._let_in(scope, receive, found)
        except Refused as exc:
            await self._answer(scope, exc)(scope, receive, send)
            return
        scope[KEY] = visit
        try:
            await self._app(scope, receive, send)
        finally:
            for file in visit.files:
                file.close()

    async def _let_in(self, scope: Scope, receive: Receive, found: Found) -> tuple[Visit, Receive]:
        headers = Headers(scope=scope)
        unasked = found.need is Need.NOTHING or (found.need is Need.MACHINE and is_this_machine(scope))
        person, session = (None, None) if unasked else await self._who(scope, headers)
        sent = body.Sent(receive)
        if scope["method"] == "POST":
            if (person is None or person.by == "session") and is_foreign(headers):
                says = _("This was sent from another site's page, or a proxy hides the host's name.")
                raise Refused(403, _("Not from here"), says)
            large = found.path in routes.STREAMS or found.path in routes.UPLOADS
            if large:
                _check(person, found, scope)  # before anything large is taken in
            sent = await self._sent(receive, headers, found.path)
        if not unasked:
            _check(person, found, scope)
        if scope["method"] == "POST" and session is not None:
            mark = headers.get(MARK_HEADER) or sent.form.get(MARK, "")
            if not matches(session, mark):
                sent.close()
                says = _("This form was not made for this session. Open the page again.")
                raise Refused(403, _("Not from here"), says)
        return Visit(person, session, sent.form, sent.file, sent.files), sent.receive

    async def _sent(self, receive: Receive, headers: Headers, path: str) -> body.Sent:
        if path in routes.STREAMS:
            return await body.stream(receive, headers, routes.STREAMS[path], self._streaming)
        if path in routes.UPLOADS:
            return await body.upload(receive, headers, routes.UPLOADS[path])
        return await body.small(receive, headers)

    async def _who(self, scope: Scope, headers: Headers) -> tuple[Person | None, Session | None]:
        """Who asks, if anybody known."""
        given = headers.get("authorization")
        secret = cookie_parser(headers.get("cookie", "")).get(cookie_name(scope), "")
        try:
            if given is not None:
                scheme, _blank, token = given.partition(" ")
                person = None
                if scheme.lower() == "bearer":
                    person = await anyio.to_thread.run_sync(self._tokens.find, token.strip(), self._now_ms())
                if person is None:
                    says = _("This token opens nothing: it has ended, or never was. Your account's page makes another.")
                    raise Refused(401, _("Not let in"), says)
                return person, None
            session = await anyio.to_thread.run_sync(self._sessions.find, secret, self._now_ms()) if secret else None
        except DBAPIError as exc:
            log.error("who asks cannot be found out: %s; nobody is let in until then", exc.orig)  # never its parameters
            raise Refused(503, _("Not now"), _("The registry does not answer. Try again in a moment.")) from None
        if session is None and self._open_page:
            if not is_local_name(headers):
                says = _("This page is open, and so for this machine alone: ask for it as 127.0.0.1, by no proxy.")
                raise Refused(403, _("For this machine alone"), says)
            return OPEN, None
        return (session.person, session) if session else (None, None)

    def _answer(self, scope: Scope, exc: Refused) -> Response:
        if exc.to and scope["method"] == "GET" and not is_for_programs(scope["path"]):
            return RedirectResponse(exc.to, 303)
        answer = self._refuse(Request(scope), exc.status, exc.heading, exc.says)
        if exc.status == 405:
            answer.headers["allow"] = "POST"
        if exc.status == 401:
            answer.headers["www-authenticate"] = "Bearer"
        return answer


def _check(person: Person | None, found: Found, scope: Scope) -> None:
    """Raise Refused where this is not for who asks."""
    need = found.need
    if person is None:
        raise Refused(
            401,
            _("Not signed in"),
            _("Sign in, or send a token."),
            login_path(scope["path"], scope["query_string"].decode("latin-1")),
        )
    if person.must_change and need is not Need.NEW:
        says = _("Your password was for one use: choose another first.")
        raise Refused(403, _("A new password first"), says, "/account/password")
    if need in (Need.SESSION, Need.NEW):
        if person.by != "session":
            raise Refused(403, _("Not by a token"), _("Only somebody who has signed in with a password can do this."))
        return
    right = Right.READ_OPERATION if need is Need.MACHINE else need
    if isinstance(right, Right) and not person.may(right):
        says = _("This needs %(right)s, which your role or token does not have. An administrator can give it.") % {
            "right": right
        }
        raise Refused(403, _("Not for you"), says, home_of(person) if found.path == "/" else "")
    if found.place is not None and not person.sites.has(*found.place):
        raise Refused(404, _("Not here"), _hidden(*found.place))


def _hidden(tenant: str, site: str) -> str:
    """What is said of a site that is not there, or not for who asks: the same."""
    says = _("There is no site '%(site)s' of tenant '%(tenant)s' that you may see.")
    return says % {"site": site, "tenant": tenant}
