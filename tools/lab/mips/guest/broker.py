"""The smallest MQTT 5 broker that keeps a sensor at work: it takes everything, and gives it the epoch's key."""

import socket
from contextlib import suppress
from io import BufferedIOBase

from . import scene

CONNECT, PUBLISH, SUBSCRIBE, PINGREQ = 1, 3, 8, 12
CONNACK, PUBACK, SUBACK, PINGRESP = b"\x20\x03\0\0\0", b"\x40\x02", b"\x90\x05", b"\xd0\0"
TOPIC = f"footfall/1/{scene.TENANT}/{scene.NAME}/epoch".encode()


def main() -> None:
    """Serve one client after another on the loopback, and say when one has come and when it has the key."""
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
                reply = SUBACK + body[:2] + b"\0\1\1" + publish(TOPIC, scene.EPOCH.read_bytes())
                print("subscribed", flush=True)
            elif kind == PUBLISH and flags & 6:
                name_end = 2 + int.from_bytes(body[:2], "big")
                reply = PUBACK + body[name_end : name_end + 2]
            elif kind == PINGREQ:
                reply = PINGRESP
            connection.sendall(reply)


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
