"""The filter in the kernel: classic BPF that lets only the frames asked for reach Python, and only as much of them.

A program is a tuple of instructions (code, jt, jf, k) as in linux/filter.h; `bytecode` gives them in this machine's
byte order. Frames begin with a radiotap header whose length, u16 little-endian, stands at offset 2.
"""

from collections.abc import Iterable
from struct import Struct
from typing import NamedTuple

SNAP_BYTES = 512  # radiotap, header and all elements of nearly every probe request: 0.1 % of those measured are longer
HEADER_BYTES = 24  # an 802.11 header without HT control
KIND_BYTES = 2  # frame control: what a frame is, and not who sent it
RADIOTAP_BYTES_MIN = 8
NETWORKS_MAX = 32  # of one venue; an instruction list has at most 4096

SENT = 0x80  # in byte 5, transmit flags are present: the radio's own frame, given back to its monitor

PROBE_REQUEST, BEACON, ASSOCIATION, REASSOCIATION = 0x40, 0x80, 0x00, 0x20  # first byte of frame control, version 0

_LDB_ABS, _LDB_X, _LDH_X, _LD_X = 0x30, 0x50, 0x48, 0x40
_LSH, _ADD, _OR_X = 0x64, 0x04, 0x4C
_TAX, _TXA = 0x07, 0x87
_JEQ, _JGE, _JSET = 0x15, 0x35, 0x45
_RET_K, _RET_A = 0x06, 0x16
_ADDRESS_1 = 4  # receiver: the access point, in what a station sends to it
_PACK = Struct("=HBBI").pack


class Instruction(NamedTuple):
    """One instruction; a jump skips jt or jf of those that follow."""

    code: int
    jt: int
    jf: int
    k: int


Program = tuple[Instruction, ...]


def program(beacons: bool = False, networks: Iterable[bytes] = (), snap_bytes: int = SNAP_BYTES) -> Program:
    """Let probe requests pass, up to `snap_bytes` of each; everything else stops in the kernel, data frames always.

    beacons: let beacons pass, cut after frame control: they can be counted, and no address of theirs is seen.
    networks: BSSIDs (6 bytes each); (re)association requests to them pass, cut after their header.
    """
    listed = tuple(networks)
    _limit(listed)
    out = [
        Instruction(_LDB_ABS, 0, 0, 0),
        *_unless(_JEQ, 0),  # a radiotap of another version
        Instruction(_LDB_ABS, 0, 0, 5),
        Instruction(_JSET, 0, 1, SENT),
        Instruction(_RET_K, 0, 0, 0),
        Instruction(_LDB_ABS, 0, 0, 3),
        Instruction(_LSH, 0, 0, 8),
        Instruction(_TAX, 0, 0, 0),
        Instruction(_LDB_ABS, 0, 0, 2),
        Instruction(_OR_X, 0, 0, 0),
        *_unless(_JGE, RADIOTAP_BYTES_MIN),
        Instruction(_TAX, 0, 0, 0),  # X: where the 802.11 frame begins; a load beyond the frame's end refuses it
        Instruction(_LDB_X, 0, 0, 0),
        Instruction(_JEQ, 0, 1, PROBE_REQUEST),
        Instruction(_RET_K, 0, 0, snap_bytes),
    ]
    if beacons:
        out += [Instruction(_JEQ, 0, 3, BEACON), *_keep(KIND_BYTES)]
    if listed:
        out += [Instruction(_JEQ, 2, 0, ASSOCIATION), *_unless(_JEQ, REASSOCIATION)]
        for bssid in listed:
            out += [
                Instruction(_LD_X, 0, 0, _ADDRESS_1),
                Instruction(_JEQ, 0, 5, int.from_bytes(bssid[:4], "big")),
                Instruction(_LDH_X, 0, 0, _ADDRESS_1 + 4),
                Instruction(_JEQ, 0, 3, int.from_bytes(bssid[4:], "big")),
                *_keep(HEADER_BYTES),
            ]
    return (*out, Instruction(_RET_K, 0, 0, 0))


def bytecode(instructions: Program) -> bytes:
    """The program as the kernel reads it: struct sock_filter, one after the other."""
    return b"".join(_PACK(*instruction) for instruction in instructions)


def _limit(networks: tuple[bytes, ...]) -> None:
    if len(networks) > NETWORKS_MAX or any(len(bssid) != 6 for bssid in networks):
        raise ValueError(f"at most {NETWORKS_MAX} networks of 6 bytes each are wanted")


def _unless(jump: int, value: int) -> tuple[Instruction, ...]:
    """Refuse the frame unless the comparison with `value` holds."""
    return Instruction(jump, 1, 0, value), Instruction(_RET_K, 0, 0, 0)


def _keep(size: int) -> tuple[Instruction, ...]:
    """Let `size` bytes behind the radiotap header pass."""
    return Instruction(_TXA, 0, 0, 0), Instruction(_ADD, 0, 0, size), Instruction(_RET_A, 0, 0, 0)
