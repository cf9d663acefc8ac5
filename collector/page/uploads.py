"""Uploads: the fields and the one file of a form that was sent as multipart/form-data (RFC 7578)."""

from collections.abc import AsyncGenerator, Mapping

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

FORM = "multipart/form-data"
FIELDS_MAX = 10
FIELD_BYTES_MAX = 4096


async def read(body: bytes, headers: Headers) -> tuple[Mapping[str, str], bytes]:
    """The fields by name, and the file's bytes; nothing of what is no such form. The file's name is not looked at."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
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
