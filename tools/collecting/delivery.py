"""A delivery: a sheet of where units will hang becomes a pallet, the same rows with a claim in each."""

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from collector import sheets
from collector.enrolment.claims import COUNT_MAX
from collector.enrolment.places import Offer
from collector.folder import Collector
from collector.records.standing import Standing
from collector.sheets import Form
from footfall_sensor.claim import Claim
from footfall_sensor.errors import SensorError
from footfall_sensor.wire.envelope import check_sensor_name

from ..errors import ToolError
from ..naming import some

PALLET = ("name", "claim", "site", "position", "unit")  # as `footfall device provision` and `label` read it
FORM = Form(needed=("name", "site"), more=("claim", "position", "unit"), rows_max=COUNT_MAX)
NAMED = 10  # in a remark; the others are counted
EMPTY = (Standing.NEW, Standing.PENDING)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row: a sensor's name, its site, and what only labels and notes say."""

    name: str
    site: str
    position: str
    unit: str


def read(path: Path) -> list[Wanted]:
    """The rows of a sheet. Raises SheetError that names line and column."""
    found: dict[str, Wanted] = {}
    for row in sheets.of_file(path, FORM):
        if row["name"] in found:
            raise row.twice("name")
        try:
            check_sensor_name(row["name"])
        except SensorError as exc:
            raise row.fault("name", str(exc)) from exc
        if not row["site"]:
            raise row.fault("site", "every unit hangs at a site; name it")
        found[row["name"]] = Wanted(row["name"], row["site"], row.get("position"), row.get("unit"))
    return list(found.values())


def offers(rows: Sequence[Wanted], tenant: str, approve: bool) -> list[Offer]:
    """What the claims of these rows give, in their order."""
    return [Offer(tenant, row.site, row.name, approve) for row in rows]


def remarks(collector: Collector, tenant: str, rows: Sequence[Wanted]) -> list[str]:
    """What may be a slip of the pen: sites that are made, and sensors that have a unit already."""
    known = {site.name for site in collector.registry.sites(tenant)}
    fresh = sorted({row.site for row in rows} - known)
    seated = {one.name for one in collector.registry.sensors() if one.state not in EMPTY}
    taken = [row.name for row in rows if row.name in seated]
    said = [f"{len(rows)} units, at so many sites: {len({row.site for row in rows})}"]
    if fresh:
        said.append(
            f"new sites, made with the claims: {some(fresh, NAMED)}. Is none of them a slip? --dry-run makes nothing"
        )
    if taken:
        said.append(f"have a unit already, which the new one replaces once it is approved: {some(taken, NAMED)}")
    return said


def write(rows: Sequence[Wanted], claims: Sequence[Claim], out: Path | None) -> None:
    """The pallet: to a new file for its owner alone, or to standard output. Raises ToolError."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PALLET)
    for row, claim in zip(rows, claims, strict=True):
        writer.writerow((row.name, claim.code(), row.site, row.position, row.unit))
    if out is None:
        click.echo(text.getvalue(), nl=False)
        return
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_TRUNC), "w", encoding="utf-8") as file:
        file.write(text.getvalue())


def reserve(out: Path | None) -> None:
    """Make the file before any claim: a code is shown once, and must not get lost. Raises ToolError."""
    if out is None:
        return
    try:
        os.close(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as exc:
        raise ToolError(f"{out} is there already, and may hold claims; name a new file") from exc
    except OSError as exc:
        raise ToolError(f"{out} cannot be written: {exc.strerror}; name another --out") from exc
