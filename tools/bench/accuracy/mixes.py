"""Mixes: recordings of single phones laid over each other, as if the phones had been in one place at one time.

Each phone of a mix is an excerpt of one recording with its own timings, moved in time as a whole. It gets addresses of
its own (two copies of one phone must not share any) and a level of its own, and the frames then go through the sensor's
core: parse, token, window. What comes out is what a collector gets.
"""

import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from random import Random

import numpy as np

from collector.counting.heard import Heard, Ints
from footfall_sensor import radiotap
from footfall_sensor.frames import LINK_RADIOTAP
from footfall_sensor.listening import Epoch, Listening
from footfall_sensor.pseudonym import KEY_BYTES, Pseudonymiser
from footfall_sensor.window import BURST_GAP_MS

from .recordings import Phone, Recording

START_MS = 1_772_359_200_000  # 2026-03-01 10:00 UTC, a multiple of every window's length
COPIES_APART_MS = 30_000  # between the beginnings of two excerpts of one recording
DRAWS_MAX = 50

# Where phones lie, when they are placed: anywhere on a round floor, the sensor in its middle.
RADIUS_M, NEAREST_M = 12.0, 1.0
AT_1_M_DBM = -38.7  # fitted on measured links at 2.4 GHz (21 x 30 m, 6 receivers)
PATH_LOSS_EXPONENT = 2.2  # ITU-R P.1238, commercial premises
SHADOWING_DB = 4.0  # of a place: walls, pockets
FADING_DB = 4.0  # of a burst: people move between
FLOOR_DBM = -95  # weaker frames are not heard
LOUDEST_DBM = 0


class Levels(StrEnum):
    """How loud the phones of a mix are."""

    PLACED = "placed"  # somewhere in a room, see above
    RECORDED = "recorded"  # as recorded: all beside the sensor, copies equally loud


