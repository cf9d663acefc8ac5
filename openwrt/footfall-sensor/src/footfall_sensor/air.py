"""The air: an interface in monitor mode that is listened to, and nothing else.

The socket is of protocol 0 until its filter is attached and it is bound, so nothing unfiltered ever gets in. There is
no way to send: the class has none, and the socket is never given away.
"""

import array
import errno
import select
import socket
import time
from collections.abc import Callable
from struct import Struct

from . import bpf
from .interface import ARPHRD_RADIOTAP, Interface, Link
from .ring import SOL_PACKET, Heard, OneByOne, Ring, Source

RETRY_S_MIN, RETRY_S_MAX = 1.0, 10.0  # a technician waits beside the unit; an attempt costs a few system calls
_ATTACH_FILTER = 26
_STATISTICS, _IGNORE_OUTGOING = 6, 23
_ETH_P_ALL = 3
_FILTER = Struct("@HP").pack  # struct sock_fprog: instructions, and where they are
_COUNTS = Struct("=II").unpack_from  # struct tpacket_stats: packets with drops, drops
_COUNTS_BYTES = 12  # of a ring; without one the kernel gives the first 8


class Air:
    """Frames of one interface. It may go, be switched off, be no monitor, come back: `state` says so, never an error.

    networks: BSSIDs whose stations' (re)association requests are heard too. now_ms: the monotonic clock.
    """

    def __init__(self, interface: str, ring_kib: int, networks: tuple[bytes, ...], now_ms: Callable[[], int]) -> None:
        self.state = Link.GONE
        self.received_total = 0  # frames that passed the filter, those dropped included
        self.kernel_drops_total = 0  # by the kernel, because we were too slow
        self.beacons_total = 0
        self.in_blocks = False  # whether the kernel gave a ring
        self.interface = Interface(interface)
        self._ring_bytes = ring_kib << 10
        self._networks = networks
        self._now_ms = now_ms
        self._beacons = False
        self._sifting = False  # beacons may be among the frames: the filter lets them in, or did a moment ago
        self._socket: socket.socket | None = None
        self._source: Source | None = None
        self._poll = select.poll()
        self._index = 0
        self._failed: Link | None = None
        self._retry_s = RETRY_S_MIN
        self._next_try_s = 0.0

    def look(self) -> Link:
        """Look at the interface, listen to it where that is possible, and read the kernel's counters. Once a second."""
        state, index = self.interface.look()
        if self._socket is not None:
            self._count(self._socket)
            if index != self._index or state is Link.NOT_MONITOR:
                self._hang_up()
        if state is Link.LISTENING and self._socket is None:
            state = self._attempt(index)
        self.state = state
        return state

    def read(self, wait_ms: int) -> list[Heard]:
        """Frames that have come, after waiting at most `wait_ms` for the first; beacons are counted and left out."""
        source = self._source
        if source is None or self.state is not Link.LISTENING:
            time.sleep(wait_ms / 1000)
            return []
        try:
            heard = source.take(self._now_ms())
            if not heard and wait_ms:
                self._wait(wait_ms)
                heard = source.take(self._now_ms())
        except OSError:  # it was switched off or taken away; the next look says which
            self.state = Link.DOWN
            return []
        if not self._sifting:
            return heard
        if not heard and not self._beacons:
            self._sifting = False
        return self._without_beacons(heard)

    def count_beacons(self, wanted: bool) -> None:
        """Let beacons through the filter, cut to their kind, so that they can be counted; or stop that."""
        if wanted != self._beacons:
            self._beacons = wanted
            self._sifting = True
            if self._socket is not None:
                self._attach(self._socket)

    def kick(self) -> bool:
        """Take the interface down and up, for a receiver that hangs; False where that is not allowed."""
        try:
            self.interface.kick()
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Stop listening for good."""
        self._hang_up()
        self.interface.close()

    def _hang_up(self) -> None:
        if self._source is not None:
            self._source.close()
            self._source = None
        if self._socket is not None:
            self._poll.unregister(self._socket)
            self._socket.close()
            self._socket = None

    def _wait(self, wait_ms: int) -> None:
        for _, events in self._poll.poll(wait_ms):
            if events & ~select.POLLIN and self._socket is not None:
                code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # asked once, it is gone
                raise OSError(code, "the interface")

    def _without_beacons(self, heard: list[Heard]) -> list[Heard]:
        kept = [frame for frame in heard if frame.raw[frame.raw[2] | frame.raw[3] << 8] != bpf.BEACON]
        self.beacons_total += len(heard) - len(kept)
        return kept

    def _attempt(self, index: int) -> Link:
        """Listen, unless an attempt failed a moment ago. Returns the state that this leads to."""
        now_s = self._now_ms() / 1000
        if self._failed is not None and now_s < self._next_try_s:
            return self._failed
        try:
            self._failed = self._open()
        except PermissionError:
            self._failed = Link.NO_PERMISSION
        except OSError as exc:
            self._failed = Link.GONE if exc.errno in (errno.ENODEV, errno.ENXIO) else Link.REFUSED
        if self._failed is None:
            self._index, self._retry_s = index, RETRY_S_MIN
            return Link.LISTENING
        self._next_try_s = now_s + self._retry_s
        self._retry_s = min(2 * self._retry_s, RETRY_S_MAX)
        return self._failed

    def _open(self) -> Link | None:
        """Listen. Returns what the interface is where it turned out to be no monitor. Raises OSError."""
        listening = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        try:
            self._attach(listening)
            source = self._source_of(listening)
            try:
                listening.setsockopt(SOL_PACKET, _IGNORE_OUTGOING, 1)
            except OSError as exc:
                if exc.errno != errno.ENOPROTOOPT:  # Linux before 4.20: then the filter alone keeps the rest away
                    raise
            listening.bind((self.interface.name, _ETH_P_ALL))
            if listening.getsockname()[3] != ARPHRD_RADIOTAP:
                source.close()
                listening.close()
                return Link.NOT_MONITOR
        except OSError:
            listening.close()
            raise
        self._socket, self._source = listening, source
        self._poll.register(listening, select.POLLIN)
        return None

    def _source_of(self, listening: socket.socket) -> Source:
        try:
            source: Source = Ring(listening, self._ring_bytes, self._now_ms())
        except OSError:
            self.in_blocks = False
            return OneByOne(listening, self._ring_bytes)
        self.in_blocks = True
        return source

    def _attach(self, listening: socket.socket) -> None:
        program = bpf.program(self._beacons, self._networks)
        code = array.array("B", bpf.bytecode(program))
        listening.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, _FILTER(len(program), code.buffer_info()[0]))

    def _count(self, listening: socket.socket) -> None:
        """Reading the kernel's counters sets them back, so they are added up here."""
        received, dropped = _COUNTS(listening.getsockopt(SOL_PACKET, _STATISTICS, _COUNTS_BYTES))
        self.received_total += received
        self.kernel_drops_total += dropped
