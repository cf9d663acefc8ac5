"""Frames: what is a probe request, what is none, and what breaks its own format."""

import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import air
import pytest

from footfall_sensor import capture, frames
from footfall_sensor.errors import Malformed
from footfall_sensor.frames import FREQ_UNKNOWN_MHZ, LINK_IEEE802_11, LINK_RADIOTAP, RSSI_UNKNOWN_DBM, Probe
from footfall_sensor.pseudonym import no_class

TSFT = {air.TSFT: bytes(range(8))}
CHANNEL = {air.CHANNEL: air.channel(2412)}
SIGNAL = {air.SIGNAL: air.signal(-47)}
FOREIGN = {air.SIGNAL: air.signal(-9)}  # a level that must not be taken

# name -> (radiotap header, RSSI, frequency) of headers that are in order.
HEADERS = {
    "nothing at all": (air.radiotap(({}, 0)), RSSI_UNKNOWN_DBM, FREQ_UNKNOWN_MHZ),
    "signal alone": (air.radiotap((SIGNAL, 0)), -47, FREQ_UNKNOWN_MHZ),
    "channel alone": (air.radiotap((CHANNEL, 0)), RSSI_UNKNOWN_DBM, 2412),
    "a common sniffer's": (air.plain(-61, 2437), -61, 2437),
    "rate pads the channel": (air.radiotap(({air.RATE: b"\2", **CHANNEL, **SIGNAL}, 0)), -47, 2412),
    "rate and flags need no padding": (
        air.radiotap(({air.FLAGS: b"\0", air.RATE: b"\2", **CHANNEL, **SIGNAL}, 0)),
        -47,
        2412,
    ),
    "TSFT first": (air.radiotap(({**TSFT, air.FLAGS: b"\0", air.RATE: b"\2", **CHANNEL, **SIGNAL}, 0)), -47, 2412),
    "FHSS between channel and signal": (air.radiotap(({**CHANNEL, 4: b"\7\7", **SIGNAL}, 0)), -47, 2412),
    "TSFT behind two present words": (
        air.radiotap(({**TSFT, **SIGNAL}, air.NAMESPACE | air.CHAIN), ({}, 0)),
        -47,
        FREQ_UNKNOWN_MHZ,
    ),
    "TSFT behind three present words needs padding": (
        air.radiotap(({**TSFT, **CHANNEL, **SIGNAL}, air.NAMESPACE | air.CHAIN), ({}, air.CHAIN), ({}, 0)),
        -47,
        2412,
    ),
    "a namespace an antenna, the frame's own signal first": (
        air.radiotap(
            ({**TSFT, air.FLAGS: b"\0", **CHANNEL, **SIGNAL, air.RX_FLAGS: b"\0\0"}, air.NAMESPACE | air.CHAIN),
            ({**FOREIGN, air.ANTENNA: b"\0"}, air.NAMESPACE | air.CHAIN),
            ({**FOREIGN, air.ANTENNA: b"\1"}, 0),
        ),
        -47,
        2412,
    ),
    "signal in the second namespace only": (
        air.radiotap((CHANNEL, air.NAMESPACE | air.CHAIN), ({**SIGNAL, air.ANTENNA: b"\0"}, 0)),
        -47,
        2412,
    ),
    "every field of a frame received": (
        air.radiotap(
            ({bit: b"\x11" * n for bit, n in air.SIZE.items() if bit != 15} | CHANNEL | SIGNAL | {1: b"\0"}, 0)
        ),
        -47,
        2412,
    ),
    "a vendor's namespace after ours": (
        air.radiotap(({**CHANNEL, **SIGNAL}, air.VENDOR | air.CHAIN), (FOREIGN, 0), vendor=b"\xf7" * 5),
        -47,
        2412,
    ),
    "nothing is read behind a vendor's namespace": (
        air.radiotap((CHANNEL, air.VENDOR | air.CHAIN), (FOREIGN, air.NAMESPACE | air.CHAIN), (FOREIGN, 0), vendor=b""),
        RSSI_UNKNOWN_DBM,
        2412,
    ),
    "TLVs after the fields": (
        air.radiotap(({**CHANNEL, **SIGNAL}, air.TLV)) + struct.pack("<HHI", 33, 4, 0),
        -47,
        2412,
    ),
    "bits that nobody has defined": (
        air.radiotap(({**CHANNEL, **SIGNAL}, air.CHAIN), ({}, 1 << 5 | 1 << 3)) + b"\xf7" * 8,
        -47,
        2412,
    ),
    "the longest chain": (air.radiotap(({**SIGNAL}, air.CHAIN), *[({}, air.CHAIN)] * 14, ({}, 0)), -47, 0),
    "a header of more than 255 bytes": (air.plain(-61, 2437).ljust(300, b"\xf7"), -61, 2437),
    "weaker than any radio": (air.radiotap(({air.SIGNAL: air.signal(-128)}, 0)), RSSI_UNKNOWN_DBM, 0),
    "a positive level": (air.radiotap(({air.SIGNAL: air.signal(7)}, 0)), 7, 0),
}


