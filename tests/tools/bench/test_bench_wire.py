import numpy as np
import pytest

from footfall_sensor import signing
from footfall_sensor.wire.envelope import Envelope, Kind, seal
from tools.bench import batches, formats, wire


@pytest.fixture(scope="module")
def batch():
    return batches.batch_of(batches.sightings(wire.SIGHTINGS))


@pytest.fixture(scope="module")
def result():
    return wire.measure(1, lambda: None)


def test_the_same_seed_gives_the_same_batch(batch):
    """Sizes can be compared from release to release."""
    assert batch == batches.batch_of(batches.sightings(wire.SIGHTINGS))
    assert len(batch.columns) == wire.SIGHTINGS


@pytest.mark.parametrize("one", formats.FORMATS, ids=lambda one: one.title)
def test_every_format_carries_every_sighting(one, batch):
    """What a format decodes is what went in, column by column, at the full width of each."""
    found = one.decode(one.encode(one.hold(batch)))
    for mine, theirs in zip(formats.columns_of(batch), found, strict=True):
        assert mine.dtype == theirs.dtype
        assert np.array_equal(mine, theirs)


@pytest.mark.parametrize("one", formats.FORMATS[1:], ids=lambda one: one.title)
def test_every_format_carries_the_header(one, batch):
    """A peer does not save bytes by leaving out what ours says beside its sightings."""
    held = one.hold(batch)
    get = held.__getitem__ if isinstance(held, dict) else lambda name: getattr(held, name)
    counts = get("counts")
    assert (get("epoch"), get("start"), get("len")) == (batch.epoch, batch.start_ms, batch.length_ms)
    probes = counts["probes"] if isinstance(counts, dict) else counts.probes
    assert (get("clock"), probes) == (batch.clock, batch.counters.probes)


def test_bytes_are_those_of_the_sealed_envelope(batch, result):
    """The figure is what really travels, header and signature included."""
    backend = signing.backend()
    key = backend.generate()
    for one, found in zip(formats.FORMATS, result.formats, strict=True):
        body = one.encode(one.hold(batch))
        if one.key == "json":
            continue  # too long for an envelope, as the next test says
        sealed = seal(Envelope(Kind.BATCH, wire.SENSOR, bytes(8), 7, body), lambda message: backend.sign(key, message))
        assert found.bytes_per_sighting == len(sealed) / wire.SIGHTINGS


def test_sizes_stand_in_the_expected_order(result):
    """Ours keeps its promise, and JSON is named as too long for one message."""
    found = result.figures()
    assert found["bytes_per_sighting"] <= wire.BYTES_PER_SIGHTING_MAX
    assert (
        found["bytes_per_sighting"]
        < found["protobuf_bytes_per_sighting"]
        < found["msgpack_bytes_per_sighting"]
        < found["json_bytes_per_sighting"]
    )
    assert "JSON, objects: over the limit of 32 KiB a message." in result.notes()


def test_the_result_names_its_figures(result):
    """Each format has its bytes and times; each peer also its ratios to ours."""
    found = result.figures()
    for key in ("", "json_", "msgpack_", "protobuf_", "protobuf_packed_"):
        assert all(found[key + name] > 0 for name in ("bytes_per_sighting", "encode_us", "decode_us"))
        assert (key + "bytes_ratio" in found) == bool(key)
    assert (found["sightings"], found["rounds"]) == (wire.SIGHTINGS, 1)
