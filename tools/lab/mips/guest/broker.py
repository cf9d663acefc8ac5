"""The smallest MQTT 5 broker that keeps a sensor at work: it takes everything, and has its births answered."""

import socket
import subprocess
import sys
from contextlib import suppress
from io import BufferedIOBase

from . import scene

CONNECT, PUBLISH, SUBSCRIBE, PINGREQ = 1, 3, 8, 12
CONNACK, PUBACK, SUBACK, PINGRESP = b"\x20\x03\0\0\0", b"\x40\x02", b"\x90\x05", b"\xd0\0"
BIRTH, EPOCH = (f"footfall/1/{scene.TENANT}/{scene.NAME}/{leaf}".encode() for leaf in ("birth", "epoch"))
COLLECTOR = (sys.executable, "-P", "-s", "-m", "guest.collector")


def main() -> None:
    """Serve one client after another on the loopback, and say when one has come and when it hears."""
    with socket.create_server((b"127.0.0.1", scene.PORT)) as listener:
        print("ready", flush=True)
        while True:
            with suppress(ConnectionError):  # a sensor that is killed does not say goodbye
                serve(listener.accept()[0])


def serve(connection: socket.socket) -> None:
    """Answer one client until it goes."""
    with connection, connection.makefile("rb") as stream:
        while head := stream.read(1):
            kind, flags = head[0] >> 4, head[0] & 15
            body = stream.read(_size(stream))
            reply = b""
            if kind == CONNECT:
                reply = CONNACK
            elif kind == SUBSCRIBE:
                reply = SUBACK + body[:2] + b"\0\1\1"
                print("subscribed", flush=True)
            elif kind == PUBLISH and flags & 6:
                topic, number, payload = published(body)
                reply = PUBACK + number + (answer(payload) if topic == BIRTH else b"")
            elif kind == PINGREQ:
                reply = PINGRESP
            connection.sendall(reply)


def published(body: bytes) -> tuple[bytes, bytes, bytes]:
    """Topic, number and payload of a PUBLISH packet above QoS 0; of its properties, whose size takes one byte, none."""
    name_end = 2 + int.from_bytes(body[:2], "big")
    properties_at = name_end + 2
    return body[2:name_end], body[name_end:properties_at], body[properties_at + 1 + body[properties_at] :]


def answer(birth: bytes) -> bytes:
    """The packet with what the collector answers to a birth, empty where it answers nothing."""
    message = subprocess.run(COLLECTOR, input=birth, stdout=subprocess.PIPE, check=True).stdout
    return publish(EPOCH, message) if message else b""


def publish(topic: bytes, payload: bytes) -> bytes:
    """A PUBLISH packet of QoS 0; small enough for a size of two bytes."""
    body = len(topic).to_bytes(2, "big") + topic + b"\0" + payload
    return bytes((PUBLISH << 4, len(body) & 0x7F | 0x80, len(body) >> 7)) + body


def _size(stream: BufferedIOBase) -> int:
    """The size that stands next in the stream, 7 bits a byte, the lowest first."""
    size = shift = 0
    byte = 0x80
    while byte & 0x80:
        byte = stream.read(1)[0]
        size |= (byte & 0x7F) << shift
        shift += 7
    return size


if __name__ == "__main__":
    main()
