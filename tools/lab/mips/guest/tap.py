"""An interface of type radiotap without a radio: what is written to its file is what it hears."""

import fcntl
import os
import socket
from struct import Struct

ARPHRD_RADIOTAP = 803
_TUNSETIFF, _TUNSETLINK = 0x800454CA, 0x800454CD  # as MIPS spells _IOW
_IFF_TAP, _IFF_NO_PI, _IFF_UP = 2, 0x1000, 1
_SIOCSIFFLAGS = 0x8914
_NAMED = Struct("=16sH22x")


def open_tap(name: str) -> int:
    """Make the interface, up and in monitor mode; returns its file. Closing it takes the interface away."""
    file = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(file, _TUNSETIFF, _NAMED.pack(name.encode(), _IFF_TAP | _IFF_NO_PI))
    fcntl.ioctl(file, _TUNSETLINK, ARPHRD_RADIOTAP)  # only while it is down
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        fcntl.ioctl(asking, _SIOCSIFFLAGS, _NAMED.pack(name.encode(), _IFF_UP))
    return file
