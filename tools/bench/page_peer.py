"""The peer of the page: Starlette with gzip that gives a finished HTML of the same bytes, and does nothing else.

Started as a program with a port and a file.
"""

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route


def application(html: str) -> Starlette:
    """One page at every path."""

    def page(_request: Request) -> Response:
        return HTMLResponse(html)

    gzip = Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    return Starlette(routes=[Route("/{path:path}", page)], middleware=[gzip])


if __name__ == "__main__":
    uvicorn.run(
        application(Path(sys.argv[2]).read_text(encoding="utf-8")),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="error",
    )