def _claim(header: bytes) -> bytes:
    """The header with its length made true, for what was appended to it by hand."""
    return header[:2] + struct.pack("<H", len(header)) + header[4:]


@pytest.mark.parametrize("name", HEADERS)
def test_signal_and_frequency_are_found_in_every_shape_of_header(name: str) -> None:
    """Whatever fields and namespaces stand around them, the frame's own signal and frequency are read."""
    header, rssi_dbm, freq_mhz = HEADERS[name]
    expected = Probe(air.PHONE, 1234, rssi_dbm, freq_mhz, 7, 0, directed=False)
    assert expected == frames.parse(_claim(header) + air.probe(), 1234, LINK_RADIOTAP, no_class)


BROKEN = {
    "nothing": b"",
    "seven bytes": air.plain()[:7],
    "a header alone": air.plain(),
    "version 1": b"\1" + air.plain()[1:] + air.probe(),
    "length 0": air.radiotap((SIGNAL, 0), length=0) + air.probe(),
    "length below the fixed part": air.radiotap(({}, 0), length=7) + air.probe(),
    "length cuts the fields": air.radiotap((SIGNAL, 0), length=8) + air.probe(),
    "length cuts the present words": air.radiotap(({}, air.CHAIN), ({}, 0), length=8) + air.probe(),
    "length beyond the frame": air.radiotap((SIGNAL, 0), length=999) + air.probe(),
    "a chain that ends nowhere": air.radiotap(*[({}, air.CHAIN)] * 3),
    "a chain of 17 words": air.radiotap(*[({}, air.CHAIN)] * 16, ({}, 0)) + air.probe(),
    "every bit set": b"\0\0\x08\0" + b"\xff" * 60,
    "the radio says that the FCS is wrong": air.radiotap(({air.FLAGS: b"\x40"}, 0)) + air.probe(),
    "the FCS is wrong and at the end": air.radiotap(({air.FLAGS: b"\x50"}, 0)) + air.with_fcs(air.probe()),
    "nothing but an FCS": air.radiotap(({air.FLAGS: b"\x10"}, 0)) + b"\1\2\3\4",
    "less than an FCS": air.radiotap(({air.FLAGS: b"\x10"}, 0)) + b"\1\2",
    "cut within the 802.11 header": air.plain() + air.probe()[:23],
    "an FCS that is part of the header": air.radiotap(({air.FLAGS: b"\x10"}, 0)) + air.probe()[:27],
    "longer than a frame can be": air.plain() + air.probe() + bytes(4096),
    "protocol version 1": air.plain() + air.probe(control=0x0041),
}


@pytest.mark.parametrize("name", BROKEN)
def test_bytes_that_break_their_format_are_malformed(name: str) -> None:
    """What contradicts itself is refused by our own error, and not guessed at."""
    with pytest.raises(Malformed):
        frames.parse(BROKEN[name], 0, LINK_RADIOTAP, no_class)


@pytest.mark.parametrize("size", range(24))
def test_bare_frame_shorter_than_its_header_is_malformed(size: int) -> None:
    """Of link type 105 too, no byte beyond the frame's end is read."""
    with pytest.raises(Malformed):
        frames.parse(air.probe()[:size], 0, LINK_IEEE802_11, no_class)


