"""The search for leaks finds what is there, in every spelling, and nothing else."""

import base64
import hashlib
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from tools.lab.air import leaks

ADDRESS = bytes.fromhex("da317c9e04b2")
HIDDEN = {
    "raw": ADDRESS,
    "reversed": ADDRESS[::-1],
    "hexadecimal": ADDRESS.hex().encode(),
    "with colons": b'{"mac": "DA:31:7C:9E:04:B2"}',
    "with dashes": b"da-31-7c-9e-04-b2",
    "Cisco's way": b"da31.7c9e.04b2",
    "a number": str(int.from_bytes(ADDRESS, "big")).encode(),
    "Python's way": repr(b"<" + ADDRESS + b">").encode(),
    "base64, first": base64.b64encode(ADDRESS + b"tail"),
    "base64, second": base64.b64encode(b"1" + ADDRESS + b"tail"),
    "base64, third": base64.b64encode(b"12" + ADDRESS + b"tail"),
    "base64 for addresses of pages": base64.urlsafe_b64encode(b"x" + ADDRESS),
    "digest": hashlib.sha256(ADDRESS).digest()[:8],
    "digest, whole, in hexadecimal": hashlib.md5(ADDRESS).hexdigest().encode(),
}


@pytest.mark.parametrize("spelling", HIDDEN)
def test_an_address_is_found(spelling: str) -> None:
    """However it is spelt, and whatever stands around it."""
    places = {"here": b"before " + HIDDEN[spelling] + b" after", "there": bytes(100)}
    found = leaks.found([ADDRESS], places)
    assert found
    assert all(sentence.startswith("here holds") for sentence in found)


def test_a_network_name_is_found_as_text_and_as_bytes() -> None:
    """Names are canaries too."""
    assert leaks.found([b"Chata Orlik 1987"], {"log": b"asked for Chata Orlik 1987"})
    assert leaks.found([b"Chata Orlik 1987"], {"log": b"Chata Orlik 1987".hex().encode()})


def test_keyed_tokens_are_no_leak() -> None:
    """What the sensor sends instead of addresses does not look like one."""
    tokens = b"".join(hashlib.blake2b(ADDRESS, key=bytes([number])).digest() for number in range(64))
    assert leaks.found([ADDRESS], {"tokens": tokens}) == []


def test_parquet_is_looked_through_unpacked(tmp_path: Path) -> None:
    """A column that holds an address is found, though the file is compressed."""
    number = int.from_bytes(ADDRESS + b"\0\0", "little")
    table = pa.table({"token": pa.array([1, number, 3] * 1000, pa.int64()), "site": ["a", "b", "c"] * 1000})
    parquet.write_table(table, tmp_path / "a.parquet", compression="zstd")
    found = leaks.found([ADDRESS], leaks.folder(tmp_path))
    assert any("column token" in sentence for sentence in found)
