"""The origin: from where a question comes, as far as it can be told: this machine, or a page of ours."""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def is_this_machine(scope: Scope) -> bool:
    """Whether somebody on this machine asks, and no proxy for somebody else (it is to say so, see docs/people.md)."""
    try:
        local = ipaddress.ip_address((scope.get("client") or ("", 0))[0]).is_loopback
    except ValueError:
        return False
    return local and not any(name in Headers(scope=scope) for name in FORWARDED)


def is_local_name(headers: Headers) -> bool:
    """Whether a page was asked for by this machine's own name: another's name that leads here is somebody's trick."""
    host = headers.get("host", "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name in LOCAL_NAMES and not any(one in headers for one in FORWARDED)


def is_foreign(headers: Headers) -> bool:
    """Whether a form was sent from another site's page, as far as the browser says where it was."""
    told = headers.get("sec-fetch-site")
    if told is not None:
        return told not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