# Every type and subtype; the probe request is the one that counts.
KINDS = [control for control in range(0, 0x100, 4) if control != 0x40]


@pytest.mark.parametrize("link", [LINK_RADIOTAP, LINK_IEEE802_11])
def test_no_other_type_or_subtype_is_a_probe_request(link: int) -> None:
    """Beacons, data, control: 63 kinds of frame give None, short ones and protected ones too."""
    header = air.plain() if link == LINK_RADIOTAP else b""
    for control in KINDS:
        assert frames.parse(header + air.probe(control=control), 0, link, no_class) is None
        assert frames.parse(header + air.probe(control=control | 0x4000)[:10], 0, link, no_class) is None


def test_link_types_are_those_that_captures_carry() -> None:
    """The numbers of tcpdump's registry: LINKTYPE_IEEE802_11 and LINKTYPE_IEEE802_11_RADIOTAP."""
    assert frames.LINK_TYPES == (105, 127)


def test_a_frame_of_4096_bytes_is_read_and_a_longer_one_is_none() -> None:
    """The header and the FCS of the radio are not counted."""
    longest = air.probe().ljust(4096, b"\0")
    assert frames.parse(air.plain() + longest, 0, LINK_RADIOTAP, no_class) is not None
    with pytest.raises(Malformed):
        frames.parse(air.plain() + longest + b"\0", 0, LINK_RADIOTAP, no_class)


def test_bare_frames_have_no_signal_and_no_frequency() -> None:
    """Link type 105 carries neither; both are reported as unknown and everything else is read."""
    expected = Probe(air.PHONE, 5, RSSI_UNKNOWN_DBM, FREQ_UNKNOWN_MHZ, 7, 0, directed=False)
    assert expected == frames.parse(air.probe(), 5, LINK_IEEE802_11, no_class)


def test_group_address_as_transmitter_is_still_a_phone() -> None:
    """Devices that draw all 48 bits of their address at random are counted whether bit 0 came out set or not."""
    drawn = bytes.fromhex("ffff6c9a53be")
    probe = frames.parse(air.plain() + air.probe(drawn), 0, LINK_RADIOTAP, no_class)
    assert probe is not None
    assert drawn == probe.mac


@pytest.mark.parametrize("seq", [0, 1, 2047, 4095])
def test_sequence_number_is_read_without_its_fragment(seq: int) -> None:
    """The upper 12 bits of sequence control, 0 to 4095."""
    raw = bytearray(air.plain() + air.probe(seq=seq))
    raw[len(air.plain()) + 22] |= 0x0F  # a fragment number
    probe = frames.parse(bytes(raw), 0, LINK_RADIOTAP, no_class)
    assert probe is not None
    assert seq == probe.seq


def _classified(raw: bytes, link: int = LINK_RADIOTAP) -> tuple[Probe, bytes]:
    """The probe, and the bytes that its class was made from."""
    seen: list[bytes] = []
    probe = frames.parse(raw, 0, link, lambda elements: seen.append(elements) or 4711)
    assert probe is not None
    assert probe.model_class == 4711
    return probe, seen[0]


def test_name_of_a_network_never_reaches_the_class() -> None:
    """Only the elements after the SSID are classified; that a network was named is all that stays of it."""
    probe, elements = _classified(air.plain() + air.probe(ssid=b"Grandmother's flat"))
    assert probe.directed
    assert elements == air.ELEMENTS
    probe, elements = _classified(air.plain() + air.probe(ssid=b""))
    assert not probe.directed
    assert elements == air.ELEMENTS


def test_who_names_no_network_is_not_directed() -> None:
    """Neither a frame without any element, nor one whose first element is another than the SSID."""
    bare = air.probe()[:24]
    for elements in (b"", b"\0", air.ELEMENTS):
        probe, seen = _classified(air.plain() + bare + elements)
        assert not probe.directed
        assert seen == elements


def test_checksum_at_the_end_is_no_element() -> None:
    """With the FCS flag, the last four bytes are not part of the frame."""
    header = air.radiotap(({air.FLAGS: b"\x10", **SIGNAL}, 0))
    assert _classified(header + air.with_fcs(air.probe()))[1] == air.ELEMENTS


