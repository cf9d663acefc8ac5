"""The released cells of a report as one table, a row a cell, for Parquet and CSV.

Build the report for the audience EXPORT: its minimum group and rounding are what may leave the house.
"""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from .. import calendar
from ..records.registry import Tenant
from ..reporting.report import Answer, Report
from ..suppression import Cell

SCHEMA = pa.schema(
    [
        ("site", pa.string()),
        ("metric", pa.string()),
        ("series", pa.string()),
        ("cell", pa.string()),
        ("value", pa.float64()),  # null: suppressed, or there is no number
        ("low", pa.float64()),  # 90 % interval, null where it has none
        ("high", pa.float64()),
        ("suppressed", pa.bool_()),  # it rests on fewer than the minimum group
        ("unit", pa.string()),
        ("coverage", pa.float64()),  # of the whole report: sensor time heard / planned
        ("epoch", pa.string()),  # those that the time touches, oldest first, blanks between
        ("definition", pa.string()),
    ]
)


def table(report: Report, tenant: Tenant) -> "pa.Table":
    """The rows of SCHEMA; what all of them share stands in the schema's metadata."""
    coverage, epochs = report.answer("coverage").value, " ".join(_epochs(report, tenant))
    rows = [(answer, cell) for answer in report.answers for cell in answer.cells]
    columns = {
        **{name: [getattr(cell, name) for _, cell in rows] for name in ("series", "cell", "suppressed")},
        **{name: [_number(cell, name) for _, cell in rows] for name in ("value", "low", "high")},
        "site": [report.site] * len(rows),
        "metric": [answer.metric.name for answer, _ in rows],
        "unit": _units(report.answers),
        "coverage": [coverage] * len(rows),
        "epoch": [epochs] * len(rows),
        "definition": [answer.metric.definition for answer, _ in rows],
    }
    said = {
        "footfall_from": _instant(report.span.start_ms),
        "footfall_to": _instant(report.span.end_ms),
        "footfall_time_zone": report.time_zone,
        "footfall_minimum_group": str(report.minimum_group),
    }
    return pa.table(columns, schema=SCHEMA.with_metadata(said))


def write_parquet(made: "pa.Table", path: Path) -> None:
    """As Parquet; the metadata goes into the file. Raises OSError."""
    pq.write_table(made, path, compression="zstd")


def write_csv(made: "pa.Table", path: Path) -> None:
    """As CSV with a header; null is an empty field. Raises OSError."""
    pa_csv.write_csv(made, path, pa_csv.WriteOptions(quoting_style="needed"))


def _number(cell: Cell, name: str) -> float | None:
    said = getattr(cell, name)
    return None if said is None else float(said)


def _units(answers: list[Answer]) -> list[str]:
    return [answer.unit(cell) for answer in answers for cell in answer.cells]


def _epochs(report: Report, tenant: Tenant) -> list[str]:
    at_ms, found = report.span.start_ms, []
    while at_ms < report.span.end_ms:
        epoch = calendar.epoch_of(at_ms, tenant.time_zone, tenant.epoch_turn_h, tenant.epoch_days)
        found.append(epoch.name)
        at_ms = epoch.end_ms
    return found


def _instant(utc_ms: int) -> str:
    return datetime.fromtimestamp(utc_ms / 1000, UTC).isoformat(timespec="milliseconds")
