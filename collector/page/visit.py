"""The visit: a question together with who asks it, for the application's functions to depend on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, BinaryIO

from fastapi import Depends, Request
from starlette.types import Scope

from ..people.sessions import Session
from ..people.user import Person

KEY = "footfall.visit"  # where the door leaves it in the scope


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
    """The visit that the door made of a request."""
    found: Visit = request.scope[KEY]
    return found


Who = Annotated[Visit, Depends(visit_of)]


def cookie_name(scope: Scope) -> str:
    """By TLS a name that only this host, by TLS, can set."""
    return "__Host-footfall" if scope["scheme"] == "https" else "footfall"
