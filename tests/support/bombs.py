"""Bombs: bodies that claim to be huge, become huge, or are nonsense. As a program it is a collector that is given them.

python bombs.py FOLDER: the real intake takes each one, sealed with an enrolled sensor's own key, as batch, birth and
health. Prints one JSON object: by bomb, how far the process's memory rose above where it stood before the first.
"""

import json
import random
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

from shop import SITE, TENANT, SmallShop, at, sighting, window

from collector.ingest.intake import Message
from collector.options.settings import Settings
from collector.records.registry import Site
from footfall_sensor.wire import batch
from footfall_sensor.wire.envelope import BODY_BYTES_MAX, Kind

SIZE = BODY_BYTES_MAX
LEAVES = {
    "empty lists": b"\x90",
    "empty maps": b"\x80",
    "maps of one": b"\x81\xa0\xc0",
    "lists of one": b"\x91\xc0",
    "floats": b"\xca\x3f\x80\x00\x01",
    "integers": b"\xcd\x7f\xff",
    "giant integers": b"\xcf" + b"\xff" * 8,
    "texts": b"\xa3abc",
    "wide texts": b"\xa4\xf0\x9f\x91\xa3",
    "bytes": b"\xc4\x02ab",
    "timestamps": b"\xd6\xff\0\0\0\1",
    "extensions": b"\xd4\x05a",
}


def bombs() -> Iterator[tuple[str, bytes]]:
    """Each with its name, at most as long as a body may be."""
    for name, bomb in _bombs():
        yield name, bomb[:SIZE]


def _bombs() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "nested lists of one", b"\x91" * SIZE
    yield "nested lists of fifteen", b"\x9f" * SIZE
    yield "nested lists that claim 64", b"\xdc\x00\x40" * (SIZE // 3)
    yield "nested lists that claim 16,000", b"\xdc\x3e\x80" * (SIZE // 3)
    yield "nested lists that claim four billion", b"\xdd\xff\xff\xff\xff" * (SIZE // 5)
    yield "nested maps", b"\x81\xa0" * (SIZE // 2)
    yield "nested maps that claim 32", b"\xde\x00\x20\xa1a" * (SIZE // 5)
    yield "nested maps that claim four billion", b"\xdf\xff\xff\xff\xff\xa1a" * (SIZE // 7)
    yield "maps in lists in maps", b"\x81\xa1a\x91" * (SIZE // 4)
    yield "a map with a map for a key", b"\x81\x81\xa1a\xa1b\xa1c"
    yield "a list for a key", b"\x81\x90\xa1c"
    for name, leaf in LEAVES.items():
        inner = [leaf] * (SIZE // len(leaf))
        while len(inner) > 1:
            inner = [b"\xdc\x00\x40" + b"".join(group) for group in zip(*[iter(inner)] * 64, strict=False)] or [b"\x90"]
        yield f"lists of lists of {name}", b"\x81\xa5token" + inner[0]
    yield "text of wide characters", b"\x81\xa5epoch\xda" + (SIZE - 9).to_bytes(2, "big") + b"\xf0\x9f\x91\xa3" * SIZE
    yield "text that claims four billion", b"\x81\xa5epoch\xdb\xff\xff\xff\xff" + bytes(SIZE)
    yield "bytes that claim four billion", b"\x81\xa5token\xc6\xff\xff\xff\xff" + bytes(SIZE)
    yield "text that is no UTF-8", b"\x81\xa5epoch\xbf" + b"\xff\xfe" * 16
    yield "half a surrogate pair", b"\x81\xa5epoch\xa3\xed\xa0\x80"
    yield "the same key 32 times", b"\xde\x00\x20" + (b"\xa5token\xc5\x03\xc0" + bytes(960)) * 32
    yield "an integer below all that are allowed", b"\x81\xa5start\xd3\x80" + bytes(7)
    yield "not a number", b"\x81\xa6uptime\xcb\x7f\xf8" + bytes(6)
    yield "64 MiB of zeros in zlib", zlib.compress(bytes(64 << 20))[:SIZE]
    yield "a good batch cut short", batch.encode(window(at(11), [sighting(n) for n in range(500)]))[:-9]
    yield "a good batch with more behind it", batch.encode(window(at(11), [sighting(1)])) + b"\xc0" * 99
    yield "a part of 1,024 parts", batch.encode(window(at(11), [sighting(1)], part=1023, parts=1024))
    yield "bytes out of a hat", random.Random(1).randbytes(SIZE)
    yield "a byte that msgpack does not use", b"\xc1" * SIZE


def _peak_bytes() -> int:
    """The most memory the process has held since the last call."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    Path("/proc/self/clear_refs").write_text("5")
    return int(status["VmHWM"].split()[0]) << 10


def main(folder: Path) -> None:
    shop = SmallShop(folder, site=Site(TENANT, SITE), settings=Settings())
    names = [f"s{number}" for number, _ in enumerate(bombs())]
    for name in [*names, "alive"]:
        shop.sensor(name)
    shop.take([shop.message(window(at(11), [sighting(1)]), names[0], 999)], at(12))
    shop.take([shop.message(window(at(11), [sighting(n) for n in range(512)]), names[1], 999)], at(12))
    _peak_bytes()
    before = _peak_bytes()
    rises: dict[str, int] = {}
    for minute, (name, (bomb, body)) in enumerate(zip(names, bombs(), strict=True)):
        kinds = (Kind.BATCH, Kind.BIRTH, Kind.HEALTH)
        topics = [f"footfall/1/{TENANT}/{name}/{kind.name.lower()}" for kind in kinds]
        posts = [(kind, topic) for _ in range(5) for kind, topic in zip(kinds, topics, strict=True)]
        messages = [Message(topic, shop.seal_body(kind, body, name, n)) for n, (kind, topic) in enumerate(posts)]
        shop.take(messages, at(12, minute))
        rises[bomb] = _peak_bytes() - before
    alive = shop.take([shop.message(window(at(11), [sighting(2)]), "alive", 0)], at(14))
    print(json.dumps({"rises": rises, "answers": len(alive), "refused": shop.intake.refused}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
