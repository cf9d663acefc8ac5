"""An MQTT connection by mutual TLS that never blocks: there are many of them in one thread, see lines.

A sensor's own client would spend the machine on being a sensor. What the broker sees is the same: a connection a
sensor, its certificate's name as its user, will, subscriptions, PUBLISH and PUBACK. Left out, against a real one: it
takes the broker's certificate without looking at its names, and tries one version of MQTT only.
"""

import errno
import selectors
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from struct import pack
from typing import Protocol

from tools.load import packets
from tools.load.packets import Type

READ_BYTES = 1 << 16
SEND_BYTES = 16_384  # a TLS record
_RESET = pack("ii", 1, 0)  # SO_LINGER: on, 0 s
_LATER = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
_BEGUN = (0, errno.EINPROGRESS)


class State(Enum):
    """Where a connection stands."""

    DOWN = 0
    DIALLING = 1  # TCP
    SHAKING = 2  # TLS
    ASKING = 3  # CONNECT and SUBSCRIBE are on their way
    UP = 4


@dataclass(frozen=True, slots=True)
class Who:
    """One sensor at the broker. user: tenant/sensor; paths of PEM files."""

    user: str
    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class Broker:
    """Where all of them connect."""

    host: str
    port: int
    authority: str
    keepalive_s: int = 120
    others: tuple[str, ...] = ()  # further hosts, on the same port: each connection begins with another one
    version: str = "5"  # or 3.1.1
    subscribe_qos: int = 1


class Hearer(Protocol):
    """Who is told what becomes of connections."""

    def came_up(self, line: "Line") -> None:
        """It stands, its subscriptions are granted."""

    def went(self, line: "Line", why: str) -> None:
        """It does not stand any more, or did not come to."""

    def taken(self, line: "Line", leaf: str, payload: bytes) -> None:
        """A message came under the topic's last level."""


class Line:
    """One connection, which may be opened again. `will`: the payload of the next connection's."""

    def __init__(self, who: Who, broker: Broker, leaves: Sequence[str], number: int = 0) -> None:
        """leaves: last levels of the topics to be sent; number: the owner's own."""
        self.who = who
        self.number = number
        self.state = State.DOWN
        self.will: bytes | None = None
        self._broker = broker
        self._form = packets.FORMS[broker.version]
        self._prefix = f"footfall/1/{who.user}/"
        self._leaves = leaves
        self._socket: socket.socket | None = None
        self._read = bytearray()
        self._unsent = bytearray()
        self._packet = 0
        self._dials = number  # so that they are spread over the hosts

    @property
    def up(self) -> bool:
        """Whether messages can be sent."""
        return self.state is State.UP

    @property
    def wanted(self) -> int:
        """What the selector is to wait for."""
        writes = self._unsent or self.state is State.DIALLING
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if writes else 0)

    def dial(self) -> socket.socket:
        """Begin to connect. Raises OSError."""
        made = socket.socket()
        try:
            made.setblocking(False)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            hosts = (self._broker.host, *self._broker.others)
            code = made.connect_ex((hosts[self._dials % len(hosts)], self._broker.port))
            self._dials += 1
            if code not in _BEGUN:
                raise OSError(code, "cannot connect")
        except OSError:
            made.close()
            raise
        self._read.clear()
        self._unsent.clear()
        self._packet = 0
        self.state, self._socket = State.DIALLING, made
        return made

    def publish(self, leaf: str, payloads: Sequence[bytes]) -> None:
        """Queue messages; `flush` sends them."""
        for payload in payloads:
            self._packet = self._packet % 0xFFFF + 1
            self._unsent += packets.publish(self._packet, self._prefix + leaf, payload, self._form)

    def ping(self) -> None:
        """Queue a sign of life."""
        self._unsent += packets.PING

    def flush(self) -> None:
        """Send what the kernel takes. Raises OSError."""
        if self._socket is None:
            return  # who heard the last message has closed it
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(memoryview(self._unsent)[:SEND_BYTES].tobytes())]
        except _LATER:
            return

    def go_on(self, hearer: Hearer) -> None:
        """Do what the connection is ready for. Raises OSError (ssl.SSLError is one) where it ends."""
        if self.state is State.DIALLING:
            self._dialled()
        if self.state is State.SHAKING:
            self._shake()
        if self.state in (State.ASKING, State.UP):
            self._take(hearer)
            self.flush()

    def close(self, *, reset: bool = False) -> None:
        """End it: with a goodbye, or as a cut cable does."""
        if self._socket is None:
            return
        if reset:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        elif self.up:
            self._unsent += packets.GOODBYE
            with suppress(OSError):  # it ends anyway
                self.flush()
        self._socket.close()
        self.state, self._socket = State.DOWN, None

    def _dialled(self) -> None:
        assert self._socket is not None
        if code := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, "cannot connect")
        # A context of its own each time, as a sensor does: its certificate may have been renewed.
        shows = context(self._broker.authority)
        shows.load_cert_chain(self.who.certificate, self.who.key)
        self._socket = shows.wrap_socket(self._socket, server_hostname=self._broker.host, do_handshake_on_connect=False)
        self.state = State.SHAKING

    def _shake(self) -> None:
        assert isinstance(self._socket, ssl.SSLSocket)
        try:
            self._socket.do_handshake()
        except _LATER:
            return
        will = None if self.will is None else (self._prefix + "death", self.will)
        asked = [self._prefix + leaf for leaf in self._leaves]
        self._unsent += packets.connect(self.who.user, self._broker.keepalive_s, will, self._form)
        self._unsent += packets.subscribe(1, asked, self._broker.subscribe_qos, self._form)
        self._packet = 1
        self.state = State.ASKING

    def _take(self, hearer: Hearer) -> None:
        assert self._socket is not None
        while True:
            try:
                came = self._socket.recv(READ_BYTES)
            except _LATER:
                return
            if not came:
                raise ConnectionError("the broker has closed the connection")
            self._read += came
            for kind, body in packets.whole(self._read):
                self._handle(kind, body, hearer)
                if self._socket is None:
                    return  # the hearer has closed it

    def _handle(self, kind: int, body: bytes, hearer: Hearer) -> None:
        if kind & 0xF0 == Type.PUBLISH & 0xF0:
            topic, number, payload = packets.published(kind, body, self._form)
            if number:
                self._unsent += packets.puback(number)
            hearer.taken(self, topic.rpartition("/")[2], payload)
        elif kind in (Type.CONNACK, Type.SUBACK, Type.PUBACK):
            code = packets.reason(kind, body, self._form)
            if code >= 0x80:
                raise ConnectionError(f"the broker refuses {self.who.user}: {Type(kind).name} with {code:#x}")
            if kind == Type.SUBACK:
                self.state = State.UP
                hearer.came_up(self)


def context(authority: str | Path) -> ssl.SSLContext:
    """What one client needs before its certificate is loaded."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_verify_locations(authority)
    return made
