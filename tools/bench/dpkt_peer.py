"""Probe requests read with dpkt.

dpkt leaves out a last element of 4 bytes or fewer, which it takes for a checksum: where that element belongs to the
class, its class differs from ours. The benchmark counts such frames.
"""

import struct

import dpkt
from dpkt import ieee80211, radiotap

from footfall_sensor.frames import FREQ_UNKNOWN_MHZ, LINK_RADIOTAP, RSSI_UNKNOWN_DBM
from tools.bench.peers import Heard, Unreadable, kept


def read(raw: bytes, link_type: int) -> Heard | None:
    """The probe request in a frame. Raises Unreadable where dpkt gives up."""
    rssi_dbm, freq_mhz = RSSI_UNKNOWN_DBM, FREQ_UNKNOWN_MHZ
    try:
        if link_type == LINK_RADIOTAP:
            header = radiotap.Radiotap(raw)
            frame = header.data
            if header.ant_sig_present:
                rssi_dbm = header.ant_sig.db
            if header.channel_present:
                freq_mhz = header.channel.freq
        else:
            frame = ieee80211.IEEE80211(raw)
    except (dpkt.Error, struct.error, IndexError) as exc:
        raise Unreadable from exc
    if not isinstance(frame, ieee80211.IEEE80211):
        raise Unreadable
    if frame.type != ieee80211.MGMT_TYPE or frame.subtype != ieee80211.M_PROBE_REQ:
        return None
    capabilities, directed = b"", False
    for element in frame.ies:
        if element.id == ieee80211.IE_SSID:
            directed = element.len != 0
        else:
            capabilities += kept(element.id, element.len, element.data)
    return Heard(frame.mgmt.src, rssi_dbm, freq_mhz, frame.mgmt.sequence_number, capabilities, directed)
