"""A real interface of type radiotap, without a radio: a TAP device of its own network namespace.

The kernel's own packet sockets, filters, rings and counters work on it as on a monitor interface. What is written to
the TAP is what the interface "hears"; what the kernel would send by it can be read from the TAP.
"""

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path
from types import TracebackType

import pytest

TUN = Path("/dev/net/tun")
ARPHRD_ETHER, ARPHRD_RADIOTAP = 1, 803
_TUNSETIFF, _TUNSETLINK = 0x400454CA, 0x400454CD
_IFF_TAP, _IFF_NO_PI = 2, 0x1000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


def skip_unless_possible() -> None:
    """Skip the test where it may not make interfaces."""
    if os.geteuid() or not TUN.exists():
        pytest.skip("making network interfaces needs root and /dev/net/tun; run `sudo make test`, or see CI")


class Namespace:
    """A network namespace with a loopback of its own, for this thread and whatever it starts. A context manager."""

    def __enter__(self) -> "Namespace":
        self._before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        if _LIBC.unshare(_CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "unshare")
        switch("lo", on=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if _LIBC.setns(self._before, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(self._before)


def switch(interface: str, on: bool) -> None:
    """Take an interface up or down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asked = fcntl.ioctl(asking, _SIOCGIFFLAGS, struct.pack("16sH22x", interface.encode(), 0))
        flags = struct.unpack_from("H", asked, 16)[0]
        flags = flags | _IFF_UP if on else flags & ~_IFF_UP
        fcntl.ioctl(asking, _SIOCSIFFLAGS, struct.pack("16sH22x", interface.encode(), flags))


class Tap:
    """One such interface; it is gone after `close`."""

    def __init__(self, name: str = "mon0", link: int = ARPHRD_RADIOTAP, on: bool = True) -> None:
        self.name = name
        self._file = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self._file, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TAP | _IFF_NO_PI))
        fcntl.ioctl(self._file, _TUNSETLINK, link)  # only while it is down
        if on:
            self.switch(on=True)

    def switch(self, on: bool) -> None:
        """Take it up or down."""
        switch(self.name, on)

    def hear(self, *frames: bytes) -> None:
        """Let the interface receive these."""
        for frame in frames:
            os.write(self._file, frame)

    def sent(self) -> list[bytes]:
        """Everything that was sent by the interface and not asked for yet."""
        frames = []
        while True:
            try:
                frames.append(os.read(self._file, 65536))
            except BlockingIOError:
                return frames
            except OSError:  # it is down
                return frames

    def close(self) -> None:
        """Take it away; again is no fault."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> "Tap":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
