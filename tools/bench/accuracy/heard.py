"""What a collector gets of a capture: frames through the sensor's core and over the wire, kept in a cache.

Each epoch's key is drawn and thrown away, so that the tokens in the cache are nobody's.
"""

import hashlib
import os
import secrets
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from collector import calendar
from collector.admission.door import Admitted
from collector.records.registry import Sensor
from collector.storage import tables
from footfall_sensor import capture
from footfall_sensor.listening import Closed, Epoch, Listening, batches
from footfall_sensor.pseudonym import KEY_BYTES, Pseudonymiser
from footfall_sensor.wire import batch
from footfall_sensor.wire.batch import SIGHTINGS_MAX, ClockState

TURN_H = 4  # epochs turn at this hour, UTC: where a capture was made is not known
SITE = "room"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One capture as a collector has it, and the times of its frames, which only the labels need."""

    sightings: "pa.Table"
    frame_ms: "np.ndarray[Any, np.dtype[np.int64]]"


def hear(path: Path) -> Recorded:
    """The sightings of a capture. Raises CaptureError."""
    epochs: dict[str, Epoch] = {}

    def epoch_for(start_ms: int) -> Epoch:
        day = calendar.day_of(start_ms, "UTC", TURN_H).name
        if day not in epochs:
            epochs[day] = Epoch(day, Pseudonymiser(secrets.token_bytes(KEY_BYTES)))
        return epochs[day]

    listening = Listening(epoch_for)
    closed: list[Closed] = []
    frame_ms: list[int] = []
    for frame in capture.read(path):
        frame_ms.append(frame.ts_ms)
        closed += listening.hear(frame.ts_ms, frame.raw, frame.link_type)
    closed += listening.pause()
    return Recorded(tables.sightings(_admitted(closed)), np.array(frame_ms, dtype=np.int64))


def _admitted(closed: list[Closed]) -> list[Admitted]:
    """The windows as the door lets them in, encoded and decoded: nothing is used that the wire does not carry."""
    sensor = Sensor(1, "bench", "sniffer", SITE, bytes(8), bytes(32))
    sent = [batch.encode(one) for window in closed for one in batches(window, ClockState.CAPTURE, SIGHTINGS_MAX)]
    return [Admitted(sensor, 0, number, batch.decode(body), 0) for number, body in enumerate(sent)]


def recorded(path: Path) -> Recorded:
    """As `hear`, from the cache where the same bytes went through the same sensor before. Raises CaptureError."""
    folder = _cache() / hashlib.sha256(capture.fingerprint([path]) + _core()).hexdigest()[:32]
    sightings, frames = folder / "sightings.parquet", folder / "frames.npy"
    if frames.exists() and sightings.exists():
        return Recorded(pq.read_table(sightings), np.load(frames))
    found = hear(path)
    folder.mkdir(parents=True, exist_ok=True)
    for file, write in (
        (sightings, lambda target: pq.write_table(found.sightings, target)),
        (frames, lambda target: np.save(target, found.frame_ms)),
    ):
        part = file.with_name(f"{os.getpid()}-{file.name}")
        write(part)
        part.replace(file)
    return found


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "footfall" / "accuracy"


@cache
def _core() -> bytes:
    """What names the sensor core and the tables: a change of either makes the cache forget."""
    digest = hashlib.sha256()
    for package in ("footfall_sensor", "footfall_sensor.wire"):
        for module in sorted(files(package).iterdir(), key=lambda one: one.name):
            if module.name.endswith(".py"):
                digest.update(module.read_bytes())
    digest.update(Path(tables.__file__).read_bytes())
    return digest.digest()
