"""Blinding: before a token is stored it is turned once more, under a key that no sensor has.

So a unit that is stolen with the day's epoch key in its memory, and a store that is stolen with the day's tokens in it,
do not fit together without this third thing; and a token seen on its way is not the token in the store. The function
is one block of AES-256 over token and zeros, cut to 64 bits: tokens stay distinct, up to chance (n**2 / 2**65).

A key holds for a tenant's epoch and the time that late batches are waited for; then it is destroyed. What comes later
still is turned under a key that nobody keeps: it counts, and can be told to be nobody's.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .. import calendar
from ..errors import StoreError
from ..records.registry import Tenant
from . import keyfile

KEY_BYTES = keyfile.KEY_BYTES
LATE_MS = 6 * 3600 * 1000  # design section 6: what comes later counts towards levels, no longer towards the panel
_AT_ONCE = 4096  # tokens: what stays in the processor's cache is turned ten times faster than a whole commit's at once


def blind(key: bytes, tokens: bytes) -> bytes:
    """The blinded tokens (8 bytes each, in a row) of `tokens`. Raises ValueError for a key that has not 32 bytes."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a blinding key has {KEY_BYTES} bytes, this one {len(key)}")
    plain = np.frombuffer(tokens, dtype=np.uint64)
    turned = np.empty_like(plain)
    turn = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - single blocks
    blocks = np.zeros((min(_AT_ONCE, len(plain)), 2), dtype=np.uint64)
    for start in range(0, len(plain), _AT_ONCE):
        part = plain[start : start + _AT_ONCE]
        blocks[: len(part), 0] = part
        made = turn.update(blocks[: len(part)].tobytes())
        turned[start : start + len(part)] = np.frombuffer(made, dtype=np.uint64)[::2]
    return turned.tobytes()


@dataclass(frozen=True, slots=True)
class Blinding:
    """The keys, in `folder`, a file an epoch: <tenant>/<epoch>_<UTC ms of its end>.blind. No backup takes them.

    history: captures of days gone by are played, and their keys are kept like those of today.
    """

    folder: Path
    history: bool = False

    def key(self, tenant: Tenant, epoch: str, start_ms: int, now_ms: int) -> bytes:
        """The key for tokens of an epoch, of which `start_ms` is a moment. Raises StoreError where none can be kept."""
        for path in (self.folder / tenant.name).glob(f"{epoch}_*.blind"):
            key = path.read_bytes()
            if any(key):  # zeros: somebody is destroying it
                return key
        span = calendar.epoch_of(start_ms, tenant.time_zone, tenant.epoch_turn_h, tenant.epoch_days)
        if now_ms >= span.end_ms + LATE_MS and not self.history:
            return secrets.token_bytes(KEY_BYTES)
        try:
            return keyfile.make(self.folder / tenant.name / f"{epoch}_{max(0, span.end_ms)}.blind")
        except OSError as exc:
            raise StoreError(f"cannot keep a key in {self.folder}: {exc.strerror}. Free some space") from exc

    def destroy_ended(self, now_ms: int) -> list[str]:
        """Overwrite and delete the keys of epochs for which nothing more is waited. Returns their names."""
        gone = []
        for path in [] if self.history else sorted(self.folder.glob("*/*.blind")):
            name, _, end_ms = path.stem.rpartition("_")
            if int(end_ms) + LATE_MS <= now_ms:
                keyfile.destroy(path)
                gone.append(f"{path.parent.name}/{name}")
        return gone

    def destroy_all(self) -> None:
        """Overwrite and delete every key: at the end of a replay."""
        for path in self.folder.glob("*/*.blind"):
            keyfile.destroy(path)
