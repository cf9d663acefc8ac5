"""The HTTP door: what may be asked, how long it may be, and what every answer tells the browser not to do."""

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("GET", "HEAD")
PATH_BYTES_MAX = 512
QUERY_BYTES_MAX = 512

HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NOT_KEPT = "no-store"  # numbers of people stay out of caches unless an answer says otherwise


class Guard:
    """ASGI middleware, the outermost: lets short GET and HEAD requests in and puts HEADERS on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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

        refusal = _refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, guarded)
        else:
            await self._app({**scope, "method": "GET"}, receive, guarded)


def protect(headers: MutableHeaders) -> None:
    """Add HEADERS to an answer's own."""
    for name, value in HEADERS.items():
        headers[name] = value
    headers.setdefault("cache-control", NOT_KEPT)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    if scope["method"] not in METHODS:
        return PlainTextResponse(
            "Pages here can be read, not changed: GET and HEAD only.\n", 405, {"allow": ", ".join(METHODS)}
        )
    if len(scope["path"].encode()) > PATH_BYTES_MAX or len(scope["query_string"]) > QUERY_BYTES_MAX:
        return PlainTextResponse(f"An address here has at most {QUERY_BYTES_MAX} characters.\n", 414)
    if Headers(scope=scope).get("content-length", "0") != "0":
        return PlainTextResponse("A question here has no body.\n", 413)
    return None
