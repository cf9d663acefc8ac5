"""The least of an MQTT 3.1.1 client that a load needs: many connections by mutual TLS in one thread, QoS 1 both ways.

A sensor's own client would spend the machine on being a sensor. What the broker sees is the same: a connection a
sensor, its certificate's name as its user, PUBLISH and PUBACK.
"""

import selectors
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection
from struct import Struct

CONNECT, PUBLISH, PUBACK, SUBSCRIBE = 0x10, 0x32, 0x40, 0x82
KEEPALIVE_S = 600  # a benchmark is over before
WAIT_S = 20.0
READ_BYTES = 1 << 16
_U16 = Struct(">H")

Taken = Callable[["Wire", bytes], None]  # the connection, and a message's payload


@dataclass(slots=True)
class Wire:
    """One connection. `user`: tenant/sensor."""

    user: str
    socket: ssl.SSLSocket
    _read: bytearray = field(default_factory=bytearray)
    _unsent: bytearray = field(default_factory=bytearray)
    _packet: int = 0

    def publish(self, payloads: Sequence[bytes]) -> None:
        """Send batches, together; what the kernel does not take now goes when it can."""
        topic = f"footfall/1/{self.user}/batch".encode()
        for payload in payloads:
            self._packet = self._packet % 0xFFFF + 1
            head = _U16.pack(len(topic)) + topic + _U16.pack(self._packet)
            self._unsent += bytes((PUBLISH,)) + _length(len(head) + len(payload)) + head + payload
        self.flush()

    def flush(self) -> bool:
        """Send on; whether all is sent."""
        try:
            while self._unsent:
                del self._unsent[: self.socket.send(memoryview(self._unsent)[:16_384].tobytes())]
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return False
        return True

    def take(self, taken: Taken) -> None:
        """Read what is there, answer it, and hand on the payloads of messages. Raises ConnectionError."""
        while True:
            try:
                came = self.socket.recv(READ_BYTES)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            if not came:
                raise ConnectionError(f"the broker has cut {self.user} off")
            self._read += came
            for kind, body in packets(self._read):
                if kind & 0xF0 == PUBLISH & 0xF0:
                    topic_end = 2 + int.from_bytes(body[:2], "big")
                    self._unsent += bytes((PUBACK, 2)) + body[topic_end : topic_end + 2]
                    taken(self, body[topic_end + 2 :])
            self.flush()


def connect(host: str, port: int, user: str, context: ssl.SSLContext) -> Wire:
    """Connect as this user and subscribe to the collector's word. Raises OSError where that does not come about."""
    made = context.wrap_socket(create_connection((host, port), WAIT_S), server_hostname=host)
    made.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    client, topic = user.encode(), f"footfall/1/{user}/ack".encode()
    head = b"\x00\x04MQTT\x04\x02" + _U16.pack(KEEPALIVE_S) + _U16.pack(len(client)) + client
    asked = b"\x00\x01" + _U16.pack(len(topic)) + topic + b"\x01"
    made.sendall(bytes((CONNECT,)) + _length(len(head)) + head + bytes((SUBSCRIBE,)) + _length(len(asked)) + asked)
    answers = bytearray()
    while len(answers) < 9:  # CONNACK of 4 bytes, SUBACK of 5
        came = made.recv(64)
        if not came:
            raise ConnectionError(f"the broker does not let {user} in")
        answers += came
    if answers[3] or answers[8] > 1:
        raise ConnectionError(f"the broker refuses {user}: {answers.hex()}")
    made.setblocking(False)
    return Wire(user, made)


def context(authority: Path) -> ssl.SSLContext:
    """What one client needs before its certificate is loaded."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_verify_locations(authority)
    return made


class Wires:
    """Connections of one process."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, wire: Wire) -> None:
        """Watch a connection from now on."""
        self._selector.register(wire.socket, selectors.EVENT_READ, wire)

    def turn(self, wait_s: float, taken: Taken) -> None:
        """Wait so long for something to read, and read it."""
        for key, _ in self._selector.select(max(0.0, wait_s)):
            wire: Wire = key.data
            wire.take(taken)
            wanted = selectors.EVENT_READ if wire.flush() else selectors.EVENT_READ | selectors.EVENT_WRITE
            if wanted != key.events:
                self._selector.modify(key.fileobj, wanted, wire)


def _length(size: int) -> bytes:
    """MQTT's variable byte integer (3.1.1, section 2.2.3)."""
    said = bytearray()
    while True:
        size, low = size >> 7, size & 0x7F
        said.append(low | (0x80 if size else 0))
        if not size:
            return bytes(said)


def packets(read: bytearray) -> list[tuple[int, bytes]]:
    """Take whole packets off the front: first byte, and what follows the length."""
    found = []
    at = 0
    while True:
        size = shift = 0
        end = at + 1
        while end < len(read):
            size |= (read[end] & 0x7F) << shift
            shift += 7
            end += 1
            if not read[end - 1] & 0x80:
                break
        else:
            break
        if end + size > len(read):
            break
        found.append((read[at], bytes(read[end : end + size])))
        at = end + size
    del read[:at]
    return found
