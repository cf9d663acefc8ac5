"""Key files in the format that OpenWrt's usign and OpenBSD's signify share: a comment line, then base64.

Ed25519 (RFC 8032). A public key is `Ed`, id (8 bytes), key (32). A signature is `Ed`, id, signature (64). A secret
key is `Ed`, `BK`, rounds (4, zero: no passphrase), salt (16), checksum (8: SHA-512 of the secret, which signify wants
and usign ignores), id, seed (32), public key (32).
"""

import base64
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from .durable import replace
from .errors import SigningError

ALGORITHM = b"Ed"
ID_BYTES, PUBLIC_BYTES, SEED_BYTES, SIGNATURE_BYTES = 8, 32, 32, 64
_NO_PASSPHRASE = b"BK" + bytes(4) + bytes(16)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key with the id that names it."""

    id: bytes  # 8 bytes
    raw: bytes  # 32 bytes

    def text(self) -> str:
        """The key file's text."""
        return _text(f"public key {self.id.hex()}", ALGORITHM + self.id + self.raw)

    @classmethod
    def parse(cls, text: str) -> "PublicKey":
        """The key in a key file's text. Raises SigningError."""
        blob = _blob(text, ALGORITHM, 2 + ID_BYTES + PUBLIC_BYTES, "public key")
        return cls(blob[2:10], blob[10:])


@dataclass(frozen=True, slots=True)
class SecretKey:
    """An Ed25519 key pair. Its repr shows the public half only."""

    id: bytes
    seed: bytes = field(repr=False)  # 32 bytes
    public_raw: bytes

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return PublicKey(self.id, self.public_raw)

    def text(self) -> str:
        """The key file's text, without a passphrase: the unit has nobody to type one."""
        secret = self.seed + self.public_raw
        checksum = hashlib.sha512(secret).digest()[:8]
        return _text(f"secret key {self.id.hex()}", ALGORITHM + _NO_PASSPHRASE + checksum + self.id + secret)

    @classmethod
    def parse(cls, text: str) -> "SecretKey":
        """The key in a key file's text. Raises SigningError, also for a key with a passphrase."""
        blob = _blob(text, ALGORITHM, 104, "secret key")
        if blob[2:8] != _NO_PASSPHRASE[:6]:
            raise SigningError("the secret key has a passphrase; a sensor needs one without")
        return cls(blob[32:40], blob[40:72], blob[72:104])


def signature_text(key_id: bytes, signature: bytes) -> str:
    """A detached signature as usign and signify read it."""
    return _text(f"signed by key {key_id.hex()}", ALGORITHM + key_id + signature)


def parse_signature(text: str) -> bytes:
    """The 64 bytes in a detached signature. Raises SigningError."""
    return _blob(text, ALGORITHM, 2 + ID_BYTES + SIGNATURE_BYTES, "signature")[10:]


def read_public(path: Path) -> PublicKey:
    """The public key in a file. Raises SigningError."""
    return PublicKey.parse(_read(path))


def read_secret(path: Path) -> SecretKey:
    """The secret key in a file. Raises SigningError."""
    return SecretKey.parse(_read(path))


def write_secret(path: Path, key: SecretKey) -> None:
    """Write the pair: `path` for its owner alone, `path`.pub for all; both are whole or absent after a power cut."""
    replace(path, key.text().encode(), 0o600)
    replace(path.with_name(path.name + ".pub"), key.public.text().encode(), 0o644)


def _text(comment: str, blob: bytes) -> str:
    return f"untrusted comment: {comment}\n{base64.b64encode(blob).decode()}\n"


def _blob(text: str, start: bytes, size: int, what: str) -> bytes:
    lines = text.splitlines()
    try:
        blob = base64.b64decode(lines[1], validate=True)
    except (IndexError, ValueError) as exc:  # binascii.Error is one; text outside ASCII gives a plain one
        raise SigningError(f"no {what} here: a comment line and a line of base64 are wanted") from exc
    if len(blob) != size or not blob.startswith(start):
        raise SigningError(
            f"no Ed25519 {what} here: {size} bytes beginning with 'Ed' are wanted; is it the pair's other half?"
        )
    return blob


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError as exc:
        raise SigningError(f"cannot read the key {path}: {exc.strerror}; name one that this user may read") from exc
    except UnicodeDecodeError as exc:
        raise SigningError(f"{path} is no key file: it is not text; name another") from exc
