"""What the collector has of an agent in the end: the last link of the line, and the only one that counts."""

import time
from collections import Counter
from dataclasses import dataclass

import pyarrow as pa

from collector.folder import Collector
from collector.keys.blinding import Blinding, blind
from collector.storage.store import SIGHTINGS, WINDOWS
from footfall_sensor.pseudonym import Pseudonymiser

from ...errors import ToolError
from .line import TENANT


@dataclass(frozen=True, slots=True)
class Stored:
    """The sightings and windows of one sensor, and how addresses are called in them."""

    sightings: "pa.Table"
    windows: "pa.Table"
    pseudonyms: Pseudonymiser
    turned_by: bytes | None = None  # what the collector turns tokens with before it stores them

    @property
    def probes(self) -> int:
        """Probe requests by the windows' counters."""
        return int(sum(self.windows["probes"].to_pylist()))

    @property
    def lost(self) -> int:
        """Probe requests that no token stands for: without a key, beyond the limit, or dropped by the kernel."""
        return int(sum(sum(self.windows[name].to_pylist()) for name in ("keyless", "overflow", "kernel_drops")))

    def frames(self) -> "Counter[int]":
        """Probe requests by token."""
        counted: Counter[int] = Counter()
        for token, frames in zip(*(self.sightings[name].to_pylist() for name in ("token", "frames")), strict=True):
            counted[token] += frames
        return counted

    def associated(self) -> set[int]:
        """Tokens of stations that joined one of the venue's networks."""
        columns = (self.sightings[name].to_pylist() for name in ("token", "associated"))
        return {token for token, associated in zip(*columns, strict=True) if associated}

    def strongest(self) -> dict[int, int]:
        """The strongest signal (dBm) by token."""
        heard: dict[int, int] = {}
        for token, dbm in zip(*(self.sightings[name].to_pylist() for name in ("token", "rssi_max_dbm")), strict=True):
            heard[token] = max(dbm, heard.get(token, dbm))
        return heard

    def token(self, address: bytes) -> int:
        """An address's token as the store writes it."""
        token = self.pseudonyms.token(address)
        return int.from_bytes(blind(self.turned_by, token) if self.turned_by else token, "little", signed=True)


def read(collector: Collector, sensor: str) -> Stored:
    """What is stored of one sensor. Raises ToolError where the epoch's key is gone."""
    now_ms = time.time_ns() // 1_000_000
    key = collector.epochs.for_time(collector.registry.tenant(TENANT), 0, now_ms)
    if key is None:
        raise ToolError("the collector has no key for this moment; run the lab again")
    tenant = collector.registry.tenant(TENANT)
    turned_by = Blinding(collector.folder / "epoch-keys").key(tenant, key.epoch, now_ms, now_ms)
    sightings, windows = (_table(collector, kind, sensor) for kind in (SIGHTINGS, WINDOWS))
    return Stored(sightings, windows, Pseudonymiser(key.key), turned_by)


def _table(collector: Collector, kind: str, sensor: str) -> "pa.Table":
    tables = [collector.store.table(file) for file in collector.store.manifest.files(TENANT, kind)]
    if not tables:
        raise ToolError(f"the collector has no {kind}: nothing came through. See console.log and the agent's log")
    return pa.concat_tables(tables).filter(pa.compute.field("sensor") == sensor)
