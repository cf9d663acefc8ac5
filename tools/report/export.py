"""`footfall report export`: a site's numbers, or a feed of single devices, as files that other tools read."""

import json
from pathlib import Path

import click

from collector.answers.question import EXPORT
from collector.calendar import Span
from collector.clock import now_ms
from collector.errors import CollectorError
from collector.exports import cells, feed, positions
from collector.folder import Collector, open_folder
from collector.records.registry import Site, Tenant
from collector.reporting import report as reports

from ..collecting.options import actor, dir_option, outside, tenant_option
from ..errors import ToolError
from ..options import last_line_option
from .span import asked_span, span_options

MERAKI = "meraki"
FORMATS = ("parquet", "csv", MERAKI)


@click.command("export")
@click.argument("site")
@dir_option
@tenant_option
@click.option("--format", "layout", type=click.Choice(FORMATS), required=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
@span_options
@click.option(
    "--positions",
    "positions_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help='meraki: CSV with columns name and position ("52.5163, 13.3777"), such as the installer\'s pallet list.',
)
@click.option(
    "--secret",
    default="",
    envvar="FOOTFALL_FEED_SECRET",
    help="meraki: what the receiver compares. Rather in the environment: FOOTFALL_FEED_SECRET.",
)
@last_line_option
def export(
    site: str,
    folder: Path,
    tenant: str,
    layout: str,
    out: Path,
    begins: str | None,
    ends: str | None,
    positions_path: Path | None,
    secret: str,
    as_json: bool,
) -> None:
    """Write the numbers of SITE, or a feed of single devices, into a file.

    parquet and csv hold released numbers only, a row each: minimum group 20, counts rounded to 5, each with interval,
    coverage, epoch and definition. They ask the memory of answers that all exports share.

    meraki is personal data. It lists single devices of the running epoch in the form of Meraki's Scanning API v3: when
    each was heard by which sensor, and how loud. It holds no real address, no network name and no model: clientMac is a
    locally administered address made for this file alone, so the addresses of two files cannot be joined. Times can.
    It is refused until two people have switched it on for the tenant with a reason (footfall fleet config terms), and
    each file is an entry in the audit log. See docs/exports.md before you use it.

    \b
    Examples:
      footfall report export shop --dir /var/lib/footfall --format parquet --out shop.parquet
      footfall report export shop --dir /var/lib/footfall --format csv --out week.csv --from 2026-11-16 --to 2026-11-23
      footfall report export shop --dir /var/lib/footfall --format meraki --out feed.json --positions pallet.csv
    """
    if layout != MERAKI and positions_path is not None:
        raise click.UsageError("--positions is for --format meraki; numbers have no place on a map")
    try:
        opened = open_folder(folder, outside())
        whose, place = opened.registry.tenant(tenant), opened.registry.site(tenant, site)
        span = asked_span(place, begins, ends)
        if layout == MERAKI:
            said = _feed(opened, whose, place, span, out, positions_path, secret)
        else:
            said = _cells(opened, whose, site, span, out, layout)
    except CollectorError as exc:
        raise ToolError(str(exc)) from exc
    except OSError as exc:
        raise ToolError(f"{out} cannot be written: {exc.strerror}; give another place") from exc
    whole = {"file": str(out), "format": layout, "bytes": out.stat().st_size, **said}
    if as_json:
        click.echo(json.dumps(whole))
    else:
        click.echo(f"{out}: {whole['bytes']:,} bytes, {', '.join(f'{name} {value}' for name, value in said.items())}")


def _cells(
    opened: Collector, tenant: Tenant, site: str, span: Span | None, out: Path, layout: str
) -> dict[str, str | int]:
    built = reports.build(opened.store, opened.registry, tenant.name, site, span, now_ms(), audience=EXPORT)
    made = cells.table(built, tenant)
    (cells.write_parquet if layout == "parquet" else cells.write_csv)(made, out)
    withheld = sum(cell.suppressed for answer in built.answers for cell in answer.cells)
    return {"cells": made.num_rows, "suppressed": withheld, "minimum_group": built.minimum_group}


def _feed(
    opened: Collector, tenant: Tenant, site: Site, span: Span | None, out: Path, table: Path | None, secret: str
) -> dict[str, str | int]:
    where = positions.read(table) if table is not None else {}
    made = feed.write(opened, tenant, site, span, out, actor(), now_ms(), receiver_secret=secret, positions=where)
    return {
        "epoch": made.epoch,
        "devices": made.devices,
        "sightings": made.sightings,
        "access_points": made.access_points,
    }
