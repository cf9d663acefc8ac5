"""Epoch keys: one random key a tenant and epoch, kept only as long as the epoch lasts.

A key lies in a file of its own in a folder that no backup takes, so that every collector process of this machine hands
out the same one, and so that destroying it is one act. Keys are random, never derived: what is destroyed is gone. That
there was an epoch, and that its key was destroyed, stands in the book and in the audit log.
"""

import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from footfall_sensor.pseudonym import KEY_BYTES
from footfall_sensor.wire.messages import EpochKey

from . import calendar
from .durable import sync_folder
from .epoch_book import Begun, EpochBook
from .errors import StoreError
from .registry import Tenant

MESSAGE_MS = 5 * 60 * 1000  # how long a key message is good for
AHEAD_MS = 15 * 60 * 1000  # the next epoch's key is given so long before its turn, and not earlier
UNFINISHED_S = 60  # a key that a process was making so long ago will not be finished


@dataclass(frozen=True, slots=True)
class EpochKeys:
    """The keys in `folder`. history: whether keys of days gone by may be asked for (replays of captures only)."""

    folder: Path
    book: EpochBook
    history: bool = False

    def for_time(self, tenant: Tenant, asked_ms: int, now_ms: int) -> EpochKey | None:
        """The key that holds at `asked_ms` (0 = now), plain: seal it before it leaves.

        None: a sensor gets the key of the running epoch, shortly before its end the next one's, and no other; an epoch
        whose key was destroyed has none. Raises StoreError where a new key cannot be kept.
        """
        wanted_ms = asked_ms or now_ms
        span = self._of_past(tenant, wanted_ms) if self.history else self._of_now(tenant, wanted_ms, now_ms)
        key = None if span is None else self._key(tenant.name, span)
        if span is None or key is None:
            return None
        return EpochKey(
            epoch=span.name,
            start_ms=span.start_ms,
            end_ms=span.end_ms,
            key=key,
            expires_ms=(max(now_ms, asked_ms) if self.history else now_ms) + MESSAGE_MS,
            issued_ms=now_ms,
        )

    def destroy_ended(self, now_ms: int) -> list[str]:
        """Overwrite and delete the keys of epochs that are over. Returns their names."""
        if self.history:
            return []
        gone = [name for path in self._paths() if _end_ms(path) <= now_ms and (name := self._end(path, now_ms))]
        for begun in self.book.ended(now_ms):  # its file went, and the process that deleted it with it
            self.book.destroyed(begun.tenant, begun.span.name, f"{_times(begun)}; no key file was there", now_ms)
            gone.append(f"{begun.tenant}/{begun.span.name}")
        for path in self.folder.glob("*/*.new"):
            _sweep(path)
        return gone

    def destroy_all(self) -> None:
        """Overwrite and delete every key: at the end of a replay."""
        for path in self._paths():
            _destroy(path)

    def _of_now(self, tenant: Tenant, wanted_ms: int, now_ms: int) -> calendar.Span | None:
        epoch = self.book.plan(tenant, now_ms)
        if wanted_ms >= epoch.span.end_ms and now_ms >= epoch.span.end_ms - AHEAD_MS:
            epoch = self.book.plan(tenant, epoch.span.end_ms)
        if not epoch.span.start_ms <= wanted_ms < epoch.span.end_ms:
            return None
        if epoch.made_ms is None:
            epoch = self.book.enter(tenant, epoch.span.start_ms, now_ms)
        return epoch.span if epoch.destroyed_ms is None else None

    @staticmethod
    def _of_past(tenant: Tenant, wanted_ms: int) -> calendar.Span:
        span = calendar.epoch_of(wanted_ms, tenant.time_zone, tenant.epoch_turn_h, tenant.epoch_days)
        return calendar.Span(span.name, max(0, span.start_ms), span.end_ms)  # the day that 1970 began in began in 1969

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("*/*.key"))

    def _end(self, path: Path, now_ms: int) -> str:
        """Destroy an ended epoch's key and enter that; "" where another process was first."""
        tenant, name = path.parent.name, path.stem.rpartition("_")[0]
        begun = next((one for one in self.book.ended(now_ms) if (one.tenant, one.span.name) == (tenant, name)), None)
        try:
            _destroy(path)
        except FileNotFoundError:
            return ""
        if begun is not None:
            self.book.destroyed(tenant, name, f"{_times(begun)}; overwritten and deleted", now_ms)
        return f"{tenant}/{name}"

    def _key(self, tenant: str, span: calendar.Span) -> bytes | None:
        path = self.folder / tenant / f"{span.name}_{span.end_ms}.key"
        try:
            key = path.read_bytes() if path.exists() else _make(path)
            return key if any(key) else None  # zeros: somebody is destroying it, or was cut off while he did
        except OSError as exc:
            raise StoreError(f"cannot keep an epoch key in {self.folder}: {exc.strerror}. Free some space") from exc


def _make(path: Path) -> bytes:
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
        _destroy(partial)
    else:
        partial.unlink()
        sync_folder(path.parent)
    return path.read_bytes()


def _destroy(path: Path) -> None:
    """Overwrite, sync, delete, sync. What a disk keeps of overwritten blocks by itself is beyond a program's reach."""
    with path.open("r+b") as file:
        file.write(bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def _sweep(path: Path) -> None:
    """Destroy a key whose maker was killed, unless it is whole and in use under its final name too."""
    with suppress(FileNotFoundError):  # it was finished in between
        found = path.stat()
        if time.time() - found.st_mtime > UNFINISHED_S:
            if found.st_nlink > 1:
                path.unlink()
            else:
                _destroy(path)


def _end_ms(path: Path) -> int:
    return int(path.stem.rpartition("_")[2])


def _times(begun: Begun) -> str:
    instants_ms = (begun.made_ms or 0, begun.span.end_ms)
    made, ended = (datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds") for ms in instants_ms)
    return f"made {made}, ended {ended}"
