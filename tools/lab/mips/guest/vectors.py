"""The frozen vectors, by this Python, this msgpack and a program that signs: `python -m guest.vectors`."""

import frozen  # type: ignore[import-not-found]  # of tests/support

from footfall_sensor import signing
from footfall_sensor.errors import BadSignature
from footfall_sensor.keys import PublicKey
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Envelope


def main() -> None:
    """Read each, make each anew, and say how many there were; the first that fails ends it."""
    secret, vectors = frozen.read()
    backend = signing.backend()
    for vector in vectors:
        raw = vector.path.read_bytes()
        opened = envelope.open_sealed(raw, lambda message, signed: backend.verify(secret.public, message, signed))
        said = (opened.kind, opened.sensor, opened.boot, opened.number, frozen.decode(opened.kind, opened.body))
        if said != (vector.kind, vector.sensor, vector.boot, vector.number, vector.message):
            raise SystemExit(f"{vector.name} is not read as it was meant")
        plain = Envelope(vector.kind, vector.sensor, vector.boot, vector.number, vector.body())
        if envelope.seal(plain, lambda message: backend.sign(secret, message)) != raw:
            raise SystemExit(f"{vector.name} is not made with the frozen bytes")
    stranger = PublicKey(secret.public.id, bytes(32))
    try:
        envelope.open_sealed(
            vectors[0].path.read_bytes(), lambda message, signed: backend.verify(stranger, message, signed)
        )
    except BadSignature:
        print(len(vectors), backend.name)
    else:
        raise SystemExit("a stranger's key opens a vector: this check proves nothing")


if __name__ == "__main__":
    main()
