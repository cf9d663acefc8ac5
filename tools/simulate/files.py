"""A simulated day on disk: one capture a sensor, truth.jsonl, and shop.json, which is written last."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO

import numpy as np

from tools.simulate import radio
from tools.simulate.radiotap import FILE_HEADER, record
from tools.simulate.shop import Progress, ShopDay
from tools.simulate.truth import Record, count_by_kind, records

FORMAT_VERSION = 1
TRUTH_NAME, SHOP_NAME = "truth.jsonl", "shop.json"
NOTE = (
    "Simulated: no person or phone behind these captures is real. "
    "Good for tests and demonstrations; nothing measured on it says how well real people are counted."
)
GZIP_LEVEL = 6
FRAMES_PER_STEP = 5000  # between two words of progress


@dataclass(frozen=True, slots=True)
class Written:
    """The files of one day."""

    captures: tuple[Path, ...]
    truth: Path
    shop: Path

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(path.stat().st_size for path in (*self.captures, self.truth, self.shop))


def write(day: ShopDay, out_dir: Path, *, compress: bool = False, progress: Progress | None = None) -> Written:
    """Write the day into `out_dir`, which is made where it is missing. `compress` gives .pcap.gz captures.

    Files of the same names are replaced, and captures that an earlier simulation left there are removed, so that the
    folder never mixes two days. Raises OSError where the disk or the folder says no; then nothing stays.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    _remove_earlier_day(out_dir)
    suffix = ".pcap.gz" if compress else ".pcap"
    captures = tuple(out_dir / f"{spot.name}{suffix}" for spot in day.sensors)
    written = Written(captures, out_dir / TRUTH_NAME, out_dir / SHOP_NAME)
    with _removed_unless_finished(written):
        write_captures(day, captures, progress)
        with written.truth.open("w", encoding="utf-8", newline="\n") as lines:
            for truth_record in records(day):
                lines.write(json.dumps(truth_record, separators=(",", ":")) + "\n")
        written.shop.write_text(json.dumps(shop_record(day, captures), indent=2) + "\n", encoding="utf-8")
    return written


def write_captures(day: ShopDay, paths: tuple[Path, ...], progress: Progress | None = None) -> None:
    """Write one pcap a sensor, in the order of `day.sensors`; a name that ends in .gz gives gzip. Raises OSError."""
    with ExitStack() as stack:
        captures = [stack.enter_context(_open_capture(path)) for path in paths]
        for capture in captures:
            capture.write(FILE_HEADER)
        # A radio counts from its own start: here it starts with the recording.
        start_us = day.hours.recorded.start_ms * 1000
        for index, (ts_us, sensor, rssi_dbm, freq_mhz, frame) in enumerate(day.frames):
            captures[sensor].write(record(ts_us, ts_us - start_us, freq_mhz, rssi_dbm, frame))
            if progress is not None and index % FRAMES_PER_STEP == 0:
                progress(index / len(day.frames))
    if progress is not None:
        progress(1.0)


@contextmanager
def _open_capture(path: Path) -> Iterator[IO[bytes]]:
    """Open for writing; gzip carries neither time nor name, so that the same day gives the same bytes."""
    with path.open("wb") as plain:
        if path.suffix != ".gz":
            yield plain
            return
        with gzip.GzipFile("", "wb", GZIP_LEVEL, plain, mtime=0) as packed:
            yield packed  # type: ignore[misc]


@contextmanager
def _removed_unless_finished(written: Written) -> Iterator[None]:
    """Half a day must not be taken for a whole one: on any error, or Ctrl-C, nothing stays."""
    finished = False
    try:
        yield
        finished = True
    finally:
        if not finished:
            for path in (*written.captures, written.truth, written.shop):
                path.unlink(missing_ok=True)


def _remove_earlier_day(out_dir: Path) -> None:
    """Remove what shop.json lists, if it is one of ours; shop.json first, for it vouches for the rest."""
    shop = out_dir / SHOP_NAME
    if not shop.is_file():
        return
    try:
        earlier = json.loads(shop.read_text(encoding="utf-8"))
        captures = [sensor["capture"] for sensor in earlier["sensors"]] if earlier["simulated"] else []
    except (ValueError, KeyError, TypeError):
        return
    shop.unlink()
    for name in captures:
        capture = out_dir / Path(str(name)).name
        if capture.name.endswith((".pcap", ".pcap.gz")):
            capture.unlink(missing_ok=True)


def shop_record(day: ShopDay, captures: tuple[Path, ...]) -> Record:
    """The content of shop.json: the plan, where the sensors are, the constants of the radio, and counts."""
    plan = day.plan
    return {
        "simulated": True,
        "note": NOTE,
        "version": FORMAT_VERSION,
        "made_with": {"footfall": version("footfall"), "numpy": np.__version__},
        "seed": plan.seed,
        "date": plan.date.isoformat(),
        "time_zone": plan.time_zone,
        "opens": plan.opens.isoformat("minutes"),
        "closes": plan.closes.isoformat("minutes"),
        "recorded_ms": list(day.hours.recorded),
        "opened_ms": list(day.hours.opened),
        "sensors": [
            {
                "name": spot.name,
                "capture": path.name,
                "x_m": spot.x_m,
                "y_m": spot.y_m,
                "height_m": spot.height_m,
                "channel": spot.channel,
                "freq_mhz": spot.freq_mhz,
                "frames": sum(tally.heard[index] for tally in day.tallies),
            }
            for index, (spot, path) in enumerate(zip(day.sensors, captures, strict=True))
        ],
        "carrying_share": plan.carrying_share,
        "randomizing_share": plan.randomizing_share,
        "dwell_median_s": plan.dwell_median_s,
        "dwell_sigma": plan.dwell_sigma,
        "radio": {
            "level_at_1m_dbm": radio.LEVEL_AT_1M_DBM,
            "outdoor_exponent": radio.OUTDOOR_EXPONENT,
            "indoor_exponent": radio.INDOOR_EXPONENT,
            "front_db": radio.FRONT_DB,
            "decode_dbm": radio.DECODE_DBM,
        },
        "people": {kind.value: count for kind, count in count_by_kind(day).items()},
        "bursts": sum(tally.bursts for tally in day.tallies),
        "frames_sent": sum(tally.frames for tally in day.tallies),
        "frames_heard": len(day.frames),
    }
