"""Batches to measure with, made up by a seed."""

from random import Random

from footfall_sensor.pseudonym import CLASS_UNKNOWN
from footfall_sensor.window import FLAG_DIRECTED, FLAG_RANDOMISED, WINDOW_MS
from footfall_sensor.wire.batch import Batch, ClockState, Columns, Counters, Sighting

SEED = 2026
MODELS = 24  # families of phones within earshot
START_MS = 1_772_359_200_000  # 2026-03-01 10:00 UTC
EPOCH = "2026-03-01"
LASTING_SHARE = 0.1  # of tokens: heard again and again in the window
RANDOMISED_SHARE = 0.85
DIRECTED_SHARE = 0.2


def sightings(count: int, seed: int = SEED) -> list[Sighting]:
    """What a sensor hears of `count` tokens in a window, made up; the same seed gives the same rows.

    Most are single bursts under random addresses, as measured; a few stay for the whole window.
    """
    random = Random(seed)
    classes = [random.randrange(1, 1 << 16) for _ in range(MODELS)]
    rows = []
    for _ in range(count):
        first_ms = random.randrange(WINDOW_MS)
        stays = random.random() < LASTING_SHARE
        span_ms = random.randrange(WINDOW_MS) if stays else random.randrange(400)
        rssi_max_dbm = max(-95, min(-35, round(random.gauss(-72, 10))))
        flags = FLAG_RANDOMISED * (random.random() < RANDOMISED_SHARE) | FLAG_DIRECTED * (
            random.random() < DIRECTED_SHARE
        )
        rows.append(
            Sighting(
                token=random.getrandbits(64),
                first_ms=first_ms,
                last_ms=min(WINDOW_MS - 1, first_ms + span_ms),
                frames=random.randint(4, 30) if stays else random.randint(1, 9),
                bursts=random.randint(2, 4) if stays else 1,
                rssi_max_dbm=rssi_max_dbm,
                rssi_mean_dbm=max(-97, rssi_max_dbm - random.randrange(6)),
                freq_mhz=random.choice((2412, 2437, 2462)),
                flags=flags,
                model_class=random.choice(classes) if random.random() < 0.95 else CLASS_UNKNOWN,
            )
        )
    return rows


def batch_of(rows: list[Sighting], start_ms: int = START_MS) -> Batch:
    """A window of these sightings that begins at `start_ms` (UTC), with the counters that belong to it."""
    probes = sum(row.frames for row in rows)
    return Batch(
        epoch=EPOCH,
        start_ms=start_ms,
        length_ms=WINDOW_MS,
        clock=ClockState.SYNCED,
        part=0,
        parts=1,
        counters=Counters(frames=probes + 12, probes=probes, malformed=3),
        columns=Columns.from_rows(rows),
    )
