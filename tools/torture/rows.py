"""Sightings as a store ought to have them, written without the store's own code."""

from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from footfall_sensor.wire.batch import Sighting

from .evidence import Row

RSSI_UNKNOWN_DBM, FREQ_UNKNOWN_MHZ = -128, 0  # as the wire says it; a store has nulls there
RANDOMISED, ASSOCIATED, DIRECTED = 1, 2, 4


def rows_of(sensor: str, sighted: Iterable[Sighting], start_ms: int, turned_by: bytes = b"") -> list[Row]:
    """Sightings as the store ought to have them; turned_by: the key that it turns tokens with, empty = none."""
    cipher = Cipher(algorithms.AES(turned_by), modes.ECB()).encryptor() if turned_by else None  # noqa: S305
    return [
        (
            sensor,
            _kept(row.token, cipher),
            start_ms + row.first_ms,
            start_ms + row.last_ms,
            row.frames,
            row.bursts,
            None if row.rssi_max_dbm == RSSI_UNKNOWN_DBM else row.rssi_max_dbm,
            None if row.rssi_mean_dbm == RSSI_UNKNOWN_DBM else row.rssi_mean_dbm,
            None if row.freq_mhz == FREQ_UNKNOWN_MHZ else row.freq_mhz,
            bool(row.flags & RANDOMISED),
            bool(row.flags & ASSOCIATED),
            bool(row.flags & DIRECTED),
            row.model_class,
        )
        for row in sighted
    ]


def _kept(token: int, cipher: CipherContext | None) -> int:
    """A token as a signed integer, turned where the store turns tokens: one block, cut to its first half."""
    raw = token.to_bytes(8, "little")
    return int.from_bytes(cipher.update(raw + bytes(8))[:8] if cipher else raw, "little", signed=True)
