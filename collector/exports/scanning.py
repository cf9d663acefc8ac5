"""The form of Meraki's Scanning API v3: how a feed of single devices is laid out as JSON."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..calendar import Span
from ..records.registry import Site, Tenant

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ROWS_AT_ONCE = 5000

# A place in time is a minute; of each sensor its strongest there. What has no level is no record.
_OBSERVATIONS = """
WITH heard AS (
    SELECT c.address, a.mac, a.tags, a.lat, a.lng, s.last_ms // 60000 AS minute, max(s.last_ms) AS at_ms,
        max(s.rssi_max_dbm) AS rssi
    FROM sightings AS s
    JOIN clients AS c ON c.token = s.token
    JOIN aps AS a ON a.sensor = s.sensor
    WHERE s.rssi_max_dbm IS NOT NULL
    GROUP BY ALL
), nearest AS (
    SELECT address, max(at_ms) AS at_ms, first(mac ORDER BY rssi DESC, mac) AS mac, max(rssi) AS rssi,
        first(tags ORDER BY rssi DESC, mac) AS tags, first(lat ORDER BY rssi DESC, mac) AS lat,
        first(lng ORDER BY rssi DESC, mac) AS lng,
        list(struct_pack(apMac := mac, rssi := rssi) ORDER BY rssi DESC, mac) AS records
    FROM heard
    GROUP BY address, minute
)
SELECT to_json(struct_pack(
    clientMac := address, name := NULL, ipv4 := NULL, ipv6 := NULL, ssid := NULL, os := NULL, manufacturer := NULL,
    userId := NULL, bleBeacons := [],
    locations := list(struct_pack(
        "time" := strftime(make_timestamp(at_ms * 1000), '%Y-%m-%dT%H:%M:%SZ'), lat := lat, lng := lng, x := NULL,
        y := NULL, variance := NULL, floorPlan := NULL, nearestApMac := mac, nearestApTags := tags,
        rssiRecords := records
    ) ORDER BY at_ms),
    latestRecord := struct_pack(
        "time" := strftime(make_timestamp(max(at_ms) * 1000), '%Y-%m-%dT%H:%M:%SZ'),
        nearestApMac := last(mac ORDER BY at_ms), nearestApRssi := last(rssi ORDER BY at_ms)
    )
)) FROM nearest GROUP BY address ORDER BY address
"""


def lay_out(
    connection: "duckdb.DuckDBPyConnection",
    path: Path,
    tenant: Tenant,
    site: Site,
    span: Span,
    aps: "pa.Table",
    receiver_secret: str,
) -> None:
    """Write the file from the tables `sightings`, `clients` and `aps` of the engine. Raises OSError."""
    names = zip(*(aps[name].to_pylist() for name in ("sensor", "mac", "lat", "lng", "tags")), strict=True)
    head = {
        "networkId": f"{tenant.name}/{site.name}",
        "startTime": instant(span.start_ms),
        "endTime": instant(span.end_ms),
        "reportingAps": [
            {"serial": name, "mac": mac, "name": name, "lat": lat, "lng": lng, "tags": tags, "floorPlan": None}
            for name, mac, lat, lng, tags in names
        ],
    }
    whole = json.dumps({"version": "3.0", "secret": receiver_secret, "type": "WiFi", "data": head})
    private = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(private, "w", encoding="utf-8") as file:
        file.write(whole.removesuffix("}}") + ', "observations": [')
        for place, batch in enumerate(_batches(connection)):
            file.write(("," if place else "") + "\n" + batch)
        file.write("\n]}}\n")


def instant(utc_ms: int) -> str:
    """As it stands in a feed: ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(utc_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _batches(connection: "duckdb.DuckDBPyConnection") -> Iterator[str]:
    found = connection.execute(_OBSERVATIONS)
    while rows := found.fetchmany(ROWS_AT_ONCE):
        yield ",\n".join(row[0] for row in rows)
