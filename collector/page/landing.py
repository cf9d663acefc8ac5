"""Where a form leads back to: pages of ours and nowhere else. Another site's address would make us its lure."""

from collections.abc import Collection
from urllib.parse import urlsplit

from .routes import find


def own(path: str, besides: Collection[str] = ()) -> str:
    """The path where it is a page of this application and none of `besides`, else nothing."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return ""
    parts = urlsplit(path)
    known = not parts.scheme and not parts.netloc and find("GET", parts.path) is not None
    return path if known and parts.path not in besides else ""
