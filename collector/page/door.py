"""The door: turns a question into a visit by somebody, or refuses it, before the application sees it.

A token in the Authorization header goes before a cookie. A question that changes something and comes by a cookie must
come from our own pages, told by the browser and by a mark that only they carry.
"""

import asyncio
import ipaddress
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, BinaryIO
from urllib.parse import parse_qsl, quote, urlsplit

import anyio.to_thread
from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..people.sessions import Session, Sessions, matches
from ..people.tokens import Tokens
from ..people.user import OPEN, Person, Right
from . import language, routes, uploads
from .language import gettext as _
from .routes import Found, Need

log = logging.getLogger(__name__)

BODY_BYTES_MAX = 16 * 1024
BODY_S_MAX = 10.0
UPLOAD_S_MAX = 60.0  # a file over a slow line; only who may send one gets so far
STREAM_S_MAX = 900.0  # the largest image over 0.6 Mbit/s
FIELDS_MAX = 20
FORM = "application/x-www-form-urlencoded"
KEY = "footfall.visit"
MARK = "csrf"
MARK_HEADER = "x-csrf-token"
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")

Refuse = Callable[[Request, int, str, str], Response]


@dataclass(frozen=True, slots=True)
class Visit:
    """A question and who asks it. form: the fields of a form that was sent; file: of a form that sends one.

    files: of a form that sends large ones; they are there as long as the question is.
    """

    person: Person | None
    session: Session | None
    form: Mapping[str, str] = field(default_factory=dict)
    file: bytes = b""
    files: Sequence[BinaryIO] = ()

    @property
    def csrf(self) -> str:
        """What forms made for this visit carry."""
        return self.session.csrf if self.session else ""

    @property
    def somebody(self) -> Person:
        """Who asks. Only for routes that need one."""
        assert self.person is not None
        return self.person


def visit_of(request: Request) -> Visit:
    """The visit that the door made of a request: for the application's functions to depend on."""
    found: Visit = request.scope[KEY]
    return found


Who = Annotated[Visit, Depends(visit_of)]


def cookie_name(scope: Scope) -> str:
    """By TLS a name that only this host, by TLS, can set."""
    return "__Host-footfall" if scope["scheme"] == "https" else "footfall"


class Refused(Exception):
    """A question that goes no further. to: where a browser that wanted a page is sent instead."""

    def __init__(self, status: int, heading: str, says: str, to: str = "") -> None:
        super().__init__(says)
        self.status, self.heading, self.says, self.to = status, heading, says, to


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
        unasked = found.need is Need.NOTHING or (found.need is Need.MACHINE and _of_this_machine(scope))
        person, session = (None, None) if unasked else await self._who(scope, headers)
        form: Mapping[str, str] = {}
        file = b""
        files: Sequence[BinaryIO] = ()
        if scope["method"] == "POST":
            if person is None or person.by == "session":
                _check_origin(headers)
            bytes_max = routes.UPLOADS.get(found.path)
            if stream := routes.STREAMS.get(found.path):
                _check(person, found, scope)
                form, files = await self._streamed(receive, headers, stream)
                receive = _again(b"")
            elif bytes_max is None:
                body = await _read(receive, headers, BODY_BYTES_MAX, BODY_S_MAX)
                form = _fields(body, headers)
                receive = _again(body)
            else:
                _check(person, found, scope)  # before anything large is taken in
                body = await _read(receive, headers, bytes_max, UPLOAD_S_MAX)
                form, file = await uploads.read(body, headers)
                receive = _again(b"")
        if not unasked:
            _check(person, found, scope)
        if scope["method"] == "POST" and session is not None:
            mark = headers.get(MARK_HEADER) or form.get(MARK, "")
            if not matches(session, mark):
                for one in files:
                    one.close()
                says = _("This form was not made for this session. Open the page again.")
                raise Refused(403, _("Not from here"), says)
        return Visit(person, session, form, file, files), receive

    async def _streamed(
        self, receive: Receive, headers: Headers, stream: routes.Stream
    ) -> tuple[Mapping[str, str], Sequence[BinaryIO]]:
        """A form with large files, as it comes."""
        _check_length(headers, stream.bytes_max)
        if self._streaming.locked():
            raise Refused(503, _("Not now"), _("Another file is being sent. Try again in a moment."))
        async with self._streaming:
            try:
                coming = uploads.spooled(_parts(receive, stream.bytes_max), headers, stream.files_max)
                return await asyncio.wait_for(coming, STREAM_S_MAX)
            except TimeoutError:
                raise Refused(408, _("Too slow"), _("What was sent did not come to its end.")) from None

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
                    raise Refused(401, _("Not let in"), _("This token opens nothing: it has ended, or never was."))
                return person, None
            session = await anyio.to_thread.run_sync(self._sessions.find, secret, self._now_ms()) if secret else None
        except DBAPIError as exc:
            log.error("who asks cannot be found out: %s", exc.orig)  # never its parameters
            raise Refused(503, _("Not now"), _("The registry does not answer. Try again in a moment.")) from None
        if session is None and self._open_page:
            if not _is_local(headers):
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


