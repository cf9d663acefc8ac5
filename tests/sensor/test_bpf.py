"""The filter: what it lets through, by a second reading of its instructions, by another rule, and by the kernel."""

import array
import random
import socket
import struct

import air
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor import bpf, frames
from footfall_sensor.bpf import HEADER_BYTES, KIND_BYTES, NETWORKS_MAX, SNAP_BYTES, Program
from footfall_sensor.errors import Malformed
from footfall_sensor.pseudonym import no_class

OWN = bytes.fromhex("5c628bd1e200")
OTHER = bytes.fromhex("5c628bd1e201")
PROGRAMS = {
    "probe requests": bpf.program(),
    "and beacons": bpf.program(beacons=True),
    "and our own stations": bpf.program(networks=(OTHER[::-1], OWN)),
    "everything": bpf.program(beacons=True, networks=(OWN,)),
}


def run(program: Program, frame: bytes) -> int:
    """How many bytes of `frame` the kernel would keep: classic BPF as its Documentation/networking/filter says."""
    a = x = at = 0
    while True:
        code, jt, jf, k = program[at]
        at += 1
        match code:
            case 0x30 | 0x50 | 0x48 | 0x40:  # load a byte; a byte, a half and a word at X + k
                place = k if code == 0x30 else x + k
                size = {0x30: 1, 0x50: 1, 0x48: 2, 0x40: 4}[code]
                if place + size > len(frame):
                    return 0
                a = int.from_bytes(frame[place : place + size], "big")
            case 0x64:
                a = a << k & 0xFFFFFFFF
            case 0x04:
                a = a + k & 0xFFFFFFFF
            case 0x4C:
                a |= x
            case 0x07:
                x = a
            case 0x87:
                a = x
            case 0x15:
                at += jt if a == k else jf
            case 0x35:
                at += jt if a >= k else jf
            case 0x45:
                at += jt if a & k else jf
            case 0x06:
                return min(k, len(frame))
            case 0x16:
                return min(a, len(frame))
            case _:
                raise AssertionError(f"{code:#x} is not used here")


def expected(name: str, frame: bytes) -> int:
    """The same rule in one's own words."""
    if len(frame) < 6 or frame[0] or frame[5] & 0x80:  # too short, of another version, or sent by this very radio
        return 0
    start = struct.unpack_from("<H", frame, 2)[0]
    if start < 8 or start >= len(frame):
        return 0
    kind = frame[start]
    if kind == 0x40:
        return min(SNAP_BYTES, len(frame))
    if kind == 0x80 and name in ("and beacons", "everything"):
        return min(start + KIND_BYTES, len(frame))
    networks = {"and our own stations": (OTHER[::-1], OWN), "everything": (OWN,)}.get(name, ())
    if kind in (0x00, 0x20) and frame[start + 4 : start + 10] in networks:
        return min(start + HEADER_BYTES, len(frame))
    return 0


HEADERS = (
    air.plain(),
    air.radiotap(({}, 0)),
    air.radiotap(({air.TSFT: bytes(8), air.CHANNEL: air.channel(2412), air.SIGNAL: air.signal(-40)}, 0)),
    air.radiotap(({air.SIGNAL: air.signal(-1)}, air.NAMESPACE | air.CHAIN), ({air.ANTENNA: b"\1"}, 0)),
    air.radiotap(({}, 0)) + bytes(300),  # longer than 255: both bytes of the length count
)


def _frame(header: bytes, control: int, receiver: bytes = b"\xff" * 6) -> bytes:
    header = header[:2] + struct.pack("<H", len(header)) + header[4:]
    return header + struct.pack("<HH", control, 0) + receiver + air.PHONE + receiver + b"\0\0" + air.ELEMENTS


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("header", HEADERS, ids=len)
def test_every_kind_of_frame_passes_or_does_not(name: str, header: bytes) -> None:
    """All 256 values of the first byte, to our own network and to others; data frames never pass."""
    passed = set()
    for control in range(256):
        for receiver in (b"\xff" * 6, OWN, OTHER):
            frame = _frame(header, control, receiver)
            kept = run(PROGRAMS[name], frame)
            assert expected(name, frame) == kept
            if kept:
                passed.add(control)
    assert 0x40 in passed
    assert not [control for control in passed if control & 0x0C == 0x08]
    assert passed <= {0x40, 0x80, 0x00, 0x20}


