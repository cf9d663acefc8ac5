"""The link to the broker: paho's client, and a socket below it, that take and answer messages in bulk.

paho reads a message's first bytes one by one, asks the kernel between any two messages, makes five objects of each,
and sends each PUBACK by itself. With TLS every read and write is a call into OpenSSL that lets go of Python's lock, and
gets it back when the thread that verifies has done something else. Connecting, subscribing, publishing, pings and
whatever is no message of QoS 1 in its usual form stay paho's.
"""

import socket
import ssl
import struct
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes

from footfall_sensor import tls

READ_BYTES = 16 * 1024  # what a record of TLS holds at most
PUBACK = struct.Struct("!BBH")  # type, remaining length, message id: MQTT 3.1.1 section 3.4, and of 5 its short form
PUBACK_TYPE = PacketTypes.PUBACK << 4
PUBACKS_A_PACKET = 4000  # 16,000 bytes: a record
MESSAGES_A_TURN = 64  # of reading, before pings and what is to be sent have theirs
HEAD_BYTES = 7  # of a PUBLISH at least: type, length, length of the topic, message id
_PUBLISH_QOS_1, _NEITHER_DUP_NOR_RETAIN = 0x32, 0xF6


class Came(NamedTuple):
    """A message of QoS 1 as it came."""

    topic: str
    payload: bytes
    mid: int  # what its PUBACK names


def message(read: bytes, at: int, *, properties: bool) -> tuple[Came, int] | None:
    """The PUBLISH of QoS 1 that begins at `at`, and where it ends (MQTT 5, section 3.3; 3.1.1 has no properties).

    None where something else begins there, where it is not whole, and where it is of a form that is left to paho.
    """
    if len(read) - at < HEAD_BYTES or read[at] & _NEITHER_DUP_NOR_RETAIN != _PUBLISH_QOS_1:
        return None
    size = shift = 0
    for low in read[at + 1 : at + 4]:  # three bytes tell of 2 MiB
        size |= (low & 0x7F) << shift
        shift += 7
        if low < 0x80:
            break
    else:
        return None
    begin = at + 1 + shift // 7
    end = begin + size
    topic_end = begin + 2 + int.from_bytes(read[begin : begin + 2], "big")
    payload_at = topic_end + 2
    if properties and payload_at < len(read):
        if read[payload_at] >= 0x80:
            return None
        payload_at += 1 + read[payload_at]
    if end > len(read) or payload_at > end:
        return None
    topic = read[begin + 2 : topic_end].decode(errors="replace")  # a broker lets none but UTF-8 through
    return Came(topic, read[payload_at:end], int.from_bytes(read[topic_end : topic_end + 2], "big")), end


class Socket(tls.Socket):
    """Reads what has come, and gives out of it what is asked for."""

    _read: bytes = b""  # not __init__: the ssl module makes sockets without it
    _at: int = 0

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """See ssl.SSLSocket."""
        if self._at == len(self._read):
            self._fill(flags)
        found = self._read[self._at : self._at + buflen]
        self._at += len(found)
        return found

    def message(self, *, properties: bool) -> Came | None:
        """The next message, if that is what has come next, and has come whole; else nothing is taken."""
        if self._at == len(self._read):
            self._fill()
        found = message(self._read, self._at, properties=properties)
        if found is None:
            return None
        came, self._at = found
        return came

    def pending(self) -> int:
        """Bytes that can be had without waiting: paho asks before it waits for more."""
        return len(self._read) - self._at + super().pending()

    def _fill(self, flags: int = 0) -> None:
        self._read, self._at = super().recv(READ_BYTES, flags), 0


class Client(mqtt.Client):
    """paho's client, which can take and acknowledge many messages at once.

    What it overrides and calls of paho is inherited and the same in all of paho 2: `loop_read` and its two parts, the
    state of the packet that is being read, how it reaches a host, and what `ack` itself calls for each.
    """

    others: Sequence[str] = ()  # further hosts, on the same port: whoever answers first, another one each time
    _attempts: int = 0
    on_messages: Callable[["Client", Sequence[Came]], None] | None = None  # in place of on_message, with TLS

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """See paho's: read what has come. As many messages as have come at once, or one packet of any kind."""
        sock = self._sock
        if self.on_messages is None or not isinstance(sock, Socket):
            return super().loop_read(max_packets)
        came: list[Came] = []
        if self._in_packet["command"] or self._take(sock, came):
            return self._one()
        if came:
            self._last_bytes_received = time.monotonic()
            self.on_messages(self, came)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _one(self) -> MQTTErrorCode:
        """One packet of any kind, as paho reads it.

        paho's own `loop_read` goes on for as many packets as there are messages of ours without an answer: after each
        commit hundreds, and the messages among them would be read the long way.
        """
        done = self._packet_read()
        return self._loop_rc_handle(done) if done > 0 else MQTTErrorCode.MQTT_ERR_SUCCESS

    def _create_socket_connection(self) -> socket.socket:
        """See paho's: TCP to a host, here to one of several."""
        hosts = [self._host, *self.others]
        first = self._attempts % len(hosts)
        self._attempts += 1  # the next time begins with another: this one may accept, and be no use
        reason = OSError("there is no host")
        for host in hosts[first:] + hosts[:first]:
            try:
                return socket.create_connection((host, self._port), timeout=self._connect_timeout)
            except OSError as exc:
                reason = exc
        raise reason

    def _take(self, sock: Socket, came: list[Came]) -> bool:
        """Read messages; whether there is something else to read."""
        properties = self._protocol == MQTTProtocolVersion.MQTTv5
        try:
            while len(came) < MESSAGES_A_TURN and (one := sock.message(properties=properties)) is not None:
                came.append(one)
        except ssl.SSLWantReadError:
            return False  # of a record there is a part at most
        except OSError:
            pass  # the connection is broken, or wants to write: paho finds that out when it reads
        return not came

    def ack_all(self, mids: Sequence[int]) -> None:
        """A PUBACK for each of these messages of QoS 1, sent together."""
        for start in range(0, len(mids), PUBACKS_A_PACKET):
            some = mids[start : start + PUBACKS_A_PACKET]
            packed = b"".join(PUBACK.pack(PUBACK_TYPE, PUBACK.size - 2, mid) for mid in some)
            self._packet_queue(PUBACK_TYPE, packed, some[0], 1)
