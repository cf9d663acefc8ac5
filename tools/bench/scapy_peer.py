"""Probe requests read with scapy."""

from scapy.layers.dot11 import Dot11, Dot11Elt, Dot11ProbeReq, RadioTap

from footfall_sensor.frames import ELEMENT_SSID, FREQ_UNKNOWN_MHZ, LINK_RADIOTAP, RSSI_UNKNOWN_DBM
from tools.bench.peers import Heard, Unreadable, kept


def read(raw: bytes, link_type: int) -> Heard | None:
    """The probe request in a frame. Raises Unreadable where scapy finds no 802.11 frame in it."""
    rssi_dbm, freq_mhz = RSSI_UNKNOWN_DBM, FREQ_UNKNOWN_MHZ
    if link_type == LINK_RADIOTAP:
        header = RadioTap(raw)
        frame = header.payload
        if header.dBm_AntSignal is not None:
            rssi_dbm = header.dBm_AntSignal
        if header.ChannelFrequency is not None:
            freq_mhz = header.ChannelFrequency
    else:
        frame = Dot11(raw)
    if not isinstance(frame, Dot11):
        raise Unreadable
    probe = frame.payload
    if not isinstance(probe, Dot11ProbeReq):
        return None
    capabilities, directed = b"", False
    element = probe.payload
    while isinstance(element, Dot11Elt):
        if element.ID == ELEMENT_SSID:
            directed = element.len != 0
        else:
            # The element's own bytes: asking scapy for its fields one by one would cost it far more.
            capabilities += kept(element.ID, element.len, element.original[2 : 2 + element.len])
        element = element.payload
    mac = bytes.fromhex(frame.addr2.replace(":", ""))
    return Heard(mac, rssi_dbm, freq_mhz, frame.SC >> 4, capabilities, directed)
