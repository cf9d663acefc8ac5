"""OpenWISP: what a sensor says of itself as NetJSON DeviceMonitoring, and the rows of OpenWISP's CSV import. Pure.

Left out because a sensor does not say it: `resources` (memory wants total, free, buffered and shared, load wants three
values; a sensor says what is available, and one load) and `interfaces`. Left out because they would name people's
devices: `dhcp_leases`, `neighbors`, clients. What we have beside that stands under `x_footfall`: extra keys pass there,
are kept as status, and OpenWISP draws no chart of them.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode
from uuid import UUID

from .. import sheets
from ..errors import QueryError
from ..records.registry import Sensor
from ..records.reports import Report
from ..sheets import Form

_MAC = re.compile(r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
COLUMNS = ("sensor", "mac", "uuid", "key")
FORM = Form(needed=COLUMNS[:1], more=None, empty=True)


@dataclass(frozen=True, slots=True)
class Device:
    """A sensor as OpenWISP knows it. The key lets anybody report for it: it is read from a file and kept nowhere."""

    sensor: str
    mac: str = ""  # of the unit itself, from its label
    uuid: str = ""
    key: str = ""

    def __repr__(self) -> str:
        return f"Device({self.sensor!r})"


def devices(content: bytes) -> dict[str, Device]:
    """The devices in a CSV file with the columns sensor, mac, uuid, key. Raises SheetError."""
    rows = ({name: row.get(name) for name in COLUMNS} for row in sheets.read(content, FORM))
    return {row["sensor"]: Device(**row) for row in rows}


def monitoring(sensor: Sensor, report: Report, state: str) -> dict[str, object]:
    """The document of a sensor's last word."""
    ours: dict[str, object] = {"site": sensor.site, "state": state, "version": report.version}
    said: dict[str, object] = {"type": "DeviceMonitoring", "general": {"hostname": sensor.name}}
    health = report.health
    if health is not None:
        general = {"local_time": (health.time_ms or report.received_ms) // 1000, "uptime": int(health.uptime_s)}
        said["general"] = general | {"hostname": sensor.name}
        values = {
            "load_1m": health.load_1m,
            "memory_available_kib": health.memory_available_kib,
            "agent_rss_kib": health.rss_kib,
            "temperature_c": health.temperature_c,
            "radio": health.radio,
            "clock": health.clock,
            "spool_batches": health.spool_batches,
            "frames": health.totals.frames,
            "batches_emitted": health.totals.batches_emitted,
        }
        ours |= {name: value for name, value in values.items() if value not in (None, "")}
    return said | {"x_footfall": ours}


def path(device: Device, report: Report) -> str:
    """Where the document is posted, below the controller's address; historical words never alert there.

    A controller takes any `current` for a yes, "false" too: a word that is not of now leaves it out.
    """
    when = datetime.fromtimestamp(report.received_ms / 1000, UTC).strftime("%d-%m-%Y_%H:%M:%S.%f")
    said = {"key": device.key, "time": when} | ({"current": "true"} if report.connected else {})
    return f"/api/v1/monitoring/device/{quote(device.uuid, safe='')}/?{urlencode(said, safe=':')}"


def sheet(organization: str, sensors: Iterable[Sensor], known: Mapping[str, Device]) -> tuple[str, list[str]]:
    """The CSV that OpenWISP's import of devices takes, and the sensors that it would not take:

    nobody has given their own address, or it is none, or their name ends with a hyphen.

    organization: its UUID; the column with its name is not read there. Raises QueryError.
    """
    try:
        UUID(organization)
    except ValueError:
        raise QueryError(
            f"'{organization[:40]}' is no UUID: OpenWISP's import tells organizations by theirs"
            "; OpenWISP's page shows it"
        ) from None
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("organization_id", "name", "mac_address"))
    missing = []
    for sensor in sensors:
        device = known.get(sensor.name)
        if device and _MAC.fullmatch(device.mac) and not sensor.name.endswith("-"):
            writer.writerow((organization, sensor.name, device.mac))
        else:
            missing.append(sensor.name)
    return out.getvalue(), missing
