"""A capture as bytes: pcap records of link type 127, each a radiotap header and a frame without FCS."""

from __future__ import annotations

import struct

LINK_TYPE_RADIOTAP = 127
SNAP_BYTES = 65_535
RATE_500_KBPS = 2  # 1 Mb/s, at which probe requests are sent in the 2.4 GHz band
CHANNEL_FLAGS = 0x00A0  # CCK in the 2.4 GHz band
ANTENNA = 0
NO_FLAGS = 0  # in particular: no FCS at the end

# Present bits: 0 TSFT, 1 flags, 2 rate, 3 channel, 5 dBm signal, 11 antenna. In this order every field already
# lies on its natural alignment, so no padding is needed.
PRESENT = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 11
RECORD = struct.Struct("<IIIIBBHIQBBHHbB")
PCAP_RECORD_BYTES = 16
RADIOTAP_BYTES = RECORD.size - PCAP_RECORD_BYTES
FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, SNAP_BYTES, LINK_TYPE_RADIOTAP)


def record(ts_us: int, tsft_us: int, freq_mhz: int, rssi_dbm: int, frame: bytes) -> bytes:
    """One pcap record. `ts_us` is UTC, `tsft_us` the radio's own counter, `rssi_dbm` fits in 8 signed bits."""
    length = RADIOTAP_BYTES + len(frame)
    seconds, micros = divmod(ts_us, 1_000_000)
    return (
        RECORD.pack(
            *(seconds, micros, length, length),
            *(0, 0, RADIOTAP_BYTES, PRESENT, tsft_us, NO_FLAGS, RATE_500_KBPS),
            *(freq_mhz, CHANNEL_FLAGS, rssi_dbm, ANTENNA),
        )
        + frame
    )