def test_frame_cut_by_a_snap_length_is_a_probe_wherever_it_was_cut() -> None:
    """Elements that a capture did not keep are no fault: a cut anywhere behind the 802.11 header costs only them."""
    header, frame = air.plain(), air.probe(ssid=b"home")
    for size in range(24, len(frame)):
        probe, elements = _classified(header + frame[:size])
        assert (probe.mac, probe.rssi_dbm, probe.freq_mhz, probe.seq) == (air.PHONE, -61, 2437, 7)
        assert frame[24 + 6 : size] == elements.lstrip(b"\0")  # a cut behind the SSID's number leaves that number


def test_without_the_flag_of_a_checksum_every_byte_belongs_to_the_frame() -> None:
    """Other flags, a short preamble among them, say nothing of an FCS."""
    header = air.radiotap(({air.FLAGS: b"\x02", **SIGNAL}, 0))
    assert _classified(header + air.probe())[1] == air.ELEMENTS


# tshark is the peer: it reads the same bytes in its own way.

PHONE_FILES = (
    "A/A-ts-2021-May-21-h12-m22-s15-modeA-ch-1-th-40.pcap",
    "C/C-ts-2021-Jun-11-h15-m30-s01-modeS-ch-1-th-40.pcap",
    "B/B-ts-2021-Jun-03-h14-m28-s59-modeA-ch-6-th-60.pcap",
    "G/G-ts-2021-Jun-03-h10-m30-s48-modeS-ch-11-th-40.pcap",
    "K/K-ts-2021-Jul-08-h10-m35-s44-modeA_new-ch-11-th-40.pcap",
)
OCCUPANCY_FILES = ("2022-10-19", "2022-11-16", "2023-10-11")  # the first two hold transmitters with the group bit
REAL_FILES = [
    *(f"phones/{name}" for name in PHONE_FILES),
    *(f"occupancy/pcap/sc6-61_{day}_anonymized.pcap.gz" for day in OCCUPANCY_FILES),
]


