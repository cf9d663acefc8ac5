"""A refusal: a question that goes no further, with what to do next; the same sentence as a page or for a program."""

from collections.abc import Callable

from fastapi import Request
from starlette.responses import Response

Refuse = Callable[[Request, int, str, str], Response]  # (request, status, heading, sentence)


class Refused(Exception):
    """A question that goes no further. to: where a browser that wanted a page is sent instead."""

    def __init__(self, status: int, heading: str, says: str, to: str = "") -> None:
        super().__init__(says)
        self.status, self.heading, self.says, self.to = status, heading, says, to


def is_for_programs(path: str) -> bool:
    """Whether an answer there is no page."""
    return path.startswith("/api/") or path in ("/metrics", "/readyz")
