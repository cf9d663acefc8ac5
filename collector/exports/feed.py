"""A feed of single devices in the form of Meraki's Scanning API v3. It is personal data: see docs/exports.md.

Each token of the running epoch becomes an address that no phone gave: 6 bytes of AES-256 over the token, under a key
that is made for this one file and kept nowhere, with the locally administered bit set and the group bit clear. So the
addresses of two files, or of a file and the store, have nothing in common. Their times and signal levels do: two files
of the same time can be laid over each other by those.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ..calendar import Span, epoch_of
from ..database import writing
from ..errors import QueryError
from ..keys.blinding import KEY_BYTES, blind
from ..records import audit
from ..records.audit import Event
from ..records.registry import Site, Tenant
from ..stays import fold
from ..storage.store import SIGHTINGS
from .positions import NOWHERE, Position
from .scanning import instant, lay_out

if TYPE_CHECKING:
    import duckdb

    from ..folder import Collector
    from ..storage.manifest import StoredFile

_LOCAL, _GROUP = 0x02, 0x01  # bits of an address' first byte (IEEE 802, 8.2)


@dataclass(frozen=True, slots=True)
class Feed:
    """What was written."""

    epoch: str
    span: Span
    devices: int
    sightings: int
    access_points: int


def write(
    collector: "Collector",
    tenant: Tenant,
    site: Site,
    asked: Span | None,
    path: Path,
    actor: str,
    now_ms: int,
    *,
    receiver_secret: str = "",
    positions: Mapping[str, Position] | None = None,
) -> Feed:
    """Write the feed of a site's running epoch, or of the part of it that lies in `asked`, with a row in the audit log.

    Raises QueryError where the tenant has it not switched on, the site is sensitive, or nothing is there; OSError.
    """
    check_allowed(tenant, site)
    epoch = _running(collector, tenant, now_ms)
    span = _within(epoch, asked)
    files = [
        file
        for file in collector.store.manifest.files(tenant.name, SIGHTINGS)
        if file.epoch.partition(".")[0] == epoch.name.partition(".")[0]
    ]
    if not files:
        raise QueryError(f"no token of the epoch {epoch.name} is stored; the feed is of the running epoch alone")
    aps = _access_points(collector, tenant, site, positions or {})
    partial = path.with_name(f".{path.name}.part")
    try:
        with fold.engine() as connection:
            count, tokens = _tables(connection, collector, files, site, span, aps)
            if not count:
                raise QueryError(
                    f"no device was heard at '{site.name}' in that part of the epoch {epoch.name}; ask for another part"
                )
            lay_out(connection, partial, tenant, site, span, aps, receiver_secret)
        made = Feed(epoch.name, span, tokens, count, aps.num_rows)
        _record(collector, tenant, site, made, actor, now_ms)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return made


def check_allowed(tenant: Tenant, site: Site) -> None:
    """Raise QueryError where no feed may be made."""
    if site.sensitive:
        raise QueryError(f"'{site.name}' is a sensitive place: nothing about single devices leaves it")
    if not tenant.device_feed_reason:
        raise QueryError(
            f"a feed of single devices is not switched on for tenant '{tenant.name}'. It is personal data; two people "
            f"switch it on: footfall fleet config terms --tenant {tenant.name} 'device_feed_reason=WHY', then another "
            "confirms. Numbers need no such thing: --format parquet or csv"
        )


def addresses(tokens: "np.ndarray[tuple[int], np.dtype[np.int64]]", key: bytes) -> list[str]:
    """An address for each token, aa:bb:cc:dd:ee:ff, under a key of KEY_BYTES.

    46 bits are left: among 100,000 tokens two share one with a chance of 7e-5 (n**2 / 2**47).
    """
    octets = np.frombuffer(blind(key, tokens.tobytes()), dtype=np.uint8).reshape(-1, 8)[:, :6].copy()
    octets[:, 0] = octets[:, 0] & ~np.uint8(_GROUP) | np.uint8(_LOCAL)
    text = octets.tobytes().hex(":")
    return [text[at : at + 17] for at in range(0, len(text), 18)]


def access_point_address(tenant: str, sensor: str) -> str:
    """The address that stands for a sensor: locally administered, the same in every file, made from its name."""
    raw = bytearray(hashlib.sha256(f"footfall access point {tenant}/{sensor}".encode()).digest()[:6])
    raw[0] = raw[0] & ~_GROUP | _LOCAL
    return raw.hex(":")


def _running(collector: "Collector", tenant: Tenant, now_ms: int) -> Span:
    """The epoch that runs; of a collector that plays captures, the last that was heard."""
    if not collector.settings.replay:
        return collector.epochs.book.plan(tenant, now_ms).span
    days = collector.store.manifest.days(tenant.name, SIGHTINGS)
    if not days:
        raise QueryError("nothing has been heard yet; ask again when sensors have sent")
    begins_ms = datetime.fromisoformat(days[-1]).replace(hour=12, tzinfo=UTC).timestamp() * 1000
    return epoch_of(int(begins_ms), tenant.time_zone, tenant.epoch_turn_h, tenant.epoch_days)


def _within(epoch: Span, asked: Span | None) -> Span:
    if asked is None:
        return epoch
    start_ms, end_ms = max(epoch.start_ms, asked.start_ms), min(epoch.end_ms, asked.end_ms)
    if start_ms >= end_ms:
        raise QueryError(f"that time is not in the running epoch {epoch.name}; of others no token may be handed on")
    return Span(epoch.name, start_ms, end_ms)


def _access_points(collector: "Collector", tenant: Tenant, site: Site, positions: Mapping[str, Position]) -> "pa.Table":
    here = [one for one in collector.registry.sensors() if (one.tenant, one.site) == (tenant.name, site.name)]
    strangers = sorted(set(positions) - {one.name for one in here})
    if strangers:
        raise QueryError(
            f"positions: '{strangers[0]}' is no sensor of '{site.name}'; take its line out, or name one that is"
        )
    zones: dict[str, list[str]] = {}
    for sensor, zone in collector.store.zones.of(tenant.name, site.name):
        zones.setdefault(sensor, []).append(zone)
    at = [positions.get(one.name, NOWHERE) for one in here]
    return pa.table(
        {
            "sensor": pa.array([one.name for one in here], pa.string()),
            "mac": pa.array([access_point_address(tenant.name, one.name) for one in here], pa.string()),
            "tags": pa.array([zones.get(one.name, []) for one in here], pa.list_(pa.string())),
            "lat": pa.array([one.lat for one in at], pa.float64()),
            "lng": pa.array([one.lng for one in at], pa.float64()),
        }
    )


def _tables(
    connection: "duckdb.DuckDBPyConnection",
    collector: "Collector",
    files: "list[StoredFile]",
    site: Site,
    span: Span,
    aps: "pa.Table",
) -> tuple[int, int]:
    """Give the engine `sightings`, `clients` and `aps`; how many sightings and devices there are."""
    collector.store.read(connection, files).create_view("stored")
    connection.register("aps", aps)
    connection.execute(
        "CREATE TEMP TABLE sightings AS SELECT token, sensor, last_ms, rssi_max_dbm FROM stored "
        "WHERE site = ? AND last_ms >= ? AND last_ms < ?",
        [site.name, span.start_ms, span.end_ms],
    )
    tokens = connection.sql("SELECT DISTINCT token FROM sightings").to_arrow_table()["token"].to_numpy()
    # The key is here and nowhere else, and ends with this call.
    made = addresses(tokens, secrets.token_bytes(KEY_BYTES))
    connection.register("clients", pa.table({"token": tokens, "address": pa.array(made, pa.string())}))
    counted = connection.execute("SELECT count(*) FROM sightings").fetchone()
    assert counted is not None
    return int(counted[0]), len(tokens)


def _record(collector: "Collector", tenant: Tenant, site: Site, made: Feed, actor: str, now_ms: int) -> None:
    says = (
        f"feed of {made.devices} devices in {made.sightings} sightings, {instant(made.span.start_ms)} to "
        f"{instant(made.span.end_ms)}; {tenant.device_feed_reason}"
    )
    with writing(collector.registry.engine).begin() as connection:
        audit.append(connection, Event(actor, "export", f"site {tenant.name}/{site.name}", says), now_ms)
