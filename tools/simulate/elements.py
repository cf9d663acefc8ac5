"""IEEE 802.11 probe requests, built from a list of elements.

An element is (identifier, payload). The order is kept as given, because phones differ in it.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import NamedTuple

SSID, RATES, DS_PARAMETER, HT_CAPABILITIES, MORE_RATES = 0, 1, 3, 45, 50
EXTENDED_CAPABILITIES, VHT_CAPABILITIES, VENDOR = 127, 191, 221
PROBE_REQUEST = 0x0040  # frame control: management, subtype 4
BROADCAST = b"\xff" * 6
SSID_BYTES_MAX = 32
BODIES_KEPT_MAX = 8192  # a body repeats for each model, channel and network name: most frames find theirs here


class Element(NamedTuple):
    """One information element: its identifier and at most 255 bytes of payload."""

    number: int
    payload: bytes


def rates(*mbps: float) -> Element:
    """Supported rates, at most eight, in Mb/s; none is marked as basic, as in probe requests."""
    return Element(RATES, bytes(round(rate * 2) for rate in mbps))


def more_rates(*mbps: float) -> Element:
    """Supported rates beyond the first eight, in Mb/s."""
    return Element(MORE_RATES, bytes(round(rate * 2) for rate in mbps))


def ht(info: int, ampdu: int, streams: int, extended: int = 0, beamforming: int = 0) -> Element:
    """HT capabilities: info (16 bits), A-MPDU parameters (8), spatial streams, extended (16), beamforming (32)."""
    mcs = b"\xff" * streams + bytes(16 - streams)
    return Element(HT_CAPABILITIES, struct.pack("<HB16sHIB", info, ampdu, mcs, extended, beamforming, 0))


def vht(info: int, streams: int) -> Element:
    """VHT capabilities: capability info (32 bits) and MCS 0 to 9 on so many spatial streams."""
    streams_map = 0xFFFF
    for stream in range(streams):
        streams_map &= ~(0b01 << (2 * stream))  # two bits a stream: 3 not supported, 2 MCS 0 to 9
    return Element(VHT_CAPABILITIES, struct.pack("<IHHHH", info, streams_map, 0, streams_map, 0))


def extended_capabilities(octets: str) -> Element:
    """Extended capabilities from hexadecimal octets."""
    return Element(EXTENDED_CAPABILITIES, bytes.fromhex(octets))


def vendor(octets: str) -> Element:
    """A vendor element from hexadecimal octets: three of an organisation, then a payload."""
    return Element(VENDOR, bytes.fromhex(octets))


CHANNEL = Element(DS_PARAMETER, b"")  # the payload is the channel the frame is sent on


@lru_cache(maxsize=BODIES_KEPT_MAX)
def probe_body(elements: tuple[Element, ...], channel: int, ssid: bytes) -> bytes:
    """The frame body: the network name (empty for a broadcast probe), then the elements in their order.

    ValueError for a name over 32 bytes.
    """
    if len(ssid) > SSID_BYTES_MAX:
        raise ValueError(f"a network name has at most {SSID_BYTES_MAX} bytes, got {len(ssid)}")
    parts = [bytes((SSID, len(ssid))), ssid]
    for number, payload in elements:
        filled = bytes((channel,)) if number == DS_PARAMETER else payload
        parts += (bytes((number, len(filled))), filled)
    return b"".join(parts)


def probe_request(source: int, sequence: int, body: bytes) -> bytes:
    """A whole probe request without FCS. `source` is the 48-bit address, `sequence` 0 to 4095."""
    header = struct.pack("<HH6s6s6sH", PROBE_REQUEST, 0, BROADCAST, source.to_bytes(6, "big"), BROADCAST, sequence << 4)
    return header + body
