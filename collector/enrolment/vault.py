"""The vault: secrets of claims as the registry keeps them, sealed with a key that follows from the collector's own.

Both ends of a claim prove that they know one secret, so the collector must have it and a hash will not do. Sealed, a
copy of the registry (a backup, a PostgreSQL elsewhere) lets nobody in without the collector's key as well.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from footfall_sensor import keys

from ..errors import CollectorError

DOMAIN = b"footfall/1 claims at rest\0"
NONCE_BYTES = 12


class ClaimVault:
    """Seals small secrets; what each is for is bound to it."""

    def __init__(self, collector: keys.SecretKey) -> None:
        self._cipher = AESGCM(hmac.new(collector.seed, DOMAIN, hashlib.sha256).digest())

    def seal(self, what: str, secret: bytes) -> bytes:
        """The secret as it is kept."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, what.encode())

    def open(self, what: str, sealed: bytes) -> bytes:
        """The secret again. Raises CollectorError where it was sealed by another collector, or for something else."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], what.encode())
        except InvalidTag as exc:
            raise CollectorError(
                f"the registry's {what} was sealed with another collector.key; restore that one, or make new claims"
            ) from exc