def _tshark(path: Path, *arguments: str) -> list[list[str]]:
    """A row a probe request, of the fields asked for."""
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed; `make test` installs it (Debian package tshark)")
    command = ["tshark", "-n", "-r", str(path), "-Y", "wlan.fc.type_subtype==4", "-T", "fields", "-e", "frame.number"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def _probes(path: Path) -> Iterator[Probe]:
    for frame in capture.read(path):
        probe = frames.parse(frame.raw, frame.ts_ms, frame.link_type, no_class)
        if probe:
            yield probe


TX_FLAGS = 15  # on frames that the radio itself sent; see the last test
UNKNOWN_TO_TSHARK = {25, 26}  # tshark 4.0 stops at the first, and takes the second to say that no frame follows


def _random_header(chance: random.Random) -> bytes:
    """Any fields, in one to three namespaces of ours."""
    words = []
    for left in reversed(range(chance.randint(1, 3))):
        bits = chance.sample(sorted(set(air.SIZE) - UNKNOWN_TO_TSHARK - {TX_FLAGS}), chance.randint(0, 12))
        fields = {bit: chance.randbytes(air.SIZE[bit]) for bit in bits} | {air.FLAGS: b"\0"}
        words.append((fields, air.NAMESPACE | air.CHAIN if left else 0))
    return air.radiotap(*words)


def test_random_headers_are_read_as_tshark_reads_them(tmp_path: Path) -> None:
    """In 500 headers of random fields and namespaces, signal and frequency stand where another reader finds them.

    This holds our table of alignments, and that of these tests, to a third one.
    """
    chance = random.Random(7)
    raws = [_random_header(chance) + air.probe() for _ in range(500)]
    path = tmp_path / "random.pcap"
    path.write_bytes(air.pcap((0, raw) for raw in raws))
    theirs = _tshark(path, "-e", "radiotap.dbm_antsignal", "-e", "radiotap.channel.freq")
    assert len(raws) == len(theirs)
    for raw, (_, signals, channels) in zip(raws, theirs, strict=True):
        probe = frames.parse(raw, 0, LINK_RADIOTAP, no_class)
        assert probe is not None
        assert (signals.split(",")[0] or str(RSSI_UNKNOWN_DBM)) == str(probe.rssi_dbm)
        assert (channels.split(",")[0] or str(FREQ_UNKNOWN_MHZ)) == str(probe.freq_mhz)


@pytest.mark.shared_data
@pytest.mark.parametrize("name", REAL_FILES)
def test_as_many_probe_requests_as_tshark_counts(name: str, shared_data: Path) -> None:
    """On real captures, of phones and of a room, the count is exactly that of an independent reader."""
    counted = len(_tshark(shared_data / name))
    assert counted
    assert counted == sum(1 for _ in _probes(shared_data / name))


@pytest.mark.shared_data
@pytest.mark.parametrize("name", [REAL_FILES[1], REAL_FILES[-2]])
def test_fields_of_real_frames_are_those_tshark_reads(name: str, shared_data: Path) -> None:
    """Address, level, frequency and sequence number of the first 200 frames equal tshark's."""
    names = ("wlan.ta", "radiotap.dbm_antsignal", "radiotap.channel.freq", "wlan.seq")
    theirs = _tshark(shared_data / name, *(word for field in names for word in ("-e", field)))[:200]
    ours = [probe for probe, _ in zip(_probes(shared_data / name), range(200), strict=False)]
    assert [row[1:] for row in theirs] == [
        [probe.mac.hex(":"), str(probe.rssi_dbm), str(probe.freq_mhz), str(probe.seq)] for probe in ours
    ]
    assert len(ours) == 200


def test_a_frame_that_our_own_radio_sent_is_not_heard() -> None:
    """A monitor gets its radio's own frames back, marked by transmit flags: an access point that scans would count."""
    own = air.radiotap(({TX_FLAGS: b"\0\0", 17: b"\0"}, 0)) + air.probe()
    assert frames.parse(own, 0, frames.LINK_RADIOTAP, lambda _elements: 0) is None


# Stations of the venue's own networks.

OWN, OTHER = bytes.fromhex("5c628bd1e200"), bytes.fromhex("5c628bd1e201")


def _asking(control: int, bssid: bytes, header: bytes = HEADERS["a common sniffer's"][0]) -> bytes:
    frame = bytearray(air.probe(control=control))
    frame[4:10] = frame[16:22] = bssid
    return header + bytes(frame)


@pytest.mark.parametrize("control", [0x0000, 0x0020], ids=["association", "reassociation"])
@pytest.mark.parametrize("cut", [None, 24], ids=["whole", "header alone"])
def test_station_that_joins_our_own_network_is_read(control: int, cut: int | None) -> None:
    """Its address, level and frequency; no element is needed, because the filter lets none through."""
    raw = _asking(control, OWN)
    raw = raw[: len(raw) if cut is None else len(air.plain()) + cut]
    found = frames.association(raw, 5, LINK_RADIOTAP, {OWN})
    assert found is not None
    assert (found.mac, found.ts_ms, found.rssi_dbm, found.freq_mhz) == (air.PHONE, 5, -61, 2437)
    assert found.model_class == 0, "not known"
    bare = frames.association(_asking(control, OWN, b""), 5, LINK_IEEE802_11, {OWN})
    assert bare is not None
    assert bare.mac == air.PHONE


def test_station_is_read_behind_a_header_of_more_than_255_bytes() -> None:
    """The address of the network stands behind all of it."""
    header = _claim(air.plain().ljust(300, b"\xf7"))
    assert frames.association(_asking(0x0000, OWN, header), 5, LINK_RADIOTAP, {OWN}) is not None


def test_station_of_another_network_is_not_ours() -> None:
    """Only the venue's own BSSIDs, and only requests to join: not a probe, not a beacon, not data."""
    assert frames.association(_asking(0x0000, OTHER), 0, LINK_RADIOTAP, {OWN}) is None
    for control in KINDS:
        if control not in (0x00, 0x20):
            assert frames.association(_asking(control, OWN), 0, LINK_RADIOTAP, {OWN}) is None
    with pytest.raises(Malformed):
        frames.association(_asking(0x0000, OWN)[: len(air.plain()) + 23], 0, LINK_RADIOTAP, {OWN})
