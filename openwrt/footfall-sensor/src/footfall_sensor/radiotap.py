"""The radiotap header: where in a captured frame its signal, frequency and flags stand.

A radiotap header begins with version, pad, length (u16) and a chain of `present` words (u32, little-endian). Bit 31
of a word says that another follows. Each other bit announces a field; fields stand in bit order, each aligned to its
own size counted from the start of the header. Source: radiotap.org, "Defined fields"; Linux
Documentation/networking/radiotap-headers.
"""

from functools import lru_cache
from struct import Struct
from typing import NamedTuple

from .errors import Malformed

# (alignment, size) in bytes of the fields of bits 0..27 in the radiotap namespace, in bit order.
FIELDS = (
    (8, 8),  # 0 TSFT
    (1, 1),  # 1 flags
    (1, 1),  # 2 rate
    (2, 4),  # 3 channel: frequency u16 MHz, channel flags u16
    (2, 2),  # 4 FHSS
    (1, 1),  # 5 antenna signal, dBm
    (1, 1),  # 6 antenna noise, dBm
    (2, 2),  # 7 lock quality
    (2, 2),  # 8 transmit attenuation
    (2, 2),  # 9 transmit attenuation, dB
    (1, 1),  # 10 transmit power, dBm
    (1, 1),  # 11 antenna
    (1, 1),  # 12 antenna signal, dB
    (1, 1),  # 13 antenna noise, dB
    (2, 2),  # 14 receive flags
    (2, 2),  # 15 transmit flags
    (1, 1),  # 16 RTS retries
    (1, 1),  # 17 data retries
    (4, 8),  # 18 XChannel
    (1, 3),  # 19 MCS
    (4, 8),  # 20 A-MPDU status
    (2, 12),  # 21 VHT
    (8, 12),  # 22 timestamp
    (2, 12),  # 23 HE
    (2, 12),  # 24 HE-MU
    (2, 6),  # 25 HE-MU other user
    (1, 1),  # 26 zero-length PSDU
    (2, 4),  # 27 L-SIG
)
FLAGS, CHANNEL, SIGNAL, TX_FLAGS = 1, 3, 5, 15
NAMESPACE_BIT = 29
VENDOR_BIT = 30
WORDS_MAX = 16  # no driver known to us uses more than 6

FLAG_FCS_AT_END = 0x10
FLAG_BAD_FCS = 0x40

_word = Struct("<I").unpack_from


class Layout(NamedTuple):
    """Offsets from the start of the header, -1 where a field is absent; `end` is the byte after the last field."""

    flags: int
    channel: int
    signal: int
    end: int
    sent: bool = False  # transmit flags are there: the radio's own frame, given back to its monitor


@lru_cache(maxsize=64)
def layout(present: bytes) -> Layout:
    """Where the fields of this chain of present words (4 bytes a word) stand. Raises Malformed.

    Several namespaces may follow each other, one an antenna: the first signal of the radiotap namespace is the one
    that the kernel gives for the frame as a whole, so the first one wins.
    """
    found: dict[int, int] = {}
    offset = 4 + len(present)
    bit_base = 0  # the bit number of this word's bit 0 within its namespace
    readable = True  # False once a field of unknown size or a foreign namespace has been met
    for start in range(0, len(present), 4):
        word = _word(present, start)[0]
        for bit in range(29):
            if not readable or not word >> bit & 1:
                continue
            number = bit_base + bit
            if number >= len(FIELDS):
                readable = False
                continue
            align, size = FIELDS[number]
            offset = (offset + align - 1) & -align
            found.setdefault(number, offset)
            offset += size
        if word >> VENDOR_BIT & 1:
            readable = False  # the vendor's fields have a length of their own, in the data
        elif word >> NAMESPACE_BIT & 1:
            bit_base = 0
        else:
            bit_base += 32
    return Layout(found.get(FLAGS, -1), found.get(CHANNEL, -1), found.get(SIGNAL, -1), offset, TX_FLAGS in found)


def present_words(raw: bytes) -> bytes:
    """The chain of present words of the header that `raw` begins with. Raises Malformed."""
    for words in range(1, WORDS_MAX + 1):
        end = 4 + 4 * words
        if end > len(raw):
            break
        if not raw[end - 1] & 0x80:
            return raw[4:end]
    raise Malformed("radiotap: the chain of present words has no end")
