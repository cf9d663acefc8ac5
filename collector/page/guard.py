"""The HTTP guard: what may be asked, how long it may be, and what every answer tells the browser not to do."""

from collections.abc import Callable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("GET", "HEAD")
PATH_BYTES_MAX = 512
QUERY_BYTES_MAX = 512

HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with no-referrer browsers would not say where our own forms come from
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NOT_KEPT = "no-store"  # numbers of people stay out of caches unless an answer says otherwise


class Guard:
    """ASGI middleware, the outermost: lets short GET and HEAD requests in, and POST where it is taken.

    Puts HEADERS on every answer.

    takes: whether a path takes POST.
    """

    def __init__(self, app: ASGIApp, takes: Callable[[str], bool]) -> None:
        self._app, self._takes = app, takes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See Guard."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                protect(MutableHeaders(raw=message["headers"]))
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        post = scope["method"] == "POST" and self._takes(scope["path"])
        refusal = _refusal(scope, post)
        if refusal is not None:
            await refusal(scope, receive, guarded)
        else:
            await self._app({**scope, "method": "POST" if post else "GET"}, receive, guarded)


def protect(headers: MutableHeaders) -> None:
    """Add HEADERS to an answer's own."""
    for name, value in HEADERS.items():
        headers[name] = value
    headers.setdefault("cache-control", NOT_KEPT)


def _refusal(scope: Scope, post: bool) -> Response | None:
    if scope["method"] not in METHODS and not post:
        says = "This page can be read, not changed: GET and HEAD only."
        return _said(scope, 405, says, {"allow": ", ".join(METHODS)})
    if len(scope["path"].encode()) > PATH_BYTES_MAX or len(scope["query_string"]) > QUERY_BYTES_MAX:
        return _said(scope, 414, f"An address here has at most {QUERY_BYTES_MAX} characters.")
    if not post and Headers(scope=scope).get("content-length", "0") != "0":
        return _said(scope, 413, "A question here has no body.")
    return None


def _said(scope: Scope, status: int, says: str, headers: dict[str, str] | None = None) -> Response:
    """A sentence; for programs in the form of every other error of the API."""
    if scope["path"].startswith("/api/"):
        return JSONResponse({"error": says}, status, headers)
    return PlainTextResponse(f"{says}\n", status, headers)
