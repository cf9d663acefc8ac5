"""The installer's report: what a unit heard and said where it hangs, on one page."""

import html
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector import sheets
from collector.sheets import Form, SheetError
from footfall_sensor.words import CLOCK, RADIO, span

from .errors import DeviceError
from .proving import Check

LEVELS_DBM = (-110, 0)
LEVEL = "a whole number of dBm from -110 to 0 is wanted"
WALK = Form(needed=("place", "level"), more=None, rows_max=200, empty=True)
_STYLE = (
    "body{font:11pt system-ui,sans-serif;margin:2rem;max-width:50rem}th{text-align:left;padding:.2rem 1rem .2rem 0;"
    "vertical-align:top}td{padding:.2rem 1rem .2rem 0}.no{color:#b00}.ok{color:#060}svg{max-width:100%}"
    "@media (prefers-color-scheme:dark){body{background:#111;color:#eee}.ok{color:#7c7}.no{color:#f77}}"
)


@dataclass(frozen=True, slots=True)
class Place:
    """What the installer writes down."""

    position: str = ""
    by: str = ""
    note: str = ""


def write(
    path: Path, said: Mapping[str, Any], checks: Sequence[Check], place: Place, walk_path: Path | None = None
) -> None:
    """Write the report. Raises DeviceError."""
    walk = read_walk(walk_path) if walk_path else []
    try:
        path.write_text(render(said, checks, place, walk, time.strftime("%Y-%m-%d %H:%M %Z")), encoding="utf-8")
    except OSError as exc:
        raise DeviceError(f"cannot write {path}: {exc.strerror}; give another place") from exc


def render(
    said: Mapping[str, Any], checks: Sequence[Check], place: Place, walk: Sequence[tuple[str, int]], when: str
) -> str:
    """The report as one HTML page that needs nothing else."""
    facts = [
        ("sensor", str(said["sensor"])),
        ("position", place.position),
        ("installed by", place.by),
        ("when", when),
        ("agent", f"version {said['version']}, runs for {span(float(said['uptime_s']))}, mode {said['mode']}"),
        ("radio", f"{said['radio']}: {RADIO.get(str(said['radio']), '')}"),
        ("channels", str(said.get("channels", ""))),
        ("clock", f"{said['clock']}: {CLOCK.get(str(said['clock']), '')}{_offset(said.get('clock_offset_ms'))}"),
        ("broker", f"{said['connection']} ({said['broker']})"),
        ("note", place.note),
    ]
    rows = "".join(f"<tr><th>{_e(name)}<td>{_e(text)}" for name, text in facts if text)
    judged = "".join(
        f'<tr><td class="{"ok" if check.ok else "no"}">{"OK" if check.ok else "NO"}<th>{_e(check.name)}'
        f"<td>{_e(check.says if check.ok else f'{check.says}. {check.do}')}"
        for check in checks
    )
    heard = [(f"{mhz} MHz", int(count)) for mhz, count in said.get("heard", ())]
    parts = [f"<h2>Probe requests heard, by frequency</h2>{_bars(heard)}"] if heard else []
    if walk:
        parts.append(f"<h2>Level along the walk, dBm</h2>{_bars([(name, level + 100) for name, level in walk], walk)}")
    title = f"Installation: {_e(said['sensor'])}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1><table>{rows}</table>"
        f"<h2>Checks</h2><table>{judged}</table>{''.join(parts)}</html>\n"
    )


def read_walk(path: Path) -> list[tuple[str, int]]:
    """A walk through the place with a phone: rows (place, level in dBm) of a CSV file. Raises DeviceError."""
    try:
        return [(row["place"], int(row.number("level", LEVEL, LEVELS_DBM))) for row in sheets.of_file(path, WALK)]
    except SheetError as exc:
        raise DeviceError(f"{path}: {exc}") from exc


def _bars(rows: Sequence[tuple[str, int]], shown: Sequence[tuple[str, int]] | None = None) -> str:
    """Horizontal bars; `shown` are the numbers that stand beside them."""
    most = max((count for _, count in rows), default=0) or 1
    numbers = [number for _, number in (shown or rows)]
    bars = "".join(
        f'<text x="0" y="{16 + 22 * at}">{_e(name[:24])}</text>'
        f'<rect x="180" y="{4 + 22 * at}" width="{max(0, count) * 300 // most}" height="15" fill="#4a7"/>'
        f'<text x="{186 + max(0, count) * 300 // most}" y="{16 + 22 * at}">{number}</text>'
        for at, ((name, count), number) in enumerate(zip(rows, numbers, strict=True))
    )
    return f'<svg viewBox="0 0 560 {8 + 22 * len(rows)}" font-size="13" fill="currentColor" role="img">{bars}</svg>'


def _offset(offset_ms: object) -> str:
    return "" if offset_ms is None else f"; {offset_ms} ms off when NTP last said"


def _e(text: object) -> str:
    return html.escape(str(text))
