"""/live: the stream that a page follows."""

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ...folder import Collector
from ...people.sessions import Sessions
from ..visit import Visit, Who
from .changes import look
from .hub import RETRY_MS, Hub

STREAM = "text/event-stream"
FULL = "Too many pages follow already. Close some; this one looks again later.\n"
NOT_A_STREAM = "This is for pages that follow: ask for text/event-stream.\n"


class Following(Response):
    """An answer that goes on until the session is over or the browser is gone."""

    def __init__(self, hub: Hub, visit: Visit) -> None:
        super().__init__()
        self._hub, self._visit = hub, visit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a seat, and leave it however this ends."""
        session = self._visit.session
        seat = self._hub.sit(self._visit.somebody, session.secret if session else None)
        if seat is None:
            headers = {"retry-after": str(6 * RETRY_MS // 1000)}
            await PlainTextResponse(FULL, 503, headers)(scope, receive, send)
            return
        try:
            # X-Accel-Buffering: nginx would keep events back until it has a buffer full of them.
            headers = {"x-accel-buffering": "no"}
            answer = StreamingResponse(self._hub.told(seat), media_type=STREAM, headers=headers)
            await answer(scope, receive, send)
        finally:
            self._hub.leave(seat)


def add_routes(app: FastAPI, collector: Collector, now_ms: Callable[[], int]) -> None:
    """/live; the hub is the application's `state.live`."""
    engine = collector.registry.engine
    sessions = Sessions(engine)
    hub = Hub(lambda: look(engine), lambda secrets: sessions.lasting(secrets, now_ms()))
    app.state.live = hub

    @app.get("/live", include_in_schema=False)
    async def live(request: Request, visit: Who) -> Response:
        if STREAM not in request.headers.get("accept", ""):
            return PlainTextResponse(NOT_A_STREAM, 400)
        if visit.somebody.by == "token":
            return PlainTextResponse(NOT_A_STREAM, 400)
        return Following(hub, visit)
