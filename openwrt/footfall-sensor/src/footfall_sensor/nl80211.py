"""What is asked of a radio: its mode and its frequency. Generic netlink (linux/genetlink.h, linux/nl80211.h), by hand.

A failure is an OSError with the kernel's errno: EBUSY beside an access point, EPERM without CAP_NET_ADMIN, ENODEV where
the interface is gone, ENOENT where the kernel has no Wi-Fi at all.
"""

import errno
import os
import socket
from collections.abc import Iterator, Mapping
from struct import Struct

_GENERIC = 16  # NETLINK_GENERIC
_CONTROL = 0x10  # the family that knows the numbers of the others
_GET_FAMILY, _ATTR_FAMILY_ID, _ATTR_FAMILY_NAME = 3, 1, 2
_SET_WIPHY, _GET_INTERFACE = 2, 5
_ATTR_INDEX, _ATTR_FREQUENCY = 3, 38
_ERROR, _DONE = 2, 3  # message types; an error of number 0 is the acknowledgement
_REQUEST_ACKNOWLEDGED = 5  # NLM_F_REQUEST | NLM_F_ACK
_HEAD = Struct("=IHHII")  # length, type, flags, sequence, port: in the machine's byte order, as everything here
_GENERIC_HEAD = Struct("=BBH")  # command, version, reserved
_ATTRIBUTE = Struct("=HH")  # length with this head, type
_TYPE_MASK = 0x3FFF  # without the flags for nesting and byte order
_U16, _U32, _I32 = Struct("=H"), Struct("=I"), Struct("=i")
_ANSWER_BYTES_MAX = 64 << 10
_WAIT_S = 2.0  # the kernel answers at once, or a driver hangs


class Nl80211:
    """A conversation with the kernel about its radios. Raises OSError from every method, also from the start."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _GENERIC)
        self._sequence = 0
        try:
            self._socket.settimeout(_WAIT_S)
            self._socket.bind((0, 0))
            answer = self._ask(_CONTROL, _GET_FAMILY, {_ATTR_FAMILY_NAME: b"nl80211\0"})
            self._family = int(_U16.unpack_from(answer[_ATTR_FAMILY_ID])[0])
        except (OSError, KeyError):
            self._socket.close()
            raise

    def frequency_mhz(self, interface: str) -> int | None:
        """The frequency that the interface's radio is on, or None where it is on none."""
        answer = self._ask(self._family, _GET_INTERFACE, {_ATTR_INDEX: _index(interface)})
        raw = answer.get(_ATTR_FREQUENCY)
        return None if raw is None else int(_U32.unpack_from(raw)[0])

    def tune(self, interface: str, frequency_mhz: int) -> None:
        """Put the interface's radio on a frequency, 20 MHz wide."""
        asked = {_ATTR_INDEX: _index(interface), _ATTR_FREQUENCY: _U32.pack(frequency_mhz)}
        self._ask(self._family, _SET_WIPHY, asked)

    def close(self) -> None:
        """End the conversation."""
        self._socket.close()

    def _ask(self, family: int, command: int, asked: Mapping[int, bytes]) -> dict[int, bytes]:
        """Send one request; returns the attributes of its answer, by type, after its acknowledgement."""
        self._sequence += 1
        self._socket.send(request(family, command, asked, self._sequence))
        found: dict[int, bytes] = {}
        while True:
            for kind, sequence, payload in messages(self._socket.recv(_ANSWER_BYTES_MAX)):
                if sequence != self._sequence:
                    continue  # the answer to a request that timed out
                if kind == _ERROR:
                    code = -_I32.unpack_from(payload)[0]
                    if code:
                        raise OSError(code, os.strerror(code))
                    return found
                if kind == _DONE:
                    return found
                found.update(attributes(payload[_GENERIC_HEAD.size :]))


def request(family: int, command: int, asked: Mapping[int, bytes], sequence: int) -> bytes:
    """The bytes of a request that wants to be acknowledged."""
    body = _GENERIC_HEAD.pack(command, 1, 0) + b"".join(
        _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value + bytes(-len(value) % 4)
        for kind, value in asked.items()
    )
    return _HEAD.pack(_HEAD.size + len(body), family, _REQUEST_ACKNOWLEDGED, sequence, 0) + body


def messages(raw: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The messages in what was received: (type, sequence, payload). Ends where a length cannot be right."""
    at = 0
    while at + _HEAD.size <= len(raw):
        size, kind, _, sequence, _ = _HEAD.unpack_from(raw, at)
        if size < _HEAD.size or at + size > len(raw):
            return
        yield kind, sequence, raw[at + _HEAD.size : at + size]
        at += size + 3 & ~3


def attributes(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """The attributes in a payload: (type, value). Ends where a length cannot be right."""
    at = 0
    while at + _ATTRIBUTE.size <= len(raw):
        size, kind = _ATTRIBUTE.unpack_from(raw, at)
        if size < _ATTRIBUTE.size or at + size > len(raw):
            return
        yield kind & _TYPE_MASK, raw[at + _ATTRIBUTE.size : at + size]
        at += size + 3 & ~3


def _index(interface: str) -> bytes:
    """The interface's index. Raises OSError: ENODEV where it is gone."""
    try:
        return _U32.pack(socket.if_nametoindex(interface))
    except OSError as exc:
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV)) from exc
