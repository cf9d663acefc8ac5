"""Where a browser is led: pages of ours and nowhere else. Another site's address would make us its lure."""

from collections.abc import Collection
from urllib.parse import quote, urlsplit

from ..people.user import Person
from .routes import HOMES, find


def own(path: str, besides: Collection[str] = ()) -> str:
    """The path where it is a page of this application and none of `besides`, else nothing."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return ""
    parts = urlsplit(path)
    known = not parts.scheme and not parts.netloc and find("GET", parts.path) is not None
    return path if known and parts.path not in besides else ""


def home_of(person: Person) -> str:
    """The first page that somebody may see."""
    return next((path for path, right in HOMES if person.may(right)), "/account")


def login_path(path: str, query: str) -> str:
    """The page to sign in at, from where one comes back to what was asked for."""
    asked = path + (f"?{query}" if query else "")
    return "/login" + (f"?next={quote(asked, safe='')}" if asked != "/" else "")