@dataclass(frozen=True, slots=True)
class Mix:
    """What the sensor heard of some phones, and which row was whose."""

    heard: Heard
    device: Ints  # of each row, 0 ..
    devices: int  # heard at all: the truth of the count


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One phone in a mix: what a recording holds from begin_ms on (its own time), moved by shift_ms."""

    recording: Recording
    begin_ms: int
    shift_ms: int


def cast(phones: Sequence[Phone], devices: int, copies: bool, random: Random) -> list[Phone] | None:
    """Which phones are in a mix. copies: half of them are a phone that is in it already; else all differ.

    None where there are not enough phones.
    """
    if not copies:
        return random.sample(phones, devices) if devices <= len(phones) else None
    different = random.sample(phones, min(len(phones), math.ceil(devices / 2)))
    return different + random.choices(different, k=devices - len(different))


def mix(members: Sequence[Phone], levels: Levels, window_s: int, random: Random) -> Mix:
    """Lay these phones over each other in one window; a phone that stands there twice is two devices."""
    used: dict[str, list[tuple[Recording, int]]] = {}
    tokens = Pseudonymiser(random.randbytes(KEY_BYTES))
    owner: dict[int, int] = {}
    sent: list[tuple[int, int, bytes]] = []
    for device, phone in enumerate(members):
        excerpt = _excerpt(phone, used.setdefault(phone.name, []), window_s * 1000, random)
        for ts_ms, raw, link_type in _sent(excerpt, levels, window_s * 1000, random):
            sent.append((ts_ms, link_type, raw))
            owner[int.from_bytes(tokens.token(_mac(raw, link_type)), "little", signed=True)] = device
    sent.sort(key=lambda item: item[0])
    heard = _heard(sent, tokens)
    device_of = np.array([owner[token] for token in heard.token.tolist()], dtype=np.int64)
    return Mix(heard, device_of, len(np.unique(device_of)))


def _heard(sent: Sequence[tuple[int, int, bytes]], tokens: Pseudonymiser) -> Heard:
    listening = Listening(lambda _start_ms: Epoch("mix", tokens))
    closed = list(chain.from_iterable(listening.hear(ts_ms, raw, link_type) for ts_ms, link_type, raw in sent))
    closed += listening.pause()
    return Heard.of((window.start_ms, window.columns) for window in closed)


def _excerpt(phone: Phone, used: list[tuple[Recording, int]], window_ms: int, random: Random) -> Excerpt:
    """A part of a recording that is not silent; of a recording that is not in the mix yet, while there is one."""
    uses = {recording.name: sum(1 for other, _ in used if other is recording) for recording in phone.recordings}
    fewest = min(uses.values())
    recording = random.choice([found for found in phone.recordings if uses[found.name] == fewest])
    first_ms, last_ms = recording.frames[0].ts_ms, recording.frames[-1].ts_ms
    spare_ms = last_ms - first_ms - window_ms
    for _ in range(DRAWS_MAX):
        # A recording shorter than the window lies wholly in it, anywhere.
        begin_ms = first_ms + (random.randint(0, spare_ms) if spare_ms > 0 else -random.randint(0, -spare_ms))
        audible = any(begin_ms <= frame.ts_ms < begin_ms + window_ms for frame in recording.frames)
        taken = any(other is recording and abs(begin - begin_ms) < COPIES_APART_MS for other, begin in used)
        if audible and not taken:
            break
    else:
        begin_ms = first_ms
    used.append((recording, begin_ms))
    return Excerpt(recording, begin_ms, START_MS - begin_ms)


def _sent(excerpt: Excerpt, levels: Levels, window_ms: int, random: Random) -> list[tuple[int, bytes, int]]:
    """The excerpt's frames (time, bytes, link type) as they reach the sensor: other addresses, other level."""
    key = random.randbytes(KEY_BYTES)
    place_db = _level_dbm(random) - excerpt.recording.level_dbm if levels is Levels.PLACED else 0.0
    fading_db, last_ms = 0.0, -math.inf
    sent = []
    for frame in excerpt.recording.frames:
        ts_ms = frame.ts_ms + excerpt.shift_ms
        if not START_MS <= ts_ms < START_MS + window_ms:
            continue
        if ts_ms - last_ms > BURST_GAP_MS and levels is Levels.PLACED:
            fading_db = random.gauss(0, FADING_DB)
        last_ms = ts_ms
        raw = _louder(_readdressed(frame.raw, frame.link_type, key), frame.link_type, place_db + fading_db)
        if raw is not None:
            sent.append((ts_ms, raw, frame.link_type))
    return sent


def _level_dbm(random: Random) -> float:
    """How loud the bursts of a phone are at a random place in the room."""
    distance_m = max(NEAREST_M, RADIUS_M * math.sqrt(random.random()))
    return AT_1_M_DBM - 10 * PATH_LOSS_EXPONENT * math.log10(distance_m) + random.gauss(0, SHADOWING_DB)


def _mac_at(raw: bytes, link_type: int) -> int:
    return (raw[2] | raw[3] << 8 if link_type == LINK_RADIOTAP else 0) + 10


def _mac(raw: bytes, link_type: int) -> bytes:
    at = _mac_at(raw, link_type)
    return raw[at : at + 6]


def _readdressed(raw: bytes, link_type: int, key: bytes) -> bytes:
    """The frame under another transmitter: a keyed hash of the old one, still global or local, single or group."""
    at = _mac_at(raw, link_type)
    mac = hmac.digest(key, raw[at : at + 6], "sha256")[:6]
    return raw[:at] + bytes((mac[0] & 0xFC | raw[at] & 3,)) + mac[1:] + raw[at + 6 :]


def _louder(raw: bytes, link_type: int, change_db: float) -> bytes | None:
    """The frame with another signal in its radiotap header; None where it is too weak to be heard."""
    if link_type != LINK_RADIOTAP or change_db == 0:
        return raw
    at = radiotap.layout(radiotap.present_words(raw)).signal
    if at < 0:
        return raw
    dbm = round((raw[at] ^ 0x80) - 0x80 + change_db)
    if dbm < FLOOR_DBM:
        return None
    return raw[:at] + bytes((min(dbm, LOUDEST_DBM) & 0xFF,)) + raw[at + 1 :]
