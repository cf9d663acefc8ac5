"""A search for addresses and network names where they must not be, however they are spelt."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pyarrow import parquet

DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha512", "blake2b", "blake2s")
DIGEST_BYTES = 8  # a token's length; whoever keeps more of a digest keeps these too


def spellings(secret: bytes) -> Iterator[bytes]:
    """How bytes are written down, and their digests without a key, which anyone can undo by trying."""
    for raw in (secret, secret[::-1]):
        yield raw
        for text in (raw.hex(), raw.hex(":"), raw.hex("-"), raw.hex(".", 2), raw.hex(" "), str(int.from_bytes(raw))):
            yield from (text.encode(), text.upper().encode())
        yield ascii(raw)[2:-1].encode()
        yield raw.decode("latin-1").encode("utf-16-le")
        yield from _base64(raw)
        for name in DIGESTS:
            digest = hashlib.new(name, raw).digest()[:DIGEST_BYTES]
            yield from (digest, digest[::-1], digest.hex().encode())


def _base64(raw: bytes) -> Iterator[bytes]:
    """The characters that stand for `raw` alone, wherever in a longer text it begins."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + raw)
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        yield text[first:last]
        yield text[first:last].replace(b"+", b"-").replace(b"/", b"_")


def found(secrets: Iterable[bytes], places: Mapping[str, bytes]) -> list[str]:
    """Which secret stands where, a sentence each."""
    return [
        f"{place} holds {secret!r} as {spelling!r}"
        for secret in sorted(set(secrets))
        for spelling in sorted(set(spellings(secret)))
        for place, raw in places.items()
        if spelling in raw
    ]


def folder(top: Path) -> dict[str, bytes]:
    """Every file below `top` as it lies there, and the columns of Parquet files unpacked."""
    places: dict[str, bytes] = {}
    for path in sorted(top.rglob("*")):
        if not path.is_file():
            continue
        places[str(path)] = path.read_bytes()
        if path.suffix == ".parquet":
            table = parquet.read_table(path)
            for name in table.column_names:
                buffers = (buffer for chunk in table[name].chunks for buffer in chunk.buffers() if buffer)
                places[f"{path}, column {name}"] = b"".join(buffer.to_pybytes() for buffer in buffers)
    return places
