"""The reader: in which language and colours somebody reads, and where they are; known to every page of one question."""

from contextvars import ContextVar
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from . import language

LANGUAGE_COOKIE = "footfall-language"
THEME_COOKIE = "footfall-theme"
THEMES = ("auto", "light", "dark")  # auto: as the device has it


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads. path, query: what was asked for."""

    language: str = language.SOURCE
    theme: str = "auto"
    path: str = "/"
    query: str = ""

    @property
    def here(self) -> str:
        """The address on this server."""
        return f"{self.path}?{self.query}" if self.query else self.path


_reading: ContextVar[Reader | None] = ContextVar("reader", default=None)


def reader() -> Reader:
    """The reader of this question; an English one where nobody asks."""
    return _reading.get() or Reader()


class Reading:
    """ASGI middleware: every question has a context of its own, so nothing is put back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See Reading."""
        if scope["type"] == "http":
            found = of(scope)
            _reading.set(found)
            language.speak(found.language)
        await self._app(scope, receive, send)


def of(scope: Scope) -> Reader:
    """The reader that a question's headers tell of. Programs are answered in English."""
    headers = Headers(scope=scope)
    cookies = cookie_parser(headers.get("cookie", ""))
    theme = cookies.get(THEME_COOKIE, "")
    spoken = language.choose(cookies.get(LANGUAGE_COOKIE, ""), headers.get("accept-language", ""))
    return Reader(
        language=language.SOURCE if scope["path"].startswith("/api/") else spoken,
        theme=theme if theme in THEMES else "auto",
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
    )