def home_of(person: Person) -> str:
    """The first page that somebody may see."""
    return next((path for path, right in routes.HOMES if person.may(right)), "/account")


def is_for_programs(path: str) -> bool:
    """Whether an answer there is no page."""
    return path.startswith("/api/") or path in ("/metrics", "/readyz")


def _check(person: Person | None, found: Found, scope: Scope) -> None:
    """Raise Refused where this is not for who asks."""
    need = found.need
    if person is None:
        raise Refused(401, _("Not signed in"), _("Sign in, or send a token."), _login(scope))
    if person.must_change and need is not Need.NEW:
        says = _("Your password was for one use: choose another first.")
        raise Refused(403, _("A new password first"), says, "/account/password")
    if need in (Need.SESSION, Need.NEW):
        if person.by != "session":
            raise Refused(403, _("Not by a token"), _("Only somebody who has signed in with a password can do this."))
        return
    right = Right.READ_OPERATION if need is Need.MACHINE else need
    if isinstance(right, Right) and not person.may(right):
        says = _("This needs %(right)s, which your role or token does not have.") % {"right": right}
        raise Refused(403, _("Not for you"), says, home_of(person) if found.path == "/" else "")
    if found.place is not None and not person.sites.has(*found.place):
        raise Refused(404, _("Not here"), hidden(*found.place))


def _login(scope: Scope) -> str:
    """The page to sign in at, from where one comes back to what was asked for."""
    query = scope["query_string"].decode("latin-1")
    asked = scope["path"] + (f"?{query}" if query else "")
    return "/login" + (f"?next={quote(asked, safe='')}" if asked != "/" else "")


def hidden(tenant: str, site: str) -> str:
    """What is said of a site that is not there, or not for who asks: the same."""
    says = _("There is no site '%(site)s' of tenant '%(tenant)s' that you may see.")
    return says % {"site": site, "tenant": tenant}


def _of_this_machine(scope: Scope) -> bool:
    """Whether somebody on this machine asks, and no proxy for somebody else (it is to say so, see docs/people.md)."""
    try:
        local = ipaddress.ip_address((scope.get("client") or ("", 0))[0]).is_loopback
    except ValueError:
        return False
    return local and not any(name in Headers(scope=scope) for name in FORWARDED)


def _is_local(headers: Headers) -> bool:
    """Whether a page was asked for by this machine's own name: another's name that leads here is somebody's trick."""
    host = headers.get("host", "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name in LOCAL_NAMES and not any(one in headers for one in FORWARDED)


def _check_origin(headers: Headers) -> None:
    """Raise Refused for a form that was sent from another site's page, as far as the browser says where it was."""
    told = headers.get("sec-fetch-site")
    if told is not None:
        foreign = told not in ("same-origin", "none")
    else:
        origin = headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    if foreign:
        says = _("This was sent from another site's page, or a proxy hides the host's name.")
        raise Refused(403, _("Not from here"), says)


async def _read(receive: Receive, headers: Headers, bytes_max: int, s_max: float) -> bytes:
    _check_length(headers, bytes_max)
    try:
        return await asyncio.wait_for(_whole(receive, bytes_max), s_max)
    except TimeoutError:
        raise Refused(408, _("Too slow"), _("What was sent did not come to its end.")) from None


def _check_length(headers: Headers, bytes_max: int) -> None:
    declared = headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared[:12]) > bytes_max:
        raise Refused(413, _("Too long"), _too_long(bytes_max))


async def _whole(receive: Receive, bytes_max: int) -> bytes:
    return b"".join([part async for part in _parts(receive, bytes_max)])


async def _parts(receive: Receive, bytes_max: int) -> AsyncGenerator[bytes, None]:
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, _("Broken off"), _("What was sent did not come to its end."))
        part = message.get("body", b"")
        size += len(part)
        if size > bytes_max:
            raise Refused(413, _("Too long"), _too_long(bytes_max))
        yield part
        more = message.get("more_body", False)


def _too_long(bytes_max: int) -> str:
    return _("At most %(count)s bytes can be sent.") % {"count": language.number(bytes_max)}


def _fields(body: bytes, headers: Headers) -> dict[str, str]:
    """The fields of a form; of several with one name, blanks between."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return {}
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise Refused(400, _("Not a form"), _("This form cannot be read.")) from None
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def _again(body: bytes) -> Receive:
    """What was read already, for the application to read."""
    left = [body]

    async def receive() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return {"type": "http.disconnect"}

    return receive
