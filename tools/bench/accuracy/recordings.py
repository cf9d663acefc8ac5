"""Recordings of labelled phones: a folder a phone, capture files of what it sent while it was alone with a sniffer."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from footfall_sensor import capture, frames
from footfall_sensor.capture import Frame
from footfall_sensor.errors import CaptureError, Malformed
from footfall_sensor.frames import FREQ_UNKNOWN_MHZ, RSSI_UNKNOWN_DBM
from footfall_sensor.pseudonym import no_class
from footfall_sensor.window import BURST_GAP_MS
from tools.errors import ToolError

SUFFIXES = (".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz", ".cap.gz")
CHANNEL_1_MHZ = 2412
ONE_CHANNEL_SHARE = 0.9  # of a file's frames on one frequency: it is a capture of that channel, else of several
PHONES_MIN = 2
NAMES_MAX = 5
FRAMES_MAX = 200_000  # of one file; 20 minutes of one phone had at most 4,200


@dataclass(frozen=True, slots=True)
class Recording:
    """The probe requests of one phone in one file, in time order; never empty."""

    name: str  # of the file
    frames: tuple[Frame, ...]
    level_dbm: float  # median over bursts of the loudest frame; 0 where no signal is known


@dataclass(frozen=True, slots=True)
class Phone:
    """One labelled phone and what there is of it on one channel; never without a recording."""

    name: str  # of the folder
    recordings: tuple[Recording, ...]


def phones(folder: Path, note: Callable[[str], None]) -> tuple[Phone, ...]:
    """The phones in `folder`, by name. note: is told in a sentence of each file that is not wholly used.

    Raises ToolError where fewer than PHONES_MIN phones are found.
    """
    if not folder.is_dir():
        raise ToolError(f"{folder} is no folder. Give the folder that holds a folder of capture files for each phone")
    found, silent = [], []
    for place in sorted(entry for entry in folder.iterdir() if entry.is_dir()):
        recordings = _on_one_channel([_recording(path, note) for path in _files(place)])
        if recordings:
            found.append(Phone(place.name, recordings))
        else:
            silent.append(place.name)
    if silent:
        names = ", ".join(silent[:NAMES_MAX]) + (" ..." if len(silent) > NAMES_MAX else "")
        note(f"{len(silent)} folders hold no capture file with a probe request and are left out: {names}")
    if len(found) < PHONES_MIN:
        raise ToolError(
            f"{folder} has {len(found)} folders with probe requests; at least {PHONES_MIN} are needed. Put the capture "
            f"files ({', '.join(SUFFIXES[:3])}, also .gz) of each phone into a folder of its own there"
        )
    return tuple(found)


def _files(place: Path) -> Iterator[Path]:
    return (path for path in sorted(place.rglob("*")) if path.is_file() and path.name.lower().endswith(SUFFIXES))


def _recording(path: Path, note: Callable[[str], None]) -> tuple[int, Recording] | None:
    """(frequency, recording), FREQ_UNKNOWN_MHZ for a capture of several channels; None without a probe request."""
    kept: list[tuple[Frame, int]] = []
    heard: Counter[int] = Counter()
    try:
        for frame in capture.read(path):
            probe = _probe(frame)
            if probe is not None:
                kept.append((frame, probe.rssi_dbm))
                heard[probe.freq_mhz] += 1
            if len(kept) >= FRAMES_MAX:
                note(f"{path}: only its first {FRAMES_MAX:,} probe requests are used")
                break
    except CaptureError as exc:
        note(str(exc))
    if not kept:
        return None
    freq_mhz, most = heard.most_common(1)[0]
    kept.sort(key=lambda item: item[0].ts_ms)
    recording = Recording(path.name, tuple(frame for frame, _ in kept), _level_dbm(kept))
    return (freq_mhz if most >= ONE_CHANNEL_SHARE * len(kept) else FREQ_UNKNOWN_MHZ), recording


def _level_dbm(heard: Sequence[tuple[Frame, int]]) -> float:
    loudest: list[int] = []
    last_ms = -BURST_GAP_MS - 1
    for frame, rssi_dbm in heard:
        if rssi_dbm == RSSI_UNKNOWN_DBM:
            continue
        if loudest and frame.ts_ms - last_ms <= BURST_GAP_MS:
            loudest[-1] = max(loudest[-1], rssi_dbm)
        else:
            loudest.append(rssi_dbm)
        last_ms = frame.ts_ms
    return float(median(loudest)) if loudest else 0.0


def _probe(frame: Frame) -> frames.Probe | None:
    try:
        return frames.parse(frame.raw, frame.ts_ms, frame.link_type, no_class)
    except Malformed:
        return None


def _on_one_channel(found: Sequence[tuple[int, Recording] | None]) -> tuple[Recording, ...]:
    """What one radio hears: recordings of channel 1, or of the channel with most where there is none of it.

    Three sniffers on three channels hear the same scan of a phone; taking all would make one recording three.
    """
    present = [item for item in found if item is not None]
    channels = Counter(freq_mhz for freq_mhz, _ in present if freq_mhz != FREQ_UNKNOWN_MHZ)
    wanted = CHANNEL_1_MHZ if CHANNEL_1_MHZ in channels or not channels else channels.most_common(1)[0][0]
    return tuple(recording for freq_mhz, recording in present if freq_mhz in (wanted, FREQ_UNKNOWN_MHZ))
