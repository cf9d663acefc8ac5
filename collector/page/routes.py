"""Every route there is, and what it takes to get there. What does not stand here is refused.

HEAD is asked for as GET is. `/enrol` stands in front of all of this, see collector.enrolment.endpoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from re import Pattern

from starlette.routing import compile_path

from ..people.user import Right
from ..plans.book import UPLOAD_BYTES_MAX
from .fleet import paths as fleet


class Need(StrEnum):
    """What is wanted of who asks, where it is no right."""

    NOTHING = "nothing"
    MACHINE = "this machine, or read:operation"
    ANYBODY = "to be signed in"  # or a token
    SESSION = "to be signed in with a password"
    NEW = "to be signed in with a password, if only a one-time one"


Needs = Need | Right

GET: Mapping[str, Needs] = {
    "/healthz": Need.NOTHING,
    "/static/{name}": Need.NOTHING,
    "/notice/{tenant}/{site}": Need.NOTHING,
    "/image/{file}": Need.NOTHING,
    "/login": Need.NOTHING,
    "/readyz": Need.MACHINE,
    "/metrics": Need.MACHINE,
    "/": Right.READ_REPORT,
    "/export/{tenant}/{site}/numbers.csv": Right.READ_REPORT,
    "/export/{tenant}/{site}/sheet.pdf": Right.READ_REPORT,
    "/export/{tenant}/{site}/picture/{chart}": Right.READ_REPORT,
    "/plan/{tenant}/{site}": Right.WRITE_FLEET,
    "/plan/{tenant}/{site}/picture": Need.ANYBODY,
    "/plan/{tenant}/{site}/positions.csv": Right.WRITE_FLEET,
    "/plan/{tenant}/{site}/remove": Right.WRITE_FLEET,
    "/api/{tenant}/{site}/plan": Right.READ_FLEET,
    "/sites": Right.READ_REPORT,
    "/metrics-of": Right.READ_REPORT,
    "/metrics-of/{metric_name}": Right.READ_REPORT,
    "/sites.csv": Right.READ_REPORT,
    "/api/overview": Right.READ_REPORT,
    **fleet.GET,
    "/live": Need.ANYBODY,
    "/people": Right.READ_PEOPLE,
    "/people/+new": Right.WRITE_PEOPLE,
    "/people/{name}": Right.READ_PEOPLE,
    "/people/{name}/password": Right.WRITE_PEOPLE,
    "/operation": Right.READ_OPERATION,
    "/operation/audit": Right.READ_OPERATION,
    "/operation/audit.csv": Right.READ_OPERATION,
    "/operation/conservation": Right.READ_OPERATION,
    "/operation/quarantine": Right.READ_OPERATION,
    "/operation/quarantine/purge": Right.WRITE_OPERATION,
    "/operation/quarantine/replay": Right.WRITE_OPERATION,
    "/operation/quarantine/{number}": Right.READ_OPERATION,
    "/operation/storage": Right.READ_OPERATION,
    "/api/operation/audit": Right.READ_OPERATION,
    "/api/operation/conservation": Right.READ_OPERATION,
    "/api/operation/quarantine": Right.READ_OPERATION,
    "/api/operation/quarantine/{number}": Right.READ_OPERATION,
    "/api/operation/status": Right.READ_OPERATION,
    "/api/operation/storage": Right.READ_OPERATION,
    "/account": Need.SESSION,
    "/account/password": Need.NEW,
    "/api/openapi.json": Need.ANYBODY,
    "/api/me": Need.ANYBODY,
    "/api/sites": Need.ANYBODY,
    "/api/{tenant}/{site}/report": Right.READ_REPORT,
    "/api/users": Right.READ_PEOPLE,
    "/api/users/{name}/tokens": Right.READ_PEOPLE,
    "/api/tokens": Need.SESSION,
}
POST: Mapping[str, Needs] = {
    "/plan/{tenant}/{site}": Right.WRITE_FLEET,
    "/plan/{tenant}/{site}/place": Right.WRITE_FLEET,
    "/plan/{tenant}/{site}/remove": Right.WRITE_FLEET,
    "/plan/{tenant}/{site}/positions": Right.WRITE_FLEET,
    "/api/{tenant}/{site}/plan": Right.WRITE_FLEET,
    "/api/{tenant}/{site}/plan/remove": Right.WRITE_FLEET,
    "/api/{tenant}/{site}/plan/positions": Right.WRITE_FLEET,
    "/people/+new": Right.WRITE_PEOPLE,
    "/people/{name}/change": Right.WRITE_PEOPLE,
    "/people/{name}/disable": Right.WRITE_PEOPLE,
    "/people/{name}/enable": Right.WRITE_PEOPLE,
    "/people/{name}/password": Right.WRITE_PEOPLE,
    "/people/{name}/sessions": Right.WRITE_PEOPLE,
    "/people/{name}/tokens": Right.WRITE_PEOPLE,
    "/operation/quarantine/purge": Right.WRITE_OPERATION,
    "/operation/quarantine/replay": Right.WRITE_OPERATION,
    "/api/operation/quarantine/purge": Right.WRITE_OPERATION,
    "/api/operation/quarantine/replay": Right.WRITE_OPERATION,
    "/login": Need.NOTHING,
    "/logout": Need.NEW,
    "/preferences": Need.NOTHING,
    "/account/password": Need.NEW,
    "/account/tokens": Need.SESSION,
    "/account/tokens/revoke": Need.SESSION,
    **fleet.POST,
    "/api/users": Right.WRITE_PEOPLE,
    "/api/users/{name}/role": Right.WRITE_PEOPLE,
    "/api/users/{name}/sites": Right.WRITE_PEOPLE,
    "/api/users/{name}/password": Right.WRITE_PEOPLE,
    "/api/users/{name}/disable": Right.WRITE_PEOPLE,
    "/api/users/{name}/enable": Right.WRITE_PEOPLE,
    "/api/users/{name}/sessions/end": Right.WRITE_PEOPLE,
    "/api/users/{name}/tokens/{number}/revoke": Right.WRITE_PEOPLE,
    "/api/tokens": Need.SESSION,
    "/api/tokens/{number}/revoke": Need.SESSION,
}
TABLE: Mapping[str, Mapping[str, Needs]] = {"GET": GET, "POST": POST}
# Where a file may be sent, and how many bytes with all around it; everywhere else bodies are small.
UPLOADS: Mapping[str, int] = dict.fromkeys(
    ("/plan/{tenant}/{site}", "/plan/{tenant}/{site}/positions", "/api/{tenant}/{site}/plan"), UPLOAD_BYTES_MAX + 4096
)


@dataclass(frozen=True, slots=True)
class Stream:
    """What a form may send that is not kept in memory: bytes with all around it, and how many files."""

    bytes_max: int
    files_max: int


STREAMS: Mapping[str, Stream] = dict.fromkeys(fleet.STREAMS, Stream(fleet.STREAM_BYTES_MAX, fleet.STREAM_FILES_MAX))
# The first that one may see; else the account.
HOMES = (("/", Right.READ_REPORT), ("/fleet", Right.READ_FLEET), ("/operation", Right.READ_OPERATION))


@dataclass(frozen=True, slots=True)
class Found:
    """The route of a question, and the site that its path names, if it names one."""

    path: str
    need: Needs
    place: tuple[str, str] | None


def find(method: str, path: str) -> Found | None:
    """The row for a question, as the application would route it."""
    table = TABLE.get(method, {})
    if path in table:
        return Found(path, table[path], None)
    for template, pattern in _patterns(method):
        if matched := pattern.match(path):
            named = matched.groupdict()
            place = (named["tenant"], named["site"]) if "site" in named else None
            return Found(template, table[template], place)
    return None


def takes(method: str, path: str) -> bool:
    """Whether anything is there for this method."""
    return find(method, path) is not None


@cache
def _patterns(method: str) -> list[tuple[str, Pattern[str]]]:
    return [(path, compile_path(path)[0]) for path in TABLE.get(method, {}) if "{" in path]
