"""A network interface as the kernel sees it: is it there, is it up, is it in monitor mode; and how to kick it.

By ioctl on a socket of its own and not by /sys, which a jail may hide. Numbers are those of linux/sockios.h, linux/if.h
and linux/if_arp.h.
"""

import errno
import fcntl
import socket
from enum import Enum
from struct import Struct

ARPHRD_RADIOTAP = 803  # ARPHRD_IEEE80211_RADIOTAP: an interface in monitor mode
_GET_FLAGS, _SET_FLAGS, _GET_HARDWARE, _GET_INDEX = 0x8913, 0x8914, 0x8927, 0x8933
_IFF_UP = 1
_NAMED = Struct("=16s24x")  # struct ifreq, at its longest: 40 bytes
_SHORT, _INT = Struct("=16sH22x"), Struct("=16si20x")  # with flags or address family, and with an index


class Link(Enum):
    """What an interface is good for; the values are the words for it in health and status."""

    LISTENING = "listening"
    GONE = "gone"
    DOWN = "down"
    NOT_MONITOR = "not_monitor"
    NO_PERMISSION = "no_permission"  # to listen; this and the next only an attempt can tell
    REFUSED = "refused"  # by the kernel, for another reason


class Interface:
    """One interface by name; it need not be there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def look(self) -> tuple[Link, int]:
        """Its state, and its index (0 where it is gone): an interface that is made anew has another one."""
        try:
            index = int(_INT.unpack(self._ask(_GET_INDEX))[1])
            if not self._flags() & _IFF_UP:
                return Link.DOWN, index
            monitors = _SHORT.unpack(self._ask(_GET_HARDWARE))[1] == ARPHRD_RADIOTAP
        except OSError as exc:
            if exc.errno in (errno.ENODEV, errno.ENXIO):
                return Link.GONE, 0
            raise
        return (Link.LISTENING if monitors else Link.NOT_MONITOR), index

    def kick(self) -> None:
        """Take it down and up again, so that a receiver that hangs begins anew. Raises OSError."""
        flags = self._flags()
        self._set(flags & ~_IFF_UP)
        self._set(flags | _IFF_UP)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    def _flags(self) -> int:
        return int(_SHORT.unpack(self._ask(_GET_FLAGS))[1])

    def _ask(self, request: int) -> bytes:
        return fcntl.ioctl(self._socket, request, _NAMED.pack(self.name.encode()))

    def _set(self, flags: int) -> None:
        fcntl.ioctl(self._socket, _SET_FLAGS, _SHORT.pack(self.name.encode(), flags))
