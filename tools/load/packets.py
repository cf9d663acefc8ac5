"""MQTT packets, as bytes: the few that a sensor sends and is sent. Section numbers are of OASIS MQTT 5.0.

In 3.1.1 the same packets have no properties.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

FAILURE = 0x80  # reason codes from here on (2.4)
_QOS = 0x06  # of a PUBLISH's first byte
KEEPALIVE_S_MAX = 0xFFFF
_U16 = Struct(">H")
_CLEAN, _WILL, _WILL_QOS_1 = 0x02, 0x04, 0x08


@dataclass(frozen=True, slots=True)
class Form:
    """What differs between versions."""

    level: bytes  # of the protocol, with its name (3.1.2)
    no_properties: bytes  # how that there are none is said


FORM_5 = Form(b"\x00\x04MQTT\x05", b"\x00")
FORM_311 = Form(b"\x00\x04MQTT\x04", b"")
FORMS = {"5": FORM_5, "3.1.1": FORM_311}


class Type(IntEnum):
    """The first byte's upper half, with the flags that go with it here (2.1.2); QoS is 1 throughout."""

    CONNECT = 0x10
    CONNACK = 0x20
    PUBLISH = 0x32
    PUBACK = 0x40
    SUBSCRIBE = 0x82
    SUBACK = 0x90
    PINGREQ = 0xC0
    DISCONNECT = 0xE0


def connect(client: str, keepalive_s: int, will: tuple[str, bytes] | None = None, form: Form = FORM_5) -> bytes:
    """CONNECT with a clean start (3.1); will: topic and payload."""
    flags, last = _CLEAN, b""
    if will is not None:
        topic, payload = will
        flags |= _WILL | _WILL_QOS_1
        last = form.no_properties + _text(topic) + _U16.pack(len(payload)) + payload
    head = form.level + bytes((flags,)) + _U16.pack(keepalive_s) + form.no_properties
    return _packet(Type.CONNECT, head + _text(client) + last)


def subscribe(number: int, topics: Sequence[str], qos: int = 1, form: Form = FORM_5) -> bytes:
    """SUBSCRIBE to topics (3.8)."""
    asked = b"".join(_text(topic) + bytes((qos,)) for topic in topics)
    return _packet(Type.SUBSCRIBE, _U16.pack(number) + form.no_properties + asked)


def publish(number: int, topic: str, payload: bytes, form: Form = FORM_5) -> bytes:
    """PUBLISH at QoS 1 (3.3)."""
    return _packet(Type.PUBLISH, _text(topic) + _U16.pack(number) + form.no_properties + payload)


def puback(number: bytes) -> bytes:
    """PUBACK of the packet with this number, its two bytes (3.4): success."""
    return bytes((Type.PUBACK, 2)) + number


PING = bytes((Type.PINGREQ, 0))
GOODBYE = bytes((Type.DISCONNECT, 0))


def reason(kind: int, body: bytes, form: Form = FORM_5) -> int:
    """The worst reason code of a CONNACK, PUBACK or SUBACK; 0x80 and above are failures (2.4)."""
    if kind == Type.CONNACK:
        return body[1] if form is FORM_5 or not body[1] else body[1] | FAILURE  # 3.1.1 counts its refusals from 1
    if kind == Type.PUBACK:
        return body[2] if len(body) > 2 else 0
    if form is not FORM_5:
        return max(body[2:])
    size, at = _length_at(body, 2)
    return max(body[at + size :])


def published(kind: int, body: bytes, form: Form = FORM_5) -> tuple[str, bytes, bytes]:
    """Topic, packet number and payload of a PUBLISH (3.3.2); at QoS 0 there is no number."""
    topic_end = 2 + int.from_bytes(body[:2], "big")
    at = number_end = topic_end + (2 if kind & _QOS else 0)
    if form is FORM_5:
        size, at = _length_at(body, number_end)
        at += size
    return body[2:topic_end].decode(), body[topic_end:number_end], body[at:]


def whole(read: bytearray) -> list[tuple[int, bytes]]:
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


def _packet(kind: Type, body: bytes) -> bytes:
    return bytes((kind,)) + _length(len(body)) + body


def _text(text: str) -> bytes:
    coded = text.encode()
    return _U16.pack(len(coded)) + coded


def _length(size: int) -> bytes:
    """A variable byte integer (1.5.5)."""
    said = bytearray()
    while True:
        size, low = size >> 7, size & 0x7F
        said.append(low | (0x80 if size else 0))
        if not size:
            return bytes(said)


def _length_at(body: bytes, at: int) -> tuple[int, int]:
    """The variable byte integer at a place, and where it ends."""
    size = shift = 0
    while True:
        size |= (body[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not body[at - 1] & 0x80:
            return size, at
