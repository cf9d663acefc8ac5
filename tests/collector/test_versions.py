"""Versions of the wire: a collector reads its own and the one before, and the oldest sensor reads its answers."""

from dataclasses import replace
from pathlib import Path
from struct import Struct

import frozen
import msgpack
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from frozen import Vector
from shop import SITE, TENANT, SmallShop

from collector.admission.door import Reason
from collector.downlink.sealing import Outgoing
from collector.ingest.intake import Message
from collector.options.settings import Settings
from collector.storage.store import SIGHTINGS
from footfall_sensor.wire import envelope
from footfall_sensor.wire.batch import Batch
from footfall_sensor.wire.envelope import READ_BY_COLLECTORS, VERSION, Kind
from footfall_sensor.wire.messages import Birth

SECRET, VECTORS = frozen.read()
OLDEST = {vector.name: vector for vector in VECTORS if vector.name in ("batch", "birth", "health", "death")}
BATCH = OLDEST["batch"].message
assert isinstance(BATCH, Batch)
NOW_MS = BATCH.start_ms + 60_000
TAIL = Struct("<8sQH")


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    """A collector that is no replay, and knows the frozen sensor and its key."""
    made = SmallShop(tmp_path / "collector", settings=Settings())
    made.collector.registry.put_sensor(TENANT, OLDEST["batch"].sensor, SITE, SECRET.public.id, SECRET.public.raw)
    made.intake.refresh(NOW_MS)
    return made


def message(vector: Vector) -> Message:
    return Message(f"footfall/1/{TENANT}/{vector.sensor}/{vector.kind.name.lower()}", vector.path.read_bytes())


def read_as_the_first_sensor(outgoing: Outgoing, sensor: str, collector: bytes) -> tuple[int, list[dict[str, object]]]:
    """Number and `boots` of an ack, by what the first sensor of version 1 looked at: written down, not imported.

    Layout, signature over `footfall/1 envelope`, addressee, kind 16; of the body `boots` with `boot`, `ok` and `no`, at
    most 8 and 32 pairs. It passes over every other field.
    """
    raw = outgoing.payload
    assert len(raw) <= 32 * 1024
    Ed25519PublicKey.from_public_bytes(collector).verify(raw[-64:], b"footfall/1 envelope\0" + raw[:-64])
    version, kind, length = raw[:3]
    assert (version, kind, raw[3 : 3 + length].decode("ascii")) == (1, 16, sensor)
    _, number, size = TAIL.unpack_from(raw, 3 + length)
    body = raw[3 + length + TAIL.size : -64]
    assert len(body) == size
    said = msgpack.unpackb(body, raw=False, strict_map_key=True, max_array_len=64, max_map_len=32)
    boots = said["boots"]
    assert len(boots) <= 8
    for one in boots:
        assert len(one["boot"]) == 8
        assert all(len(one[name]) <= 64 and len(one[name]) % 2 == 0 for name in ("ok", "no"))
    return number, boots


def test_the_oldest_batch_is_stored_and_its_ack_is_one_the_oldest_sensor_reads(shop: SmallShop) -> None:
    vector = OLDEST["batch"]
    (ack,) = shop.take([message(vector)], NOW_MS)
    assert ack.topic == f"footfall/1/{TENANT}/{vector.sensor}/ack"
    number, boots = read_as_the_first_sensor(ack, vector.sensor, shop.collector.identity.secret().public.raw)
    assert number > 0
    assert boots == [{"boot": vector.boot, "ok": [vector.number, vector.number], "no": []}]
    (file,) = shop.collector.manifest.files(TENANT, SIGHTINGS)
    assert file.rows == len(BATCH.columns) > 0
    assert shop.intake.refused.total() == 0


def test_the_oldest_batch_that_comes_again_is_acknowledged_again_and_stored_once(shop: SmallShop) -> None:
    first, again = (shop.take([message(OLDEST["batch"])], NOW_MS) for _ in range(2))
    assert len(first) == len(again) == 1
    assert [row.duplicates for row in shop.collector.manifest.ledger()] == [1]


def test_the_oldest_words_are_taken(shop: SmallShop) -> None:
    """And a birth without `seal` gets no key: none could be sealed for it, and plain ones are given to nobody."""
    birth, health, death = (OLDEST[name] for name in ("birth", "health", "death"))
    assert isinstance(birth.message, Birth)
    assert (birth.message.wants_key, birth.message.seal) == (True, b"")
    said = shop.take([message(birth)], NOW_MS)
    assert [one for one in said if one.topic.endswith("/epoch")] == []
    connected = []
    for vector in (health, death):
        # Numbered apart from the birth, as a sensor does; the frozen ones are all the first of their kind.
        raw = frozen.seal(replace(vector, number=vector.number + 1), SECRET)
        shop.take([message(vector)._replace(payload=raw)], NOW_MS)
        (report,) = shop.collector.registry.reports.newest().values()
        connected.append(report.connected)
    assert connected == [True, False]
    assert shop.intake.refused.total() == 0


def test_a_version_that_is_not_read_is_kept_aside_with_its_number(shop: SmallShop) -> None:
    unknown = max(READ_BY_COLLECTORS) + 1
    sent = message(OLDEST["batch"])
    assert shop.take([sent._replace(payload=bytes((unknown,)) + sent.payload[1:])], NOW_MS) == []
    assert shop.intake.refused == {Reason.MALFORMED: 1}
    (held,) = shop.collector.quarantine.list()
    assert f"version {unknown}" in held.says


def test_a_collector_reads_what_it_sends_and_the_one_before() -> None:
    """Whoever raises VERSION keeps the one before; whoever drops one has two newer ones."""
    assert {VERSION, max(1, VERSION - 1)} == READ_BY_COLLECTORS


def test_for_each_version_that_is_read_there_is_a_frozen_batch() -> None:
    batches = [vector.path.read_bytes() for vector in VECTORS if vector.kind is Kind.BATCH]
    assert {raw[0] for raw in batches} == READ_BY_COLLECTORS


def test_a_sensor_reads_its_own_version_alone() -> None:
    raw = OLDEST["batch"].path.read_bytes()
    envelope.unpack(raw)
    assert envelope.unpack(bytes((VERSION + 1,)) + raw[1:], {VERSION, VERSION + 1}).number == OLDEST["batch"].number
    with pytest.raises(envelope.Malformed, match=f"version {VERSION + 1} is not known"):
        envelope.unpack(bytes((VERSION + 1,)) + raw[1:])
