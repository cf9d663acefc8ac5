"""Epoch keys: one random key a tenant and business day, kept only as long as the day lasts.

A key lies in a file of its own in a folder that no backup takes, so that every collector process of this machine hands
out the same one, and so that destroying it is one act. Keys are random, never derived: what is destroyed is gone.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from footfall_sensor.pseudonym import KEY_BYTES
from footfall_sensor.wire.messages import EpochKey

from . import calendar
from .errors import StoreError
from .registry import Tenant

MESSAGE_MS = 5 * 60 * 1000  # how long a key message is good for


@dataclass(frozen=True, slots=True)
class EpochKeys:
    """The keys in `folder`. history: whether keys of days gone by may be asked for (replays of captures only)."""

    folder: Path
    history: bool = False

    def for_time(self, tenant: Tenant, asked_ms: int, now_ms: int) -> EpochKey | None:
        """The key that holds at `asked_ms` (0 = now), or None: a sensor gets no key of another day than today's.

        Raises StoreError where a new key cannot be kept.
        """
        wanted_ms = asked_ms if self.history and asked_ms else now_ms
        day = calendar.day_of(wanted_ms, tenant.time_zone, tenant.epoch_turn_h)
        if not day.start_ms <= (asked_ms or wanted_ms) < day.end_ms:
            return None
        return EpochKey(
            epoch=day.name,
            start_ms=max(0, day.start_ms),  # the day that 1970 began in began in 1969
            end_ms=day.end_ms,
            key=self._key(tenant.name, day),
            expires_ms=max(now_ms, asked_ms) + MESSAGE_MS,
        )

    def destroy_ended(self, now_ms: int) -> list[str]:
        """Overwrite and delete the keys of days that are over. Returns their names."""
        gone = []
        for path in self.folder.glob("*/*.key"):
            end_ms = int(path.stem.rpartition("_")[2])
            if end_ms <= now_ms and not self.history:
                self._destroy(path)
                gone.append(f"{path.parent.name}/{path.stem.partition('_')[0]}")
        return gone

    def destroy_all(self) -> None:
        """Overwrite and delete every key: at the end of a replay."""
        for path in self.folder.glob("*/*.key"):
            self._destroy(path)

    def _key(self, tenant: str, day: calendar.Span) -> bytes:
        path = self.folder / tenant / f"{day.name}_{day.end_ms}.key"
        try:
            return path.read_bytes() if path.exists() else self._make(path)
        except OSError as exc:
            raise StoreError(f"cannot keep an epoch key in {self.folder}: {exc.strerror}. Free some space") from exc

    def _make(self, path: Path) -> bytes:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(f".{os.getpid()}.new")
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        try:
            os.link(partial, path)  # unlike a rename, fails where another process was first: its key holds
        except FileExistsError:
            self._destroy(partial)
        else:
            partial.unlink()
        return path.read_bytes()

    @staticmethod
    def _destroy(path: Path) -> None:
        with path.open("r+b") as file:
            file.write(bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
