"""IEEE 802.11 probe requests: the bytes of one captured frame -> Probe, or why it is none.

Everything here is a pure function of bytes. A frame that is no probe request gives None; bytes that break their own
format raise Malformed; nothing else escapes.
"""

from collections.abc import Callable, Container
from struct import Struct
from typing import NamedTuple

from . import radiotap
from .errors import Malformed

LINK_IEEE802_11 = 105  # bare 802.11 frames, no signal known; pcap's LINKTYPE registry
LINK_RADIOTAP = 127
LINK_TYPES = (LINK_IEEE802_11, LINK_RADIOTAP)

FRAME_BYTES_MAX = 4096  # a management frame has at most 2304 bytes of body; what is longer is not one
HEADER_BYTES = 24  # frame control .. sequence control, no HT control field
TYPE_MASK = 0xFC  # type and subtype of the first frame control byte
PROTOCOL_MASK = 0x03
PROBE_REQUEST, ASSOCIATION, REASSOCIATION = 0x40, 0x00, 0x20
ELEMENT_SSID = 0

RSSI_UNKNOWN_DBM = -128  # no radio reports so little; noise stands near -95 dBm
FREQ_UNKNOWN_MHZ = 0

_u16 = Struct("<H").unpack_from
_i8 = Struct("<b").unpack_from

Classify = Callable[[bytes], int]


class Probe(NamedTuple):
    """One probe request as heard. Holds an address: it lives until `pseudonym.token` and goes no further.

    A tuple and not a dataclass because one is made for every frame: a third of the cost.
    """

    mac: bytes  # 6 bytes, transmitter address
    ts_ms: int  # of the source's clock: UTC for files, monotonic for a radio
    rssi_dbm: int  # RSSI_UNKNOWN_DBM where the capture does not say
    freq_mhz: int  # FREQ_UNKNOWN_MHZ where the capture does not say
    seq: int  # sequence number, 0..4095
    model_class: int  # 1..65535, keyed (see pseudonym); 0 = not known
    directed: bool  # names a network; the name itself is not read


def parse(raw: bytes, ts_ms: int, link_type: int, classify: Classify, kind: int = PROBE_REQUEST) -> Probe | None:
    """The probe request in `raw`, or None where the frame is of another kind, or was sent by this very radio.

    raw: one captured frame, as long as the capture kept it. link_type: LINK_RADIOTAP or LINK_IEEE802_11.
    classify: information elements after the SSID -> model class. Raises Malformed: header cut short, wrong FCS, a
    radiotap header that contradicts itself. Elements cut off by a snap length are no fault. Nor is a transmitter with
    the group bit: some devices draw all 48 bits of an address (0.2 % of the frames measured), and half of their bursts
    would be missed. kind: another management frame that a station sends, such as ASSOCIATION, is read the same way;
    then `directed` and the class mean nothing.
    """
    end = len(raw)
    if link_type == LINK_RADIOTAP:
        if end < 8 or raw[0]:
            raise Malformed("radiotap: shorter than its fixed part, or of an unknown version")
        start = raw[2] | raw[3] << 8
        present = raw[4:8] if not raw[7] & 0x80 else radiotap.present_words(raw)
        flags_at, channel_at, signal_at, fields_end, sent = radiotap.layout(present)
        if start > end or fields_end > start:
            raise Malformed("radiotap: fields reach beyond the header, or the header beyond the frame")
        if sent:
            return None
        if flags_at >= 0:
            flags = raw[flags_at]
            if flags & radiotap.FLAG_BAD_FCS:
                raise Malformed("802.11: the checksum is wrong")
            if flags & radiotap.FLAG_FCS_AT_END:
                end -= 4
        rssi_dbm = _i8(raw, signal_at)[0] if signal_at >= 0 else RSSI_UNKNOWN_DBM
        freq_mhz = _u16(raw, channel_at)[0] if channel_at >= 0 else FREQ_UNKNOWN_MHZ
    else:
        start = 0
        rssi_dbm, freq_mhz = RSSI_UNKNOWN_DBM, FREQ_UNKNOWN_MHZ
    if start >= end:
        raise Malformed("802.11: no frame after the radiotap header")
    if raw[start] & TYPE_MASK != kind:
        return None
    body = start + HEADER_BYTES
    if body > end or end - start > FRAME_BYTES_MAX or raw[start] & PROTOCOL_MASK:
        raise Malformed("802.11: header cut short, frame too long, or an unknown protocol version")
    directed = False
    if body + 2 <= end and raw[body] == ELEMENT_SSID:
        ssid_bytes = raw[body + 1]
        directed = ssid_bytes != 0
        body += 2 + ssid_bytes
    mac, seq = raw[start + 10 : start + 16], _u16(raw, start + 22)[0] >> 4
    return Probe(mac, ts_ms, rssi_dbm, freq_mhz, seq, classify(raw[body:end]), directed)


def association(raw: bytes, ts_ms: int, link_type: int, networks: Container[bytes]) -> Probe | None:
    """The station in `raw` that asks to join one of `networks` (BSSIDs), or None. Only its header is read."""
    found = parse(raw, ts_ms, link_type, _no_class, ASSOCIATION) or parse(
        raw, ts_ms, link_type, _no_class, REASSOCIATION
    )
    if found is None:
        return None
    start = raw[2] | raw[3] << 8 if link_type == LINK_RADIOTAP else 0
    return found if raw[start + 4 : start + 10] in networks else None


def _no_class(_elements: bytes) -> int:
    return 0
