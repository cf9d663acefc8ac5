"""What is in the air and in capture files, built by the tests' own hands: nothing here comes from the sensor's code.

The alignments are those of radiotap.org's field pages; one test lets tshark read what is built here.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence

ALIGN = {0: 8, 3: 2, 4: 2, 7: 2, 8: 2, 9: 2, 14: 2, 15: 2, 18: 4, 20: 4, 21: 2, 22: 8, 23: 2, 24: 2, 25: 2, 27: 2}
SIZE = {
    0: 8, 1: 1, 2: 1, 3: 4, 4: 2, 5: 1, 6: 1, 7: 2, 8: 2, 9: 2, 10: 1, 11: 1, 12: 1, 13: 1, 14: 2, 15: 2, 16: 1, 17: 1,
    18: 8, 19: 3, 20: 8, 21: 12, 22: 12, 23: 12, 24: 12, 25: 6, 26: 1, 27: 4,
}  # fmt: skip
TSFT, FLAGS, RATE, CHANNEL, SIGNAL, NOISE, ANTENNA, RX_FLAGS = 0, 1, 2, 3, 5, 6, 11, 14
TLV, NAMESPACE, VENDOR, CHAIN = 1 << 28, 1 << 29, 1 << 30, 1 << 31

PHONE = bytes.fromhex("daa119c0ffee")
BROADCAST = b"\xff" * 6


def signal(dbm: int) -> bytes:
    return struct.pack("b", dbm)


def channel(mhz: int) -> bytes:
    return struct.pack("<HH", mhz, 0x00A0)


def radiotap(*words: tuple[dict[int, bytes], int], vendor: bytes | None = None, length: int | None = None) -> bytes:
    """A header of these present words: (fields by bit, further bits of the word).

    The fields of the word after one with VENDOR are a vendor's: `vendor` is its data, put in as the standard says.
    length: what the header claims, where that is to be a lie.
    """
    data = bytearray(4 + 4 * len(words))
    of_vendor = False
    for number, (fields, bits) in enumerate(words):
        struct.pack_into("<I", data, 4 + 4 * number, sum(1 << bit for bit in fields) | bits)
    for fields, bits in words:
        if of_vendor:
            data += (
                bytes(-len(data) % 2) + b"\x00\x50\xf2\x00" + struct.pack("<H", len(vendor or b"")) + (vendor or b"")
            )
        else:
            for bit in sorted(fields):
                data += bytes(-len(data) % ALIGN.get(bit, 1)) + fields[bit]
        of_vendor = bool(bits & VENDOR)
    struct.pack_into("<H", data, 2, len(data) if length is None else length)
    return bytes(data)


def plain(dbm: int = -61, mhz: int = 2437) -> bytes:
    """The header of a common sniffer: channel, signal, antenna."""
    return radiotap(({CHANNEL: channel(mhz), SIGNAL: signal(dbm), ANTENNA: b"\0"}, 0))


def element(number: int, value: bytes) -> bytes:
    return bytes((number, len(value))) + value


RATES = element(1, bytes.fromhex("02040b16"))
EXTENDED_RATES = element(50, bytes.fromhex("0c1218243048606c"))
HT = element(45, bytes.fromhex("2d4017ff" + "00" * 22))
EXTENDED_CAPABILITIES = element(127, bytes.fromhex("0000080400000040"))
VENDOR_ELEMENT = element(221, bytes.fromhex("0050f204") + b"a vendor's payload")
ELEMENTS = RATES + EXTENDED_RATES + HT + EXTENDED_CAPABILITIES + VENDOR_ELEMENT


def probe(
    mac: bytes = PHONE, ssid: bytes = b"", elements: bytes = ELEMENTS, seq: int = 7, control: int = 0x0040
) -> bytes:
    """A probe request without radiotap header and FCS; another `control` makes it a frame of another kind."""
    head = struct.pack("<HH", control, 0) + BROADCAST + mac + BROADCAST + struct.pack("<H", seq << 4)
    return head + element(0, ssid) + elements


def with_fcs(frame: bytes) -> bytes:
    return frame + struct.pack("<I", zlib.crc32(frame))


Timed = tuple[int, bytes]  # milliseconds since 1970, frame


def pcap(frames: Iterable[Timed], link: int = 127, order: str = "<", nano: bool = False) -> bytes:
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)]
    for ms, raw in frames:
        fraction = ms % 1000 * (1_000_000 if nano else 1000)
        out.append(struct.pack(order + "IIII", ms // 1000, fraction, len(raw), len(raw)) + raw)
    return b"".join(out)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int = 127, options: bytes = b"", order: str = "<") -> bytes:
    return block(1, struct.pack(order + "HHI", link, 0, 0) + options, order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def packet(ticks: int, raw: bytes, on: int = 0, order: str = "<") -> bytes:
    head = struct.pack(order + "IIIII", on, ticks >> 32, ticks & 0xFFFFFFFF, len(raw), len(raw))
    return block(6, head + raw, order)


def pcapng(frames: Sequence[Timed], link: int = 127, order: str = "<") -> bytes:
    """Enhanced packets in microseconds, as Wireshark writes them."""
    packets = (packet(ms * 1000, raw, order=order) for ms, raw in frames)
    return section(order) + interface(link, order=order) + b"".join(packets)
