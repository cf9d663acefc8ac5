"""The vault: what nobody may read from a database or a backup, encrypted under a key that lies apart from both.

AES-256-GCM; the context is authenticated, so that what was sealed for one place cannot be put in another's. The key is
a file for its owner alone, made with the collector's folder. No backup takes it: keep a copy in a safe.
"""

import secrets
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import VaultError
from . import keyfile

NONCE_BYTES = 12


class Vault:
    """Seals and opens under the key in `path`."""

    def __init__(self, path: Path, what: str = "objections") -> None:
        """what: is sealed here, as errors name it."""
        self.path, self._what = path, what

    @property
    def there(self) -> bool:
        """Whether the key is there."""
        return self.path.exists()

    def make(self) -> None:
        """Make a key. What was sealed under a lost one stays lost. Raises VaultError."""
        try:
            keyfile.make(self.path)
        except OSError as exc:
            raise VaultError(f"{self.path} cannot be written: {exc.strerror}. Free some space") from exc

    def seal(self, plain: bytes, context: str) -> bytes:
        """`plain` encrypted, for `context` only. Raises VaultError."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """What was sealed for `context`. Raises VaultError."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        except InvalidTag as exc:
            raise VaultError(
                f"{self.path} is not the key that {self._what} were sealed with; put the right one back from its safe"
            ) from exc

    @cached_property
    def _cipher(self) -> AESGCM:
        try:
            return AESGCM(self.path.read_bytes())
        except (OSError, ValueError) as exc:
            raise VaultError(
                f"{self.path} cannot be read, and {self._what} cannot be read without it. Put it back from its safe"
            ) from exc
