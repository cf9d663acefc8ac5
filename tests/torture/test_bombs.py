"""Bombs: a small message that claims to be huge, or is huge once unpacked, takes little memory all the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GROWTH_BYTES_MAX = 16 << 20

# Run in a process of its own, so that nothing else is in the figures. Prints one JSON object: by bomb, peak bytes.
MEASURE = '''
import json, sys, tracemalloc
import msgpack
from footfall_sensor.errors import Malformed
from footfall_sensor.wire import batch, body
from footfall_sensor.wire.messages import Ack, Birth, EpochKey, Health
from footfall_sensor.wire.trust import Trust

UNLIMITED = sys.argv[1] == "unlimited"


def wide(leaf, size, head=b"\\xdc\\x00\\x40"):
    """Lists of 64 in lists of 64, as many as fit."""
    inner = [leaf] * max(1, size // len(leaf))
    while len(inner) > 1:
        inner = [head + b"".join(group) for group in zip(*[iter(inner)] * 64)] or [b"\\x90"]
    return inner[0]


def bombs(size):
    yield "nested lists of one", b"\\x91" * size
    yield "nested lists of fifteen", b"\\x9f" * size
    yield "nested lists that claim 64", b"\\xdc\\x00\\x40" * (size // 3)
    yield "nested lists that claim what is left", b"\\xdd" + (size - 6).to_bytes(4, "big") + b"".join(
        b"\\xdd" + max(1, size - at).to_bytes(4, "big") for at in range(5, size - 5, 5)
    )
    yield "nested lists that claim four billion", b"\\xdd\\xff\\xff\\xff\\xff" * (size // 5)
    yield "nested maps", b"\\x81\\xa0" * (size // 2)
    yield "nested maps that claim 32", b"\\xde\\x00\\x20\\xa1a" * (size // 5)
    yield "nested maps that claim four billion", b"\\xdf\\xff\\xff\\xff\\xff\\xa1a" * (size // 7)
    for name, leaf in LEAVES.items():
        yield f"wide, {name}", wide(leaf, size)
    one_wide = b"\\xf0\\x9f\\x91\\xa3" + b"a" * (size - 7)
    yield "text of one wide character", b"\\xda" + len(one_wide).to_bytes(2, "big") + one_wide
    yield "text that claims four billion", b"\\xdb\\xff\\xff\\xff\\xff" + bytes(size - 5)
    yield "bytes that claim four billion", b"\\xc6\\xff\\xff\\xff\\xff" + bytes(size - 5)


LEAVES = {
    "empty lists": b"\\x90",
    "empty maps": b"\\x80",
    "maps of one": b"\\x81\\xa0\\xc0",
    "maps of one named": b"\\x81\\xa2ab\\xc0",
    "lists of one": b"\\x91\\xc0",
    "floats": b"\\xca\\x3f\\x80\\x00\\x01",
    "integers": b"\\xcd\\x7f\\xff",
    "large integers": b"\\xcf" + b"\\xff" * 8,
    "texts": b"\\xa3abc",
    "wide texts": b"\\xa4\\xf0\\x9f\\x91\\xa3",
    "bytes": b"\\xc4\\x02ab",
    "timestamps": b"\\xd6\\xff\\0\\0\\0\\1",
    "extensions": b"\\xd4\\x05a",
}
DECODERS = [body.unpack, batch.decode, Ack.decode, Birth.decode, EpochKey.decode, Health.decode, Trust.decode]
if msgpack.Unpacker.__module__ == "msgpack.fallback":
    DECODERS = DECODERS[:1]  # it is slow, and all of them begin with this one
if UNLIMITED:
    DECODERS = [lambda raw: msgpack.unpackb(raw, strict_map_key=False, ext_hook=lambda *_: None)]

found = {}
for size in (16 << 10, 31 << 10):
    for name, bomb in bombs(size):
        # As the body itself, and as the value of a field that is looked at.
        for raw in (bomb[:size], b"\\x81\\xa5boots" + bomb[: size - 7], b"\\x81\\xa5token" + bomb[: size - 7]):
            for decode in DECODERS:
                tracemalloc.start()
                try:
                    decode(raw)
                except Malformed:
                    pass
                except (ValueError, TypeError, RecursionError):
                    assert UNLIMITED
                peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
                found[f"{name}, {size >> 10} KiB"] = max(peak, found.get(f"{name}, {size >> 10} KiB", 0))
print(json.dumps(found))
'''


def _peaks(limits: str, pure_python: bool) -> dict[str, int]:
    environment = {**os.environ, "MSGPACK_PUREPYTHON": "1"} if pure_python else dict(os.environ)
    command = [sys.executable, "-c", MEASURE, limits]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("pure_python", [False, True], ids=["compiled msgpack", "pure Python msgpack"])
def test_no_bomb_takes_much_memory(pure_python: bool) -> None:
    """Whatever a message of 16 or 31 KiB holds, reading it takes less than 16 MiB at its peak."""
    peaks = _peaks("limited", pure_python)
    assert len(peaks) == 48
    worst = max(peaks, key=lambda name: peaks[name])
    assert peaks[worst] < GROWTH_BYTES_MAX, worst


def test_the_same_bombs_do_harm_without_limits() -> None:
    """The bombs are live: msgpack with its own limits takes far more for the worst of them."""
    peaks = _peaks("unlimited", pure_python=False)
    assert max(peaks.values()) > GROWTH_BYTES_MAX


def test_a_collector_takes_every_bomb_of_an_enrolled_sensor_and_works_on(tmp_path: Path) -> None:
    """Signed with its own key, so that they reach the decoders; the intake's process grows by less than 16 MiB."""
    support = Path(__file__).parents[1] / "support"
    environment = {**os.environ, "PYTHONPATH": str(support)}
    command = [sys.executable, str(support / "bombs.py"), str(tmp_path / "collector")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert len(said["rises"]) >= 30
    worst = max(said["rises"], key=lambda name: said["rises"][name])
    assert said["rises"][worst] < GROWTH_BYTES_MAX, worst
    assert said["refused"]["malformed"] > 400
    assert said["answers"] == 1
