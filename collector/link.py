"""The link to the broker: paho's client, and a socket below it, that take and answer messages in bulk.

paho reads a message's first bytes one by one, and sends each PUBACK by itself. With TLS every one of these is a call
into OpenSSL that lets go of Python's lock, and gets it back when the thread that verifies has done something else.
"""

import struct
from collections.abc import Sequence

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes

from footfall_sensor import tls

READ_BYTES = 16 * 1024  # what a record of TLS holds at most
PUBACK = struct.Struct("!BBH")  # type, remaining length, message id: MQTT 3.1.1 section 3.4, and of 5 its short form
PUBACK_TYPE = PacketTypes.PUBACK << 4
PUBACKS_A_PACKET = 4000  # 16,000 bytes: a record


class Socket(tls.Socket):
    """Reads what has come, and gives out of it what is asked for."""

    _read: bytes = b""  # not __init__: the ssl module makes sockets without it
    _at: int = 0

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """See ssl.SSLSocket."""
        if self._at == len(self._read):
            self._read, self._at = super().recv(max(READ_BYTES, buflen), flags), 0
        found = self._read[self._at : self._at + buflen]
        self._at += len(found)
        return found

    def pending(self) -> int:
        """Bytes that can be had without waiting: paho asks before it waits for more."""
        return len(self._read) - self._at + super().pending()


class Client(mqtt.Client):
    """paho's client, which can acknowledge many messages at once."""

    def ack_all(self, mids: Sequence[int]) -> None:
        """A PUBACK for each of these messages of QoS 1, sent together."""
        for start in range(0, len(mids), PUBACKS_A_PACKET):
            some = mids[start : start + PUBACKS_A_PACKET]
            packed = b"".join(PUBACK.pack(PUBACK_TYPE, PUBACK.size - 2, mid) for mid in some)
            # Inherited, and the same since paho 1: what `ack` itself calls for each.
            self._packet_queue(PUBACK_TYPE, packed, some[0], 1)
