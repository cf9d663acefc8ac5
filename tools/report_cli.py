"""`footfall report`: a site's numbers from a collector's folder."""

import json
from datetime import datetime
from pathlib import Path

import click

from collector import calendar, report_text
from collector import report as reports
from collector.errors import CollectorError
from collector.folder import open_folder
from collector.registry import Site
from collector.server import now_ms

from .collecting.options import dir_option, outside
from .errors import ToolError


@click.command("report")
@click.argument("site")
@dir_option
@click.option("--tenant", default="default", show_default=True, help="Whose site it is.")
@click.option("--from", "begins", metavar="TIME", help="Local time of the site, 2026-11-22 or 2026-11-22T10:00.")
@click.option("--to", "ends", metavar="TIME", help="Likewise; not included.")
@click.option("--format", "layout", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="What computes the numbers; they are the same. Spark needs Java and takes seconds to start.",
)
def report(
    site: str,
    folder: Path,
    tenant: str,
    begins: str | None,
    ends: str | None,
    layout: str,
    as_json: bool,
    engine: str,
) -> None:
    """Print the numbers of SITE, for all that was heard or for a time.

    \b
    Example:
      footfall report shop --dir /var/lib/footfall --from 2026-11-20 --to 2026-11-21
    """
    try:
        opened = open_folder(folder, outside())
        span = _span(opened.registry.site(tenant, site), begins, ends)
        built = reports.build(opened.store, opened.registry, tenant, site, span, now_ms(), engine)
    except CollectorError as exc:
        raise ToolError(str(exc)) from exc
    if as_json or layout == "json":
        click.echo(json.dumps(reports.as_json(built)))
    elif layout == "csv":
        click.echo(reports.as_csv(built), nl=False)
    else:
        click.echo(report_text.render(built), nl=False)


def _span(site: Site, begins: str | None, ends: str | None) -> calendar.Span | None:
    if begins is None and ends is None:
        return None
    if begins is None or ends is None:
        raise click.UsageError("--from and --to go together")
    place = calendar.zone(site.time_zone)
    try:
        start, end = (datetime.fromisoformat(text) for text in (begins, ends))
    except ValueError as exc:
        raise click.BadParameter(f"{exc}; 2026-11-22 or 2026-11-22T10:00 is wanted") from exc
    start, end = (moment if moment.tzinfo else moment.replace(tzinfo=place) for moment in (start, end))
    if end <= start:
        raise click.UsageError("--to must be after --from")
    return calendar.Span("asked", int(start.timestamp() * 1000), int(end.timestamp() * 1000))
