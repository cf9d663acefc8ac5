"""The reception: sealed bytes in, sealed bytes out. Between them the registrar decides.

Each answer is signed by the key that is the collector's at that moment: it may be handed on while the process runs.
"""

import os
import time
from collections import Counter

from footfall_sensor import codes, signing
from footfall_sensor.errors import Malformed, SigningError
from footfall_sensor.wire import envelope
from footfall_sensor.wire.enrol import Enrol
from footfall_sensor.wire.envelope import BOOT_BYTES, Envelope, Kind

from ..errors import CollectorError
from ..keys.identity import Identity
from .registrar import Registrar, Voice


class Unfit(CollectorError):
    """These bytes are no request of a unit; the text may be told to whoever sent them."""


class Reception:
    """Opens requests and seals answers with the collector's key."""

    def __init__(self, registrar: Registrar, identity: Identity) -> None:
        self._registrar = registrar
        self._identity = identity
        self._backend = signing.backend()
        self._boot = os.urandom(BOOT_BYTES)

    @property
    def refused(self) -> Counter[str]:
        """Units that were not let in, by reason, since the start."""
        return self._registrar.refused

    def read(self, raw: bytes) -> Enrol:
        """The request in these bytes, its signature not checked: its key is in it. Raises Unfit."""
        try:
            opened = envelope.unpack(raw)
            if opened.kind is not Kind.ENROL:
                raise Unfit("an envelope of kind ENROL is wanted")
            asked = Enrol.decode(opened.body)
        except Malformed as exc:
            raise Unfit(str(exc)) from exc
        if opened.sensor != codes.unit_name(asked.key.raw):
            raise Unfit("a unit that enrols goes by the name that follows from its key")
        return asked

    def answer(self, raw: bytes, asked: Enrol, now_ms: int) -> bytes:
        """The sealed answer to a request that was read from `raw`. Raises Unfit, and CollectorError."""
        try:
            envelope.verify(raw, lambda message, signature: self._backend.verify(asked.key, message, signature))
        except Malformed as exc:
            raise Unfit(str(exc)) from exc
        try:
            secret = self._identity.secret()
            voice = Voice(secret.public, frozenset({secret.id, *(one.key.id for one in self._identity.states())}))
            member = self._registrar.answer(asked, voice, now_ms)
        except Malformed as exc:
            raise Unfit(str(exc)) from exc
        except SigningError as exc:
            raise CollectorError(str(exc)) from exc
        number = time.time_ns() // 1000
        plain = Envelope(Kind.MEMBER, codes.unit_name(asked.key.raw), self._boot, number, member.encode())
        return envelope.seal(plain, lambda message: self._backend.sign(secret, message))
