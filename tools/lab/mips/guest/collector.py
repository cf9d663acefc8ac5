"""The smallest collector: one birth on standard input, and on standard output the epoch's key, sealed for who asks.

A process of its own for each, so that nothing of it is left when memory is measured.
"""

import sys
import time

from footfall_sensor import keys, signing
from footfall_sensor.keys import SecretKey
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.messages import Birth, EpochKey

from . import scene

BOOT = bytes(8)


def answer(birth: bytes, key: EpochKey, secret: SecretKey, now_us: int) -> bytes:
    """The message that brings the key, empty where this birth does not ask. Its own signature is not looked at."""
    asks = Birth.decode(envelope.unpack(birth).body).seal
    if not asks:
        return b""
    brings = Envelope(Kind.EPOCH, scene.NAME, BOOT, now_us, key.sealed(scene.NAME, asks).encode())
    return envelope.seal(brings, lambda message: signing.backend().sign(secret, message))


def main() -> None:
    """Answer one birth."""
    key = EpochKey.decode(scene.EPOCH.read_bytes())
    secret = keys.read_secret(scene.COLLECTOR_KEY)
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read(), key, secret, time.time_ns() // 1000))


if __name__ == "__main__":
    main()
