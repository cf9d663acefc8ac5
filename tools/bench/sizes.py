"""Sizes that the capacity planner rests on, from the code itself: `python -m tools.bench.sizes`. Bytes."""

import json
import os
import sys
import tempfile
from pathlib import Path

from sqlalchemy import create_engine, insert, text

from collector import schema
from footfall_sensor.wire import batch as batch_wire
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import BOOT_BYTES, SIGNATURE_BYTES, Envelope, Kind
from footfall_sensor.wire.messages import Ack, Acked, Health, Totals
from tools.bench.batches import batch_of, sightings

FEW, MANY = 20, 200  # sightings in a batch
SENSOR = "shop-0123"
KEYS = 50_000  # of batches, of 50 starts
NOW_MS = 1_772_359_200_000


def measured() -> dict[str, float]:
    """All of them, by the constants' names."""
    few, many = _batch(FEW), _batch(MANY)
    a_sighting = (many - few) / (MANY - FEW)
    return {
        "wire_sighting_bytes": round(a_sighting, 2),
        "wire_batch_bytes": round(few - FEW * a_sighting),
        "wire_health_bytes": _sealed(Kind.HEALTH, _health().encode()),
        "wire_ack_bytes": _sealed(Kind.ACK, Ack((Acked(bytes(8), ((1 << 16, 1 << 16),)),), NOW_MS, NOW_MS).encode()),
        "batch_key_bytes": round(_key_bytes()),
    }


def _batch(count: int) -> int:
    return _sealed(Kind.BATCH, batch_wire.encode(batch_of(sightings(count))))


def _sealed(kind: Kind, body: bytes) -> int:
    return len(
        envelope.seal(Envelope(kind, SENSOR, bytes(BOOT_BYTES), 1 << 50, body), lambda _: bytes(SIGNATURE_BYTES))
    )


def _health() -> Health:
    totals = Totals(
        123_456, 12_345, windows=1_234, batches_emitted=1_234, sightings_emitted=123_456, batches_acked=1_233
    )
    heard = ((2412, 1_234), (2437, 1_234), (2462, 1_234))
    return Health(totals, 12_345.0, NOW_MS, 0.4, 61_000, 19_000, 48.5, 1, 5_000, 3.0, "listening", heard=heard)


def _key_bytes() -> float:
    """What SQLite keeps of a batch for ever."""
    starts = [int.from_bytes(os.urandom(8), "little", signed=True) for _ in range(50)]
    rows = [
        {
            "sensor_id": number % 50,
            "boot": starts[number % 50],
            "number": number // 50,
            "file_id": number // 500,
            "received_ms": NOW_MS + number,
            "digest": os.urandom(8),
        }
        for number in range(KEYS)
    ]
    with tempfile.TemporaryDirectory() as name:
        engine = create_engine(f"sqlite:///{Path(name) / 'keys.sqlite'}")
        schema.batches.create(engine)
        with engine.begin() as connection:
            connection.execute(insert(schema.batches), rows)
        with engine.connect() as connection:
            pages = connection.execute(text("PRAGMA page_count")).scalar_one()
            size = connection.execute(text("PRAGMA page_size")).scalar_one()
        engine.dispose()
    return float(pages * size / KEYS)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured()) + "\n")
