"""The ways from frames to windows that are measured, and how far a peer agrees with ours."""

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from footfall_sensor import frames as probe_frames
from footfall_sensor.capture import Frame
from footfall_sensor.errors import Malformed
from footfall_sensor.frames import LINK_RADIOTAP, Probe
from footfall_sensor.listening import Epoch, Listening
from footfall_sensor.pseudonym import Pseudonymiser
from tools.bench import peers

KEY = bytes(range(32))  # no epoch's
ADDRESS_AT = 10  # of the transmitter, in an 802.11 header


@dataclass(frozen=True, slots=True)
class Windows:
    """What a path closed; silent windows are among them, since silence is news too."""

    windows: int
    sightings: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a peer read the same from probe requests as we did."""

    frames: int
    failed: int  # the peer's library gave up, or saw no probe request
    differing: int  # another address, signal, frequency, sequence number or class


def footfall_path(frames: Iterable[Frame | None]) -> Windows:
    """The agent's own path over the frames."""
    epoch = Epoch("bench", Pseudonymiser(KEY))
    listening = Listening(lambda _start_ms: epoch)
    windows = sightings = 0
    for frame in frames:
        ended = listening.pause() if frame is None else listening.hear(frame.ts_ms, frame.raw, frame.link_type)
        for closed in ended:
            windows += 1
            sightings += len(closed.columns)
    for closed in listening.pause():
        windows += 1
        sightings += len(closed.columns)
    return Windows(windows, sightings)


def placed(frames: Iterable[Frame | None]) -> list[tuple[bytes, int]]:
    """Each frame and where its address stands: found before the clock runs, so that the bare loop reads no header."""
    return [
        (frame.raw, ADDRESS_AT + (int.from_bytes(frame.raw[2:4], "little") if frame.link_type == LINK_RADIOTAP else 0))
        for frame in frames
        if frame is not None
    ]


def floor_path(frames: Sequence[tuple[bytes, int]]) -> None:
    """The least that any path must do: slice the address, make the token, keep nothing."""
    digest, key = hmac.digest, KEY
    for raw, at in frames:
        digest(key, raw[at : at + 6], "sha256")[:8]


def agreement(read: peers.Read, frames: Iterable[Frame | None]) -> Agreement:
    """How far a peer agrees with us on the probe requests among the frames."""
    count = failed = differing = 0
    model_class = Pseudonymiser(KEY).model_class
    for frame in frames:
        probe = frame and _probe(frame, model_class)
        if frame is None or probe is None:
            continue
        count += 1
        try:
            heard = read(frame.raw, frame.link_type)
        except peers.Unreadable:
            heard = None
        if heard is None:
            failed += 1
        elif _told(heard) != (probe.mac, probe.rssi_dbm, probe.freq_mhz, probe.seq, probe.model_class, probe.directed):
            differing += 1
    return Agreement(count, failed, differing)


def _probe(frame: Frame, classify: Callable[[bytes], int]) -> Probe | None:
    try:
        return probe_frames.parse(frame.raw, frame.ts_ms, frame.link_type, classify)
    except Malformed:
        return None


def _told(heard: peers.Heard) -> tuple[bytes, int, int, int, int, bool]:
    return (*heard[:4], peers.class_of(KEY, heard.capabilities), heard.directed)
