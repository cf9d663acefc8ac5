"""The envelope: what is signed, by whom, as which message. Its layout is fixed: it is checked before it is decoded.

offset  size  field
0       1     version, 1
1       1     kind (see Kind)
2       1     n, length of the sensor's name, 1..32
3       n     sensor, [a-z0-9-]: the sender of an upward message, the addressee of a downward one
3+n     8     boot, random for each start of the sender
11+n    8     number, u64 little-endian, from 0 (a batch's sequence number) or increasing (downward)
19+n    2     size of the body, u16 little-endian
21+n    size  body, msgpack
...     64    Ed25519 signature over DOMAIN and all bytes before it
"""

import re
from collections.abc import Callable, Set
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

from ..errors import Malformed

VERSION = 1  # what is sent, and the only one that a sensor reads
READ_BY_COLLECTORS = frozenset({1})  # VERSION and the one before it, once there is one: see "Versions" in docs/wire.md
_OWN = frozenset({VERSION})
DOMAIN = b"footfall/1 envelope\0"
SIGNATURE_BYTES = 64
BOOT_BYTES = 8
BODY_BYTES_MAX = 31 * 1024
ENVELOPE_BYTES_MAX = 32 * 1024
SENSOR_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")

_TAIL = Struct("<8sQH")  # boot, number, size of the body
_HEAD_BYTES = 3

Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], None]  # (message, signature); raises BadSignature


class Kind(IntEnum):
    """What the body is. Upward kinds are below 16, downward ones from 16."""

    BATCH = 1
    HEALTH = 2
    BIRTH = 3
    DEATH = 4
    RESULT = 5
    ENROL = 6  # by HTTP
    ACK = 16
    EPOCH = 17
    CONFIG = 18
    COMMAND = 19
    OBJECTIONS = 20
    TRUST = 21
    MEMBER = 22  # by HTTP


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message as it travels, its body still encoded."""

    kind: Kind
    sensor: str
    boot: bytes  # 8 bytes
    number: int  # 0 .. 2**64 - 1
    body: bytes


def check_sensor_name(name: str) -> str:
    """`name`, if it may name a sensor. MQTT wildcards and separators cannot be part of one. Raises Malformed."""
    if not SENSOR_NAME.fullmatch(name):
        raise Malformed("a sensor's name has 1 to 32 of a-z, 0-9 and -, and does not begin with -")
    return name


def seal(envelope: Envelope, sign: Sign) -> bytes:
    """The envelope's bytes with its signature. Raises Malformed where it breaks a limit."""
    name = check_sensor_name(envelope.sensor).encode()
    if len(envelope.body) > BODY_BYTES_MAX:
        raise Malformed(f"a body has at most {BODY_BYTES_MAX} bytes, this one {len(envelope.body)}")
    if len(envelope.boot) != BOOT_BYTES or not 0 <= envelope.number < 1 << 64:
        raise Malformed("boot has 8 bytes and number 64 bits")
    signed = b"".join(
        (
            bytes((VERSION, envelope.kind, len(name))),
            name,
            _TAIL.pack(envelope.boot, envelope.number, len(envelope.body)),
            envelope.body,
        )
    )
    return signed + sign(DOMAIN + signed)


def unpack(raw: bytes, versions: Set[int] = _OWN) -> Envelope:
    """The envelope in `raw`, its signature NOT checked: for those who must know whose key to check with.

    Raises Malformed: too long, cut short, trailing bytes, an unknown version or kind, a bad name.
    """
    if len(raw) > ENVELOPE_BYTES_MAX:
        raise Malformed(f"an envelope has at most {ENVELOPE_BYTES_MAX} bytes, this one {len(raw)}")
    if len(raw) < _HEAD_BYTES:
        raise Malformed("envelope cut short")
    if raw[0] not in versions:
        known = " and ".join(map(str, sorted(versions)))
        raise Malformed(f"envelope version {raw[0]} is not known here; this end reads {known}")
    name_end = _HEAD_BYTES + raw[2]
    body_at = name_end + _TAIL.size
    if len(raw) < body_at:
        raise Malformed("envelope cut short")
    boot, number, body_bytes = _TAIL.unpack_from(raw, name_end)
    if len(raw) != body_at + body_bytes + SIGNATURE_BYTES:
        raise Malformed("envelope is not as long as it says")
    try:
        kind = Kind(raw[1])
        sensor = check_sensor_name(raw[_HEAD_BYTES:name_end].decode("ascii"))
    except ValueError as exc:  # of Kind, and UnicodeDecodeError
        raise Malformed("envelope of an unknown kind, or a name outside ASCII") from exc
    return Envelope(kind, sensor, boot, number, raw[body_at : body_at + body_bytes])


def verify(raw: bytes, check: Verify) -> None:
    """Raise BadSignature unless the last 64 bytes of `raw` sign the rest under the key that `check` holds."""
    check(DOMAIN + raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:])


def open_sealed(raw: bytes, check: Verify, versions: Set[int] = _OWN) -> Envelope:
    """The envelope in `raw`, after its signature was found good. Raises Malformed or BadSignature."""
    envelope = unpack(raw, versions)
    verify(raw, check)
    return envelope
