"""What is given with a question, in its address, a form or a body; and what may be wrong with it."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel

from ..errors import QueryError

ID_MAX = (1 << 63) - 1
Number = Annotated[int, Path(ge=1, le=ID_MAX)]


class Unclear(QueryError):
    """What was given cannot be understood."""


class Unfit(QueryError):
    """What it is for is there, and cannot be done like this."""


class Said(BaseModel):
    """What somebody asks for in a body; nothing else may stand in it."""

    model_config = {"extra": "forbid", "hide_input_in_errors": True}


def whole(text: str, otherwise: int = 0) -> int:
    """The number of something that an address or a form names; 0, which nothing has, where it is none."""
    return int(text) if text.isdecimal() and len(text) <= len(str(ID_MAX)) and int(text) <= ID_MAX else otherwise
