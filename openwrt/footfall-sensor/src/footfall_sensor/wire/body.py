"""Bodies: msgpack maps read with explicit limits, field by field.

msgpack's own limits follow the size of the input, and 16 KiB of nested array headers can then take 80 MB; so arrays,
maps and nesting are limited here before a byte is unpacked. An unknown field is ignored: a newer end may add one.
"""

from collections.abc import Mapping
from typing import Any, cast

import msgpack

from ..errors import Malformed
from .envelope import BODY_BYTES_MAX

ARRAY_ITEMS_MAX = 64
MAP_ITEMS_MAX = 32
STRING_BYTES_MAX = 128

Fields = Mapping[str, object]


def pack(fields: Fields) -> bytes:
    """A body of these fields; None is left out, so that absent and unknown are one thing."""
    return cast(bytes, msgpack.packb(present(fields)))


def present(fields: Fields) -> dict[str, object]:
    """Those of the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def _no_extension(_code: int, _data: bytes) -> object:
    raise ValueError("extension types are not used here")


def unpack(body: bytes) -> Fields:
    """The fields of a body. Raises Malformed."""
    if len(body) > BODY_BYTES_MAX:
        raise Malformed(f"a body has at most {BODY_BYTES_MAX} bytes, this one {len(body)}")
    try:
        fields: Any = msgpack.unpackb(
            body,
            raw=False,
            strict_map_key=True,
            max_array_len=ARRAY_ITEMS_MAX,
            max_map_len=MAP_ITEMS_MAX,
            ext_hook=_no_extension,
        )
    except (ValueError, TypeError, RecursionError, OverflowError) as exc:
        # msgpack's own errors are ValueErrors; TypeError is an unhashable or foreign map key.
        raise Malformed("the body is not msgpack within its limits") from exc
    if not isinstance(fields, dict) or not all(isinstance(name, str) for name in fields):
        raise Malformed("the body is not a map of named fields")
    return fields


def integer(fields: Fields, name: str, low: int, high: int, default: int | None = None) -> int:
    """The integer `name`, low <= value <= high. Raises Malformed where it is absent (without default) or otherwise."""
    value = fields.get(name, default)
    if type(value) is not int or not low <= value <= high:
        raise Malformed(f"{name}: an integer from {low} to {high} is wanted")
    return value


def number(fields: Fields, name: str, low: float, high: float) -> float | None:
    """The number `name`, or None where absent. Raises Malformed where it is no number within its limits."""
    value = fields.get(name)
    if value is None:
        return None
    if type(value) not in (int, float) or not low <= cast(float, value) <= high:  # NaN fails both comparisons
        raise Malformed(f"{name}: a number from {low} to {high} is wanted")
    return float(cast(float, value))


def text(fields: Fields, name: str, default: str | None = None) -> str:
    """The string `name`. Raises Malformed where it is absent (without default), too long or no string."""
    value = fields.get(name, default)
    if type(value) is not str or len(value) > STRING_BYTES_MAX or not value.isprintable():
        raise Malformed(f"{name}: a printable string of at most {STRING_BYTES_MAX} characters is wanted")
    return value


def binary(fields: Fields, name: str, size: int) -> bytes:
    """The byte string `name`, exactly `size` long. Raises Malformed."""
    value = fields.get(name)
    if type(value) is not bytes or len(value) != size:
        raise Malformed(f"{name}: {size} bytes are wanted")
    return value


def octets(fields: Fields, name: str, low: int, high: int) -> bytes:
    """The byte string `name` of low to high bytes, or empty where absent. Raises Malformed."""
    value = fields.get(name, b"")
    if type(value) is not bytes or (name in fields and not low <= len(value) <= high):
        raise Malformed(f"{name}: {low} to {high} bytes are wanted")
    return value


def counts(fields: Fields, name: str, known: frozenset[str] | None = None) -> dict[str, int]:
    """The map `name` of counters, each 0 .. 2**53; absent means empty. Names outside `known` are ignored."""
    value = fields.get(name, {})
    if not isinstance(value, dict):
        raise Malformed(f"{name}: a map of counters is wanted")
    for key, count in value.items():
        if type(key) is not str or type(count) is not int or not 0 <= count <= 1 << 53:
            raise Malformed(f"{name}: counters are non-negative integers")
    return {key: count for key, count in value.items() if known is None or key in known}


def strings(fields: Fields, name: str) -> list[str]:
    """A list of strings. Raises Malformed."""
    value = fields.get(name)
    if not isinstance(value, list) or not all(type(piece) is str for piece in value):
        raise Malformed(f"{name}: a list of strings is wanted")
    return value
