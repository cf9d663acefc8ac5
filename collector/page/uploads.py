"""Uploads: the fields and files of a form that was sent as multipart/form-data (RFC 7578)."""

from collections.abc import AsyncGenerator, Mapping
from typing import BinaryIO

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

FORM = "multipart/form-data"
FIELDS_MAX = 10
FIELD_BYTES_MAX = 4096


async def read(body: bytes, headers: Headers) -> tuple[Mapping[str, str], bytes]:
    """The fields by name, and the file's bytes; nothing of what is no such form. The file's name is not looked at."""
    if not _is_form(headers):
        return {}, b""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(headers, stream(), max_files=1, max_fields=FIELDS_MAX, max_part_size=FIELD_BYTES_MAX)
    try:
        form = await parser.parse()
    except MultiPartException:
        return {}, b""
    fields: dict[str, str] = {}
    file = b""
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            file = await value.read()
        else:
            fields[name] = value
    await form.close()
    return fields, file


async def spooled(
    body: AsyncGenerator[bytes, None], headers: Headers, files_max: int
) -> tuple[Mapping[str, str], tuple[BinaryIO, ...]]:
    """The same while it comes: of each file at most a MiB is in memory, the rest in the machine's temporary folder.

    The files are at their beginnings, in the order in which they came; whoever reads them closes them. What `body`
    raises goes through.
    """
    broken: list[Exception] = []

    async def coming() -> AsyncGenerator[bytes, None]:
        try:
            async for part in body:
                yield part
        except Exception as exc:
            broken.append(exc)
            raise MultiPartException("it broke off") from exc  # upon which the parser closes its files

    if not _is_form(headers):
        async for _ in body:
            pass
        return {}, ()
    parser = MultiPartParser(
        headers, coming(), max_files=files_max, max_fields=FIELDS_MAX, max_part_size=FIELD_BYTES_MAX
    )
    try:
        form = await parser.parse()
    except MultiPartException:
        if broken:
            raise broken[0] from None
        return {}, ()
    files: list[BinaryIO] = []
    fields: dict[str, str] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            files.append(value.file)
        else:
            fields[name] = value
    return fields, tuple(files)


def _is_form(headers: Headers) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
