"""What the ingest benchmark works on: a collector's folder, its sensors, and sealed batches that never repeat."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from collector import folder as folders
from collector.folder import Collector
from collector.ingest.intake import Message
from collector.options.settings import Settings
from collector.records.registry import Site
from footfall_sensor import keys, signing
from footfall_sensor.window import WINDOW_MS
from footfall_sensor.wire import batch as batch_wire
from footfall_sensor.wire import envelope
from footfall_sensor.wire.batch import Sighting
from footfall_sensor.wire.envelope import Envelope, Kind
from tools.bench.batches import START_MS, batch_of, sightings

SENSORS = 20


@dataclass(frozen=True, slots=True)
class Sender:
    """A registered sensor and its key."""

    name: str
    key: keys.SecretKey
    boot: bytes


def collector_in(folder: Path) -> tuple[Collector, list[Sender]]:
    """A new collector below `folder` that knows SENSORS sensors, without limits of rate and time."""
    backend = signing.backend()
    folders.create(folder / "collector", Settings(replay=True))
    opened = folders.open_folder(folder / "collector")
    opened.registry.put_site(Site("default", "bench"))
    senders = []
    for number in range(SENSORS):
        sender = Sender(f"bench-{number}", backend.generate(), os.urandom(envelope.BOOT_BYTES))
        opened.registry.put_sensor("default", sender.name, "bench", sender.key.id, sender.key.public_raw)
        senders.append(sender)
    return opened, senders


def messages(senders: list[Sender], a_set: int, a_batch: int) -> Iterator[list[Message]]:
    """Endless sets of `a_set` sealed batches of `a_batch` sightings; no two messages have the same key.

    Within a set all sightings differ, because a file of repeated tokens would be written several times faster.
    """
    backend = signing.backend()
    bodies = [
        batch_wire.encode(batch_of(sightings(a_batch, seed), START_MS + seed // len(senders) * WINDOW_MS))
        for seed in range(a_set)
    ]
    number = 0
    while True:
        found = []
        for _ in range(a_set):
            sender = senders[number % len(senders)]
            packed = Envelope(Kind.BATCH, sender.name, sender.boot, number, bodies[number % a_set])
            sealed = envelope.seal(packed, partial(backend.sign, sender.key))
            found.append(Message(f"footfall/1/default/{sender.name}/batch", sealed))
            number += 1
        yield found


def json_messages(a_set: int, a_batch: int) -> Iterator[list[bytes]]:
    """Endless sets of the same sightings as the plain way sends them: JSON, a list of objects, unsigned."""
    rows = [sightings(a_batch, seed) for seed in range(a_set)]
    number = 0
    while True:
        found = []
        for _ in range(a_set):
            found.append(as_json(rows[number % a_set], f"bench-{number % SENSORS}", number))
            number += 1
        yield found


def as_json(rows: list[Sighting], sensor: str, number: int) -> bytes:
    """A batch as the plain way sends it."""
    said = [row._asdict() for row in rows]
    return json.dumps({"sensor": sensor, "number": number, "sightings": said}).encode()
