"""The body: what was sent with a question, within limits of size, time and number. What is over one raises Refused."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeVar
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from . import language, uploads
from .language import gettext as _
from .refusal import Refused
from .routes import Stream

BODY_BYTES_MAX = 16 * 1024
BODY_S_MAX = 10.0
UPLOAD_S_MAX = 60.0  # a file over a slow line; only who may send one gets so far
STREAM_S_MAX = 900.0  # the largest image over 0.6 Mbit/s
FIELDS_MAX = 20
FORM = "application/x-www-form-urlencoded"

Came = TypeVar("Came")


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent: fields of a form, its file, or its large files; receive: for the application to read once more."""

    receive: Receive
    form: Mapping[str, str] = field(default_factory=dict)
    file: bytes = b""
    files: Sequence[BinaryIO] = ()

    def close(self) -> None:
        """Let go of the files."""
        for file in self.files:
            file.close()


async def small(receive: Receive, headers: Headers) -> Sent:
    """What everybody may send: a form's fields, or what a program says."""
    body = await _read(receive, headers, BODY_BYTES_MAX, BODY_S_MAX)
    return Sent(_again(body), _fields(body, headers))


async def upload(receive: Receive, headers: Headers, bytes_max: int) -> Sent:
    """A form with a file that is kept in memory."""
    body = await _read(receive, headers, bytes_max, UPLOAD_S_MAX)
    form, file = await uploads.read(body, headers)
    return Sent(_again(b""), form, file)


async def stream(receive: Receive, headers: Headers, wanted: Stream, turn: asyncio.Lock) -> Sent:
    """A form with large files, as it comes. turn: held meanwhile; where another holds it, this one is refused."""
    _check_length(headers, wanted.bytes_max)
    if turn.locked():
        raise Refused(503, _("Not now"), _("Another file is being sent. Try again in a moment."))
    async with turn:
        coming = uploads.spooled(_parts(receive, wanted.bytes_max), headers, wanted.files_max)
        form, files = await _within(coming, STREAM_S_MAX)
        return Sent(_again(b""), form, files=files)


async def _read(receive: Receive, headers: Headers, bytes_max: int, s_max: float) -> bytes:
    _check_length(headers, bytes_max)
    return await _within(_whole(receive, bytes_max), s_max)


async def _within(coming: Coroutine[Any, Any, Came], s_max: float) -> Came:
    try:
        return await asyncio.wait_for(coming, s_max)
    except TimeoutError:
        raise Refused(408, _("Too slow"), _("What was sent did not come to its end. Send it again.")) from None


def _check_length(headers: Headers, bytes_max: int) -> None:
    declared = headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared[:12]) > bytes_max:
        raise Refused(413, _("Too long"), _too_long(bytes_max))


async def _whole(receive: Receive, bytes_max: int) -> bytes:
    return b"".join([part async for part in _parts(receive, bytes_max)])


async def _parts(receive: Receive, bytes_max: int) -> AsyncGenerator[bytes, None]:
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, _("Broken off"), _("What was sent did not come to its end. Send it again."))
        part = message.get("body", b"")
        size += len(part)
        if size > bytes_max:
            raise Refused(413, _("Too long"), _too_long(bytes_max))
        yield part
        more = message.get("more_body", False)


def _too_long(bytes_max: int) -> str:
    return _("At most %(count)s bytes can be sent.") % {"count": language.number(bytes_max)}


def _fields(body: bytes, headers: Headers) -> dict[str, str]:
    """The fields of a form; of several with one name, blanks between."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return {}
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise Refused(400, _("Not a form"), _("This form cannot be read. Open the page again.")) from None
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def _again(body: bytes) -> Receive:
    """What was read already, for the application to read."""
    left = [body]

    async def receive() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return {"type": "http.disconnect"}

    return receive
