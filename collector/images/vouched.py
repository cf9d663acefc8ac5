"""The release key's word: a note and its signature, as `footfall device release` writes them beside a file.

The collector holds the key's public half alone, in `release.pub` of its folder: what comes from the page or the API is
taken in only where that key vouches for it. Units ask the same again, of the key in their own image.
"""

import base64
from dataclasses import dataclass
from pathlib import Path

from footfall_sensor import keys, signing
from footfall_sensor.errors import SensorError

from ..errors import QueryError

KEY = "release.pub"
AGAIN = "footfall device release vouches for it"


@dataclass(frozen=True, slots=True)
class Word:
    """What the release key has signed, and by which key."""

    note: bytes
    key_id: bytes
    signature: bytes

    @classmethod
    def read(cls, note: bytes, text: bytes) -> "Word":
        """text: of the .sig file. Raises QueryError."""
        try:
            written = text.decode("ascii")
            signature = keys.parse_signature(written)
        except (SensorError, UnicodeDecodeError) as exc:
            raise QueryError(f"the .sig file is no signature: {exc}. {AGAIN}") from exc
        return cls(note, base64.b64decode(written.splitlines()[1])[2:10], signature)

    def check(self, public: keys.PublicKey, called: str) -> None:
        """Raise QueryError where this key does not vouch for it."""
        try:
            signing.backend().verify(public, self.note, self.signature)
        except SensorError as exc:
            raise QueryError(f"{called}: {exc}: it is not signed by this collector's release key. {AGAIN}") from exc


def release_key(home: Path) -> keys.PublicKey | None:
    """The public release key of a collector's folder; None where there is none. Raises QueryError."""
    path = home / KEY
    try:
        return keys.read_public(path) if path.exists() else None
    except SensorError as exc:
        raise QueryError(f"{path}: {exc}") from exc


def wanted_key(home: Path) -> keys.PublicKey:
    """The same where nothing goes without it. Raises QueryError."""
    found = release_key(home)
    if found is None:
        raise QueryError(
            f"this collector knows no release key: put its public half into {KEY} of the collector's folder"
        )
    return found
