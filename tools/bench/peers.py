"""The work of a sensor as somebody would write it on a packet library: tokens, classes and a dict a window.

A peer reads the same facts from a frame, and gets the same help as our own path: within a window it remembers tokens
and classes, and hashes only what it has not met. What differs is how the frame is read and how the window is kept.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from footfall_sensor import elements, pseudonym
from footfall_sensor.capture import Frame
from footfall_sensor.frames import RSSI_UNKNOWN_DBM
from footfall_sensor.window import BURST_GAP_MS, FLAG_DIRECTED, FLAG_RANDOMISED, WINDOW_MS


class Heard(NamedTuple):
    """What a peer read from one probe request."""

    mac: bytes
    rssi_dbm: int
    freq_mhz: int
    seq: int  # 0..4095
    capabilities: bytes  # the same elements and bytes of them as in footfall_sensor.elements
    directed: bool


Read = Callable[[bytes, int], Heard | None]  # (frame, link type); None: no probe request


class Unreadable(Exception):
    """The peer's library cannot read a frame."""


@dataclass(slots=True)
class Seen:
    """What was heard of one token in a window."""

    first_ms: int
    last_ms: int
    frames: int
    bursts: int
    rssi_max_dbm: int
    rssi_sum_dbm: int
    rssi_count: int
    freq_mhz: int
    flags: int
    model_class: int


@dataclass(slots=True)
class Tracker:
    """Windows of dicts. `closed` counts the sightings of the windows that are over."""

    key: bytes
    closed: int = 0
    unreadable: int = 0
    end_ms: int = 0
    window: dict[bytes, Seen] = field(default_factory=dict)
    tokens: dict[bytes, bytes] = field(default_factory=dict)
    classes: dict[bytes, int] = field(default_factory=dict)

    def add(self, ts_ms: int, heard: Heard) -> None:
        """Count one probe request."""
        if ts_ms >= self.end_ms:
            self.close()
            self.end_ms = ts_ms - ts_ms % WINDOW_MS + WINDOW_MS
        mac, rssi_dbm, freq_mhz, _, capabilities, directed = heard
        token = self.tokens.get(mac)
        if token is None:
            token = self.tokens[mac] = hmac.digest(self.key, mac, "sha256")[: pseudonym.TOKEN_BYTES]
        model_class = self.classes.get(capabilities)
        if model_class is None:
            model_class = self.classes[capabilities] = class_of(self.key, capabilities)
        flags = (FLAG_RANDOMISED if mac[0] & 2 else 0) | (FLAG_DIRECTED if directed else 0)
        known = rssi_dbm != RSSI_UNKNOWN_DBM
        seen = self.window.get(token)
        if seen is None:
            level_dbm = rssi_dbm if known else 0
            self.window[token] = Seen(ts_ms, ts_ms, 1, 1, rssi_dbm, level_dbm, int(known), freq_mhz, flags, model_class)
            return
        if ts_ms - seen.last_ms > BURST_GAP_MS:
            seen.bursts += 1
        seen.last_ms = ts_ms
        seen.frames += 1
        seen.flags |= flags
        if known:
            seen.rssi_sum_dbm += rssi_dbm
            seen.rssi_count += 1
            if rssi_dbm > seen.rssi_max_dbm:
                seen.rssi_max_dbm, seen.freq_mhz = rssi_dbm, freq_mhz

    def close(self) -> None:
        """The window is over: it would be sent now."""
        self.closed += len(self.window)
        self.window, self.tokens, self.classes, self.end_ms = {}, {}, {}, 0


def track(read: Read, key: bytes, frames: Iterable[Frame | None]) -> Tracker:
    """Take all frames by way of `read`, from bytes to windows."""
    tracker = Tracker(key)
    for frame in frames:
        if frame is None:
            tracker.close()
            continue
        try:
            heard = read(frame.raw, frame.link_type)
        except Unreadable:
            tracker.unreadable += 1
            continue
        if heard is not None:
            tracker.add(frame.ts_ms, heard)
    tracker.close()
    return tracker


def class_of(key: bytes, capabilities: bytes) -> int:
    """The model class of capability elements, as footfall_sensor.pseudonym makes it."""
    if not capabilities:
        return pseudonym.CLASS_UNKNOWN
    digest = hmac.digest(key, pseudonym.CLASS_LABEL + capabilities, "sha256")
    return int.from_bytes(digest[:2], "little") or 1


def kept(number: int, size: int, value: bytes) -> bytes:
    """What one element adds to the capabilities; b"" where it says nothing about them, or was cut off."""
    wanted = elements.STABLE.get(number)
    if wanted is None or len(value) != size:
        return b""
    value = value[:wanted]
    return bytes((number, len(value))) + value
