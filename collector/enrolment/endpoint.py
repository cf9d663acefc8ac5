"""The HTTP door of enrolment: GET gives a challenge, POST takes one sealed ENROL and gives the answer.

It stands in front of the page and shares nothing with it: what is not exactly PATH goes on to the page's own guard. All
is checked in the order of what it costs us: rate, size, form, challenge, signature, and only then the registry.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable

import anyio.to_thread
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from footfall_sensor.wire.enrol import ENROL_BYTES_MAX

from ..errors import CollectorError
from .challenges import Challenges
from .limits import Limits
from .reception import Reception, Unfit

log = logging.getLogger(__name__)

PATH = "/enrol"
BODY_S_MAX = 10.0  # a body of this size is there at once, or somebody is holding the door open
AT_WORK_MAX = 4  # requests that wait for signatures and the registry; the page has its own threads
SAID_EVERY_S = 60.0
MEDIA_TYPE = "application/octet-stream"
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class Doorway:
    """ASGI middleware: PATH goes to the endpoint, everything else on to the application."""

    def __init__(self, app: ASGIApp, endpoint: ASGIApp) -> None:
        self._app = app
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See Doorway."""
        mine = scope["type"] == "http" and scope["path"] == PATH
        await (self._endpoint if mine else self._app)(scope, receive, send)


class Endpoint:
    """The ASGI application at PATH. refused counts by reason since the start."""

    def __init__(self, reception: Reception, now_ms: Callable[[], int]) -> None:
        self.refused: Counter[str] = Counter()
        self._reception = reception
        self._now_ms = now_ms
        self._limits = Limits(now_ms())
        self._challenges = Challenges()
        self._at_work = 0
        self._said_s = time.monotonic()
        self._said: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See Endpoint."""
        answer = await self._answer(scope, receive)
        answer.headers.update(HEADERS)
        await answer(scope, receive, send)
        self._tell()

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        host = (scope.get("client") or ("", 0))[0]
        if not self._limits.may_pass(host, self._now_ms()):
            return self._refuse("too often", 429, "Too often. Ask again in a minute.", {"retry-after": "60"})
        if scope["method"] == "GET":
            return Response(self._challenges.make(self._now_ms()), media_type=MEDIA_TYPE)
        if scope["method"] != "POST":
            return self._refuse("method", 405, "GET gives a challenge, POST enrols.", {"allow": "GET, POST"})
        try:
            raw = await asyncio.wait_for(_body(scope, receive), BODY_S_MAX)
        except TimeoutError:
            return self._refuse("too slow", 408, "The request did not come to its end.", {"connection": "close"})
        if raw is None:
            says = f"A request has at most {ENROL_BYTES_MAX} bytes."
            return self._refuse("too large", 413, says, {"connection": "close"})
        return await self._enrol(raw)

    async def _enrol(self, raw: bytes) -> Response:
        try:
            asked = self._reception.read(raw)
        except Unfit as exc:
            return self._refuse("malformed", 400, f"{exc}.")
        if not self._challenges.take(asked.challenge, self._now_ms()):
            return self._refuse("stale challenge", 409, "The challenge is used up or too old. Get another: GET.")
        if self._at_work >= AT_WORK_MAX:
            return self._refuse("busy", 503, "Too many at once. Ask again in a moment.", {"retry-after": "5"})
        self._at_work += 1
        try:
            said = await anyio.to_thread.run_sync(self._reception.answer, raw, asked, self._now_ms())
        except Unfit as exc:
            return self._refuse("bad signature", 400, f"{exc}.")
        except (CollectorError, DBAPIError) as exc:
            why = exc.orig if isinstance(exc, DBAPIError) else exc  # never its parameters
            log.error("enrolment: %s; the unit asks again", why)
            return self._refuse("not now", 503, "The collector cannot say just now; its log says why.")
        finally:
            self._at_work -= 1
        return Response(said, media_type=MEDIA_TYPE)

    def _refuse(self, why: str, status: int, says: str, headers: dict[str, str] | None = None) -> Response:
        self.refused[why] += 1
        return PlainTextResponse(f"{says}\n", status, headers)

    def _tell(self) -> None:
        """What was refused, in the log, at most once a minute: whoever floods the door does not flood the disk."""
        now = self.refused + self._reception.refused
        if now != self._said and time.monotonic() - self._said_s >= SAID_EVERY_S:
            self._said, self._said_s = now, time.monotonic()
            log.warning("enrolment: refused since the start: %s", ", ".join(f"{n} {why}" for why, n in now.items()))


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The request's body; None where it is, or says that it will be, too long. No more of it is read."""
    declared = Headers(scope=scope).get("content-length", "0")
    if not declared.isdecimal() or int(declared[:12]) > ENROL_BYTES_MAX:
        return None
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":  # the client has gone
            return b""
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > ENROL_BYTES_MAX:
            return None
        more = message.get("more_body", False)
    return b"".join(parts)