def test_what_the_radio_itself_sent_is_not_heard() -> None:
    """Beside an access point its own frames come back with transmit flags: they would hide that it is deaf."""
    sent = air.radiotap(({air.RATE: b"\2", 15: b"\0\0", 17: b"\0"}, 0))
    for name, program in PROGRAMS.items():
        for control in (0x40, 0x80):
            assert run(program, _frame(sent, control)) == 0, name


def test_whole_probe_request_of_ordinary_length_is_kept() -> None:
    """The snap length is the filter's answer, and cuts only what is longer."""
    short, long = _frame(HEADERS[0], 0x40), _frame(HEADERS[0], 0x40) + bytes(600)
    assert (len(short), SNAP_BYTES) == (run(bpf.program(), short), run(bpf.program(), long))


def test_address_of_an_access_point_never_gets_in() -> None:
    """A beacon is cut after frame control: not one byte of an address is left."""
    beacon = _frame(HEADERS[0], 0x80)
    kept = beacon[: run(bpf.program(beacons=True), beacon)]
    assert beacon[: len(HEADERS[0]) + 2] == kept


def test_only_the_header_of_a_station_is_kept() -> None:
    """Of an association request no element gets in, and so no network's name."""
    asking = _frame(HEADERS[0], 0x00, OWN)
    assert run(PROGRAMS["everything"], asking) == len(HEADERS[0]) + 24


@given(st.sampled_from(sorted(PROGRAMS)), st.integers(0, 2**32))
def test_mutated_frames_pass_by_the_same_rule(name: str, seed: int) -> None:
    """Cut, bent, of random lengths and versions: the instructions and the rule in words agree on every frame."""
    chance = random.Random(seed)
    frame = bytearray(_frame(chance.choice(HEADERS), chance.choice((0x40, 0x80, 0, 0x20, 0x08, 0xD0)), OWN))
    for _ in range(chance.randrange(4)):
        frame[chance.choice((0, 2, 3, 5, chance.randrange(len(frame))))] = chance.randrange(256)
    raw = bytes(frame[: chance.choice((len(frame), chance.randrange(len(frame))))])
    assert expected(name, raw) == run(PROGRAMS[name], raw)


@given(st.binary(max_size=600))
def test_any_bytes_at_all_are_decided_on(raw: bytes) -> None:
    """No frame can lead the filter beyond its end."""
    for name, program in PROGRAMS.items():
        assert expected(name, raw) == run(program, raw)


def test_filter_and_parser_mean_the_same_frames() -> None:
    """What the plain filter lets through is what the parser takes for a probe request, or for a broken one."""
    for control in range(256):
        raw = _frame(HEADERS[0], control)
        try:
            found = frames.parse(raw, 0, frames.LINK_RADIOTAP, no_class)
        except Malformed:
            continue  # a protocol version that nobody has defined
        assert bool(run(bpf.program(), raw)) == (found is not None)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_kernel_takes_the_program(name: str) -> None:
    """The kernel checks every jump and every instruction before it takes a filter; any socket will do for that."""
    code = array.array("B", bpf.bytecode(PROGRAMS[name]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taking:
        taking.setsockopt(socket.SOL_SOCKET, 26, struct.pack("@HP", len(PROGRAMS[name]), code.buffer_info()[0]))


def test_networks_are_limited() -> None:
    """As many as a venue has, of the length that addresses have."""
    bpf.program(networks=[bytes([number]) * 6 for number in range(NETWORKS_MAX)])
    for wrong in ([OWN] * (NETWORKS_MAX + 1), [OWN[:5]]):
        with pytest.raises(ValueError, match="networks"):
            bpf.program(networks=wrong)
