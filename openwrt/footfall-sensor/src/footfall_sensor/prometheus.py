"""footfall.prom for the textfile collector of OpenWrt's prometheus-node-exporter-lua: the last health, as metrics."""

import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from .wire.messages import Health

FILE = "footfall.prom"
RADIO_STATES = (
    "listening",
    "quiet",
    "kicked",
    "deaf",
    "gone",
    "down",
    "not_monitor",
    "no_permission",
    "refused",
    "closed",
)


def write(folder: str, health: Health) -> bool:
    """Write the file, whole or not at all. False where the folder is absent or not ours to write in."""
    path = Path(folder, FILE)
    partial = path.with_suffix(".new")
    try:
        if not path.parent.is_dir():
            return False
        partial.write_text("".join(f"{line}\n" for line in lines(health)), encoding="ascii")
        os.replace(partial, path)
    except OSError:
        return False
    return True


def lines(health: Health) -> Iterator[str]:
    """The metrics, each with its type."""
    for field in fields(health.totals):
        name = f"footfall_{field.name}_total"
        yield f"# TYPE {name} counter"
        yield f"{name} {getattr(health.totals, field.name)}"
    for name, value in (
        ("footfall_uptime_seconds", health.uptime_s),
        ("footfall_resident_bytes", None if health.rss_kib is None else health.rss_kib << 10),
        ("footfall_spool_batches", health.spool_batches),
        ("footfall_spool_bytes", health.spool_bytes),
        ("footfall_spool_oldest_seconds", health.spool_oldest_s),
        ("footfall_windows_held", health.held),
        ("footfall_key_wanted", int(health.key_wanted)),
        ("footfall_clock_offset_seconds", None if health.clock_offset_ms is None else health.clock_offset_ms / 1000),
    ):
        if value is not None:
            yield f"# TYPE {name} gauge"
            yield f"{name} {value}"
    yield "# TYPE footfall_radio gauge"
    for state in RADIO_STATES:
        yield f'footfall_radio{{state="{state}"}} {int(state == health.radio)}'
    yield "# TYPE footfall_channel_probes_total counter"
    for mhz, probes in health.heard:
        yield f'footfall_channel_probes_total{{mhz="{mhz}"}} {probes}'
