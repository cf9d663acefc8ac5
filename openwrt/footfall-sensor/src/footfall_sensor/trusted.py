"""The collector keys that this sensor believes: one given by hand, and lists that hand it on to others.

A list (wire.trust) is signed by a key believed before it. All of them are kept, sealed as they came, in one file, and
are verified again from the key given by hand at each start: who can write the file can shorten it, and not forge it.
"""

from collections.abc import Callable
from pathlib import Path
from struct import Struct

from . import keys
from .durable import replace
from .errors import BadSignature, Malformed, SigningError
from .keys import PublicKey
from .wire import envelope
from .wire.envelope import ENVELOPE_BYTES_MAX, Kind
from .wire.trust import Trust, TrustedKey

JUMP_MAX = 1000  # versions at once: a stolen key must not use up all that there are
LINKS_MAX = 8  # lists kept; then the key that signed the newest takes the place of the one given by hand
_SIZE = Struct("<H")

Verify = Callable[[PublicKey, bytes, bytes], None]  # (key, message, signature); raises BadSignature


class Trusted:
    """Which keys count, and since which version. path: where the lists are kept; pin_path: the key given by hand."""

    def __init__(self, sensor: str, pin_path: Path, path: Path, verify: Verify) -> None:
        """Raises SigningError where there is no key given by hand."""
        self._sensor = sensor
        self._pin_path = pin_path
        self._path = path
        self._verify = verify
        self._links: list[bytes] = []
        self._last: PublicKey | None = None  # the key whose signature was good last is tried first
        self.trust = Trust(1, 1, 1, (TrustedKey(keys.read_public(pin_path)),))
        self.version = 0
        self._load()

    def keys_at(self, utc_ms: int | None) -> list[PublicKey]:
        """The keys that count at that time. None = not known: then it is at least the time of the newest list."""
        at_ms = max(utc_ms or 0, self.trust.issued_ms)
        found = [one.key for one in self.trust.keys if one.holds(at_ms)]
        return sorted(found, key=lambda key: key != self._last)

    def check(self, raw: bytes, utc_ms: int | None) -> PublicKey:
        """The key that signed an envelope, if it counts. Raises BadSignature."""
        for key in self.keys_at(utc_ms):
            try:
                envelope.verify(raw, lambda message, signature, key=key: self._verify(key, message, signature))  # type: ignore[misc]
            except BadSignature:
                continue
            self._last = key
            return key
        raise BadSignature("not signed by a collector key that counts now")

    def take(self, raw: bytes, signer: PublicKey, utc_ms: int | None) -> None:
        """Believe the list in this envelope, whose signature was found to be `signer`'s, from now on.

        Raises Malformed: an older one, one that jumps, or one under which nobody's word would count.
        """
        trust = Trust.decode(envelope.unpack(raw).body)
        self._check(trust, utc_ms)
        links = [*self._links, raw]
        try:
            if len(links) > LINKS_MAX:
                replace(self._pin_path, signer.text().encode(), 0o644)
                links = [raw]
            replace(self._path, b"".join(_SIZE.pack(len(link)) + link for link in links), 0o644)
        except OSError as exc:
            raise SigningError(f"{self._path} cannot be written: {exc.strerror}. Free some space") from exc
        self._links, self.trust, self.version = links, trust, trust.version

    def _check(self, trust: Trust, utc_ms: int | None) -> None:
        if trust.version <= self.version:
            raise Malformed(f"trust: version {trust.version} is not newer than {self.version}")
        if trust.version > self.version + JUMP_MAX:
            raise Malformed(f"trust: version {trust.version} leaps from {self.version}; at most {JUMP_MAX} at once")
        if not any(one.holds(max(utc_ms or 0, trust.issued_ms)) for one in trust.keys):
            raise Malformed("trust: under this list no key counts now")

    def _load(self) -> None:
        """The chain of lists, from the first that a believed key has signed to the first that none has."""
        begun = False
        for raw in _split(self._path):
            try:
                opened = envelope.unpack(raw)
                if opened.kind is not Kind.TRUST or opened.sensor != self._sensor:
                    raise Malformed("no list of collector keys for this sensor")
                trust = Trust.decode(opened.body)
                self.check(raw, trust.issued_ms)
                self._check(trust, trust.issued_ms)
            except Malformed:
                if begun:
                    return
                continue
            begun = True
            self._links.append(raw)
            self.trust, self.version = trust, trust.version


def _split(path: Path) -> list[bytes]:
    try:
        raw = path.read_bytes()[: LINKS_MAX * (ENVELOPE_BYTES_MAX + _SIZE.size)]
    except OSError:
        return []
    links, at = [], 0
    while at + _SIZE.size <= len(raw):
        (size,) = _SIZE.unpack_from(raw, at)
        links.append(raw[at + _SIZE.size : at + _SIZE.size + size])
        at += _SIZE.size + size
    return links
