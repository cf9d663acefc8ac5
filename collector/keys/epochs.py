"""Epoch keys: one random key a tenant and epoch, kept only as long as the epoch lasts.

A key lies in a file of its own in a folder that no backup takes, so that every collector process of this machine hands
out the same one, and so that destroying it is one act. Keys are random, never derived: what is destroyed is gone. That
there was an epoch, and that its key was destroyed, stands in the book and in the audit log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from footfall_sensor.wire.messages import EpochKey

from .. import calendar
from ..errors import StoreError
from ..records.registry import Tenant
from . import keyfile
from .epoch_book import Begun, EpochBook

MESSAGE_MS = 5 * 60 * 1000  # how long a key message is good for
AHEAD_MS = 15 * 60 * 1000  # the next epoch's key is given so long before its turn, and not earlier


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
        ended = {(one.tenant, one.span.name): one for one in self.book.ended(now_ms)}
        gone = [name for path in self._paths() if _end_ms(path) <= now_ms and (name := self._end(path, ended, now_ms))]
        for begun in self.book.ended(now_ms):  # its file went, and the process that deleted it with it
            self.book.destroyed(begun.tenant, begun.span.name, f"{_times(begun)}; no key file was there", now_ms)
            gone.append(f"{begun.tenant}/{begun.span.name}")
        for path in self.folder.glob("*/*.new"):
            keyfile.sweep(path)
        return gone

    def destroy_all(self) -> None:
        """Overwrite and delete every key: at the end of a replay."""
        for path in self._paths():
            keyfile.destroy(path)

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

    def _end(self, path: Path, ended: Mapping[tuple[str, str], Begun], now_ms: int) -> str:
        """Destroy an ended epoch's key and enter that; "" where another process was first."""
        tenant, name = path.parent.name, path.stem.rpartition("_")[0]
        begun = ended.get((tenant, name))
        try:
            keyfile.destroy(path)
        except FileNotFoundError:
            return ""
        if begun is not None:
            self.book.destroyed(tenant, name, f"{_times(begun)}; overwritten and deleted", now_ms)
        return f"{tenant}/{name}"

    def _key(self, tenant: str, span: calendar.Span) -> bytes | None:
        path = self.folder / tenant / f"{span.name}_{span.end_ms}.key"
        try:
            key = path.read_bytes() if path.exists() else keyfile.make(path)
            return key if any(key) else None  # zeros: somebody is destroying it, or was cut off while he did
        except OSError as exc:
            raise StoreError(f"cannot keep an epoch key in {self.folder}: {exc.strerror}. Free some space") from exc


def _end_ms(path: Path) -> int:
    return int(path.stem.rpartition("_")[2])


def _times(begun: Begun) -> str:
    instants_ms = (begun.made_ms or 0, begun.span.end_ms)
    made, ended = (datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds") for ms in instants_ms)
    return f"made {made}, ended {ended}"
