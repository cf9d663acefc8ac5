"""Frames out of a packet socket: many at once from a ring that is shared with the kernel, else one by one.

The ring is TPACKET_V3 (linux/if_packet.h, Documentation/networking/packet_mmap): blocks that the kernel fills and hands
over when they are full, or RETIRE_MS after their first frame. A block costs one look at memory and no system call.
"""

import mmap
import socket
import time
from struct import Struct
from typing import NamedTuple, Protocol

from .bpf import SNAP_BYTES

SOL_PACKET = 263
_RX_RING, _VERSION = 5, 10
_TPACKET_V3 = 2
_BLOCK_BYTES = 32 << 10  # many small blocks: at a low rate each holds one frame, and must still last for a while
_FRAME_BYTES = 2048  # only checked against the block's size: in V3 frames lie as close as they can
RETIRE_MS = 250  # a frame waits at most so long in the ring; 16 blocks last 4 s at any low rate
_USER, _KERNEL = 1, 0  # whose a block is
_BLOCK = Struct("=III").unpack_from  # status, frames, offset of the first one; at offset 8 of the block
_FRAME = Struct("=IIIIIIH").unpack_from  # next, seconds, nanoseconds, kept, length, status, offset of the frame's bytes
_STATUS = Struct("=I").pack_into
_REQUEST = Struct("=7I").pack  # struct tpacket_req3
_REQUEST_BYTES = 28
_SO_RCVBUFFORCE = 33
_READS_MAX = 64  # frames that one `take` reads one by one


class Heard(NamedTuple):
    """One frame and its time by the monotonic clock."""

    ms: int
    raw: bytes


class Source(Protocol):
    """Where a packet socket's frames come from."""

    def take(self, now_ms: int) -> list[Heard]:
        """The frames that are there; never waits. Raises OSError where the interface went away."""

    def close(self) -> None:
        """Give the memory back."""


class Ring:
    """A ring of about `size_bytes` on `listening`. Raises OSError where the kernel refuses it."""

    def __init__(self, listening: socket.socket, size_bytes: int, now_ms: int) -> None:
        blocks = max(2, size_bytes // _BLOCK_BYTES)
        size = blocks * _BLOCK_BYTES
        listening.setsockopt(SOL_PACKET, _VERSION, _TPACKET_V3)
        listening.setsockopt(
            SOL_PACKET, _RX_RING, _REQUEST(_BLOCK_BYTES, blocks, _FRAME_BYTES, size // _FRAME_BYTES, RETIRE_MS, 0, 0)
        )
        try:
            self._memory = mmap.mmap(listening.fileno(), size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        except OSError:
            listening.setsockopt(SOL_PACKET, _RX_RING, bytes(_REQUEST_BYTES))  # else no frame would reach the socket
            raise
        self._size = size
        self._block = 0  # offset of the block that the kernel hands over next
        self._taken_ms = now_ms  # when it was looked at last

    def take(self, now_ms: int) -> list[Heard]:
        """See Source. One block at a time, so that what a call gives is bounded.

        The kernel stamps frames by the wall clock, which may be set between a frame and now: a frame is at most as old
        as the time since the last look, and never of the future.
        """
        memory, block = self._memory, self._block
        status, frames, at = _BLOCK(memory, block + 8)
        age_ms_max = now_ms - self._taken_ms + RETIRE_MS
        self._taken_ms = now_ms
        if not status & _USER:
            return []
        wall_ms = time.time_ns() // 1_000_000
        heard = []
        at += block
        for _ in range(frames):
            after, seconds, nanoseconds, kept, _, _, offset = _FRAME(memory, at)
            age_ms = wall_ms - seconds * 1000 - nanoseconds // 1_000_000
            age_ms = 0 if age_ms < 0 else age_ms if age_ms < age_ms_max else age_ms_max
            begin = at + offset
            heard.append(Heard(now_ms - age_ms, memory[begin : begin + kept]))
            at += after
        _STATUS(memory, block + 8, _KERNEL)
        self._block = (block + _BLOCK_BYTES) % self._size
        return heard

    def close(self) -> None:
        """See Source."""
        self._memory.close()


class OneByOne:
    """A system call a frame, for kernels that have no ring to give. `size_bytes`: what may wait in the socket."""

    def __init__(self, listening: socket.socket, size_bytes: int) -> None:
        self._socket = listening
        self._buffer = bytearray(SNAP_BYTES)
        self._view = memoryview(self._buffer)
        try:
            listening.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size_bytes)
        except PermissionError:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size_bytes)

    def take(self, now_ms: int) -> list[Heard]:
        """See Source."""
        heard: list[Heard] = []
        while len(heard) < _READS_MAX:
            try:
                size = self._socket.recv_into(self._buffer, 0, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            heard.append(Heard(now_ms, bytes(self._view[:size])))
        return heard

    def close(self) -> None:
        """See Source."""
        self._view.release()
