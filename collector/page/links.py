"""Addresses of pages, with what was chosen on them, so that a link can be sent to somebody else."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode


def to(path: str, query: Mapping[str, object] | None = None, /, **changes: object) -> str:
    """A path with its question: `query` and then `changes`; what is empty or None is left out."""
    wanted = {name: str(value) for name, value in {**(query or {}), **changes}.items() if value not in ("", None)}
    return f"{quote(path)}?{urlencode(wanted)}" if wanted else quote(path)
