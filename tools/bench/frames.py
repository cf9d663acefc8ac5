"""Frames to measure with: made up by a seed, or read from captures.

The made-up ones are what a sensor on a busy corner hears on one radio: half an hour of probe requests of phones that
send bursts, most of them under an address of that burst alone. Element lists are composed after IEEE 802.11 and belong
to no real model; how phones behave follows the labelled phone set of Pintor and Atzori 2021.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from pathlib import Path
from random import Random
from struct import Struct

from footfall_sensor import capture
from footfall_sensor.capture import Frame
from footfall_sensor.frames import LINK_RADIOTAP

FRAMES = 20_000
FRAMES_MAX = 200_000  # read from captures; the rest is left out
NAMES_MAX = 3  # of captures, before they are only counted
SEED = 2026
START_MS = 1_772_359_200_000  # 2026-03-01 10:00 UTC
SPAN_MS = 30 * 60 * 1000
CHANNELS = ((1, 2412), (6, 2437), (11, 2462))
LASTING_ADDRESSES = 40
DIRECTED_SHARE = 0.2  # of bursts; 9 to 55 % were measured in different places
SSIDS = (b"home", b"office-guest", b"a network with a long name")

# The radiotap header that Linux writes for a radio of two receive chains, as most access points have: three words of
# present bits, time, flags (FCS at the end), rate, channel, signal, receive flags, then signal and antenna of each
# chain.
_PRESENT = (0xA000402F, 0xA0000820, 0x00000820)
_RADIOTAP = Struct("<BBHIIIQBBHHbxHbBbB")
_FCS_AT_END, _RATE_1_MBPS, _CCK_2GHZ = 0x10, 2, 0x00A0
_MANAGEMENT = Struct("<HH6s6s6sH")
_PROBE_REQUEST = 0x0040
_BROADCAST = b"\xff" * 6
_HERE = b""  # stands where the channel goes

Elements = tuple[tuple[int, bytes], ...]


class Addresses(Enum):
    """How long a phone keeps an address."""

    LASTING = auto()
    BURST = auto()
    FEW_FRAMES = auto()  # several addresses in one burst


@dataclass(frozen=True, slots=True)
class Phone:
    """One model: its weight among all bursts, its addresses, the frames of a burst on one channel, its elements."""

    weight: int
    addresses: Addresses
    frames: tuple[int, int]
    elements: Elements


def _ht(info: str, streams: int) -> tuple[int, bytes]:
    return 45, bytes.fromhex(info) + b"\xff" * streams + bytes(23 - streams)


_RATES_B = (1, bytes.fromhex("02040b16"))
_RATES_BG = (1, bytes.fromhex("02040b160c121824"))
_RATES_G = (50, bytes.fromhex("0c1218243048606c"))
_RATES_HIGH = (50, bytes.fromhex("3048606c"))
_CHANNEL = (3, _HERE)
_WMM = (221, bytes.fromhex("0050f2020001"))
_VENDOR = (221, bytes.fromhex("02aabb0a00010000"))
_LONG_VENDOR = (221, bytes.fromhex("02aacc") + bytes(range(40)))
_VHT = (191, bytes.fromhex("b2718933faff0000faff0020"))
_EXTENDED_8 = (127, bytes.fromhex("0400000200000040"))
_EXTENDED_10 = (127, bytes.fromhex("04000a82210040004080"))

PHONES = (
    Phone(20, Addresses.FEW_FRAMES, (2, 5), (_RATES_B, _RATES_G, _CHANNEL, _ht("2d4017", 2), _EXTENDED_8, _VENDOR)),
    Phone(16, Addresses.BURST, (2, 6), (_RATES_B, _RATES_G, _ht("214017", 1), _EXTENDED_10, _VENDOR, _LONG_VENDOR)),
    Phone(14, Addresses.BURST, (3, 8), (_RATES_BG, _RATES_HIGH, _CHANNEL, _ht("ef0903", 2), _EXTENDED_8, _VHT)),
    Phone(12, Addresses.BURST, (3, 8), (_RATES_BG, _RATES_HIGH, _CHANNEL, _ht("6f0113", 1), _WMM)),
    Phone(12, Addresses.BURST, (4, 9), (_RATES_B, _RATES_G, _CHANNEL, _ht("ad0117", 1), _EXTENDED_10, _VHT, _VENDOR)),
    Phone(8, Addresses.BURST, (2, 4), (_RATES_BG, _RATES_HIGH)),
    Phone(10, Addresses.LASTING, (3, 8), (_RATES_B, _RATES_G, _CHANNEL, _ht("2c011b", 1), _WMM, _VENDOR)),
    Phone(
        8, Addresses.LASTING, (4, 9), (_RATES_BG, _CHANNEL, _RATES_HIGH, _ht("62001a", 1), _EXTENDED_8, _LONG_VENDOR)
    ),
)


@dataclass(frozen=True, slots=True)
class Material:
    """What is measured with: frames in time order, None where a source pauses, and where they come from."""

    frames: tuple[Frame | None, ...]
    source: str

    def __len__(self) -> int:
        return sum(frame is not None for frame in self.frames)


def synthetic(count: int = FRAMES, seed: int = SEED) -> Material:
    """`count` made-up probe requests with a radiotap header; the same seed gives the same bytes."""
    random = Random(seed)
    lasting = [_address(random, randomised=False) for _ in range(LASTING_ADDRESSES)]
    heard: list[Frame] = []
    while len(heard) < count:
        heard += _burst(random, lasting)
    heard.sort()
    return Material(tuple(heard[:count]), f"synthetic, seed {seed}")


def captured(paths: Sequence[Path]) -> Material:
    """The first FRAMES_MAX frames of captures, by time. Raises CaptureError."""
    frames = tuple(islice(capture.read_all(paths), FRAMES_MAX))
    names = ", ".join(path.name for path in paths) if len(paths) <= NAMES_MAX else f"{len(paths)} captures"
    return Material(frames, f"the beginning of {names}" if len(frames) == FRAMES_MAX else names)


def sample(material: Material, wanted: int, block: int) -> tuple[Frame, ...]:
    """About `wanted` frames in blocks of `block` that follow each other, evenly spread: bursts stay together."""
    frames = [frame for frame in material.frames if frame is not None]
    step = max(block, block * len(frames) // max(1, wanted))
    return tuple(frame for start in range(0, len(frames), step) for frame in frames[start : start + block])[:wanted]


def _burst(random: Random, lasting: Sequence[bytes]) -> Iterator[Frame]:
    (phone,) = random.choices(PHONES, [phone.weight for phone in PHONES])
    channel, freq_mhz = random.choice(CHANNELS)
    ssid = random.choice(SSIDS) if random.random() < DIRECTED_SHARE else b""
    body = b"".join(
        bytes((number, len(value))) + value
        for number, value in ((0, ssid), *((n, v or bytes((channel,))) for n, v in phone.elements))
    )
    mac = random.choice(lasting) if phone.addresses is Addresses.LASTING else _address(random, randomised=True)
    ts_ms = START_MS + random.randrange(SPAN_MS)
    seq = random.randrange(4096)
    level_dbm = min(-35.0, random.gauss(-74, 9))
    for number in range(random.randint(*phone.frames)):
        if phone.addresses is Addresses.FEW_FRAMES and number % 2 == 0:
            mac = _address(random, randomised=True)
        rssi_dbm = max(-97, round(level_dbm + random.gauss(0, 2)))
        sent = _MANAGEMENT.pack(_PROBE_REQUEST, 0, _BROADCAST, mac, _BROADCAST, (seq + number) % 4096 << 4) + body
        yield Frame(
            ts_ms, _radiotap(ts_ms, freq_mhz, rssi_dbm) + sent + zlib.crc32(sent).to_bytes(4, "little"), LINK_RADIOTAP
        )
        ts_ms += random.randint(8, 40)


def _radiotap(ts_ms: int, freq_mhz: int, rssi_dbm: int) -> bytes:
    return _RADIOTAP.pack(
        *(0, 0, _RADIOTAP.size, *_PRESENT),
        *((ts_ms - START_MS) * 1000, _FCS_AT_END, _RATE_1_MBPS, freq_mhz, _CCK_2GHZ, rssi_dbm, 0),
        *(rssi_dbm, 0, rssi_dbm - 3, 1),
    )


def _address(random: Random, *, randomised: bool) -> bytes:
    raw = random.randbytes(6)
    return bytes((raw[0] & 0xFC | (2 if randomised else 0),)) + raw[1:]
