"""A TAP device of type radiotap: what is written to it, packet sockets receive as from a radio in monitor mode."""

import fcntl
import os
import socket
import struct
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized

ARPHRD_RADIOTAP = 803
_TUNSETIFF, _TUNSETLINK = 0x400454CA, 0x400454CD
_IFF_TAP, _IFF_NO_PI = 2, 0x1000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
SLOT_S = 0.001  # frames are written in bursts of a millisecond: a finer clock would measure the writer


class Tap:
    """The device, up, until `close`. Raises OSError where it cannot be made."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._file = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self._file, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TAP | _IFF_NO_PI))
        fcntl.ioctl(self._file, _TUNSETLINK, ARPHRD_RADIOTAP)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            answer = fcntl.ioctl(asking, _SIOCGIFFLAGS, struct.pack("16sH22x", name.encode(), 0))
            flags = struct.unpack_from("H", answer, 16)[0] | _IFF_UP
            fcntl.ioctl(asking, _SIOCSIFFLAGS, struct.pack("16sH22x", name.encode(), flags))

    def writer(self, frames: Sequence[bytes], count: int, rate_per_s: float) -> "Writer":
        """Begin to write `count` frames at this rate, in a process of its own."""
        return Writer(self._file, frames, count, rate_per_s)

    def hear(self, frame: bytes) -> None:
        """Let whoever listens on it receive one frame, radiotap header and all."""
        os.write(self._file, frame)

    def close(self) -> None:
        """Take it away."""
        os.close(self._file)


class Writer:
    """A process that writes frames to a TAP."""

    def __init__(self, file: int, frames: Sequence[bytes], count: int, rate_per_s: float) -> None:
        fork = get_context("fork")
        self._count = count
        self._took_s = fork.Value("d", 0.0)
        self._process = fork.Process(target=_write, args=(file, frames, count, rate_per_s, self._took_s))
        self._process.start()

    @property
    def writing(self) -> bool:
        """Whether it still writes."""
        return self._process.is_alive()

    def end(self) -> float:
        """Wait for its end. Returns the frames a second that it did write, which may be fewer than asked for."""
        self._process.join()
        return self._count / float(self._took_s.value)


def _write(file: int, frames: Sequence[bytes], count: int, rate_per_s: float, took_s: "Synchronized[float]") -> None:
    write, size, written = os.write, len(frames), 0
    began_s = time.perf_counter()
    while written < count:
        due = min(count, int((time.perf_counter() - began_s) * rate_per_s) + 1)
        for number in range(written, due):
            write(file, frames[number % size])
        written = max(written, due)
        if written < count:
            time.sleep(SLOT_S)
    took_s.value = time.perf_counter() - began_s
