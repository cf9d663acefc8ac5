"""A capture for the whole sensors: five minutes of made-up probe requests that ends now."""

import json
from pathlib import Path
from random import Random

from tools.simulate.elements import probe_body, probe_request
from tools.simulate.radiotap import FILE_HEADER, record

from .errors import TortureError
from .evidence import Whole

LENGTH_S = 300
FRAMES = 700
PHONES = 200
SPEED = 12.0  # a window of 5 s is played in 0.4 s
FREQ_MHZ = 2437
_BODY = probe_body((), 6, b"")


def record_bytes(ends_s: float, seed: int) -> bytes:
    """The capture file's content. Its phones are SIMULATED: addresses drawn by the seed."""
    chance = Random(seed)
    phones = [chance.getrandbits(48) & ~(1 << 40) | (1 << 41) for _ in range(PHONES)]
    moments = sorted(chance.uniform(ends_s - LENGTH_S, ends_s) for _ in range(FRAMES))
    frames = (
        record(
            int(at_s * 1e6),
            int((at_s - moments[0]) * 1e6),
            FREQ_MHZ,
            -chance.randrange(30, 90),
            probe_request(chance.choice(phones), number % 4096, _BODY),
        )
        for number, at_s in enumerate(moments)
    )
    return FILE_HEADER + b"".join(frames)


def write(path: Path, ends_s: float, seed: int) -> Path:
    """The capture as a file; returns its path."""
    path.write_bytes(record_bytes(ends_s, seed))
    return path


def played(sensor: str, log: Path) -> Whole:
    """What a whole sensor printed at its end. Raises TortureError where it did not come so far."""
    for line in reversed(log.read_text(encoding="utf-8", errors="replace").splitlines()):
        if line.startswith("{"):
            said = json.loads(line)
            if said["waiting"] or said["error"]:
                break
            return Whole((sensor, bytes.fromhex(said["boot"])), said["batches_emitted"], said["sightings_emitted"])
    raise TortureError(f"{sensor} did not play its capture to the end; see {log}")
