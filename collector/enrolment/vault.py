"""The vault: secrets of claims as the registry keeps them, sealed under a key that lies apart from it.

Both ends of a claim prove that they know one secret, so the collector must have it and a hash will not do. Sealed, a
copy of the registry (a PostgreSQL elsewhere) lets nobody in. The key is not the collector's own: that one is handed on
to others, and a claim must outlive it.
"""

from pathlib import Path

from ..errors import CollectorError, VaultError
from ..keys.vault import Vault

FILE_NAME = "claims.key"


class ClaimVault:
    """Seals small secrets, each for what it is; its key is made when the first is sealed."""

    def __init__(self, folder: Path) -> None:
        self._vault = Vault(folder / FILE_NAME)

    def seal(self, what: str, secret: bytes) -> bytes:
        """The secret as it is kept. Raises VaultError."""
        if not self._vault.there:
            self._vault.make()
        return self._vault.seal(secret, what)

    def open(self, what: str, sealed: bytes) -> bytes:
        """The secret again. Raises CollectorError where it was sealed by another collector, or for something else."""
        try:
            return self._vault.open(sealed, what)
        except VaultError as exc:
            raise CollectorError(
                f"the registry's {what} was sealed with another {FILE_NAME}; restore that one, or make new claims"
            ) from exc
