"""`footfall report`: a site's numbers from a collector's folder."""

import json
from dataclasses import replace
from pathlib import Path

import click

from collector.answers.question import EXPORT, OPERATOR
from collector.clock import now_ms
from collector.errors import CollectorError
from collector.folder import Collector, open_folder
from collector.records.sites import TIME
from collector.reporting import report as reports
from collector.reporting import text as report_text
from collector.reporting.comparison import KINDS, compare, other_span
from collector.reporting.report import Report

from ..collecting.options import computing, dir_option, engine_option, outside, spark_master_option, tenant_option
from ..errors import ToolError
from .calibrate import calibrate
from .export import export
from .span import asked_span, span_options

FORMATS = ("text", "json", "csv", "html", "pdf")


class _Report(click.Group):
    """`report SITE` is `report show SITE`; other words before a site are commands."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in context.help_option_names:
            args = ["show", *args]
        return super().parse_args(context, args)


@click.group("report", cls=_Report)
def report() -> None:
    """Print a site's numbers, export them, and teach the estimate of people.

    `footfall report SITE` is short for `footfall report show SITE`.
    """


@report.command("show")
@click.argument("site")
@dir_option
@tenant_option
@span_options
@click.option("--format", "layout", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Into this file; a PDF needs one.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--against",
    type=click.Choice(KINDS),
    help="Changes, with intervals, since a week before, or since the time of the same length just before --from.",
)
@click.option("--hours", metavar="HH:MM-HH:MM", help="Only these hours of each day, local time of the site.")
@click.option(
    "--export",
    "for_export",
    is_flag=True,
    help="Numbers that leave the house: a minimum group of 20, counts rounded to 5. --format csv always is one.",
)
@engine_option
@spark_master_option
def show(
    site: str,
    folder: Path,
    tenant: str,
    begins: str | None,
    ends: str | None,
    layout: str,
    out: Path | None,
    as_json: bool,
    engine: str,
    hours: str | None,
    for_export: bool,
    against: str | None,
) -> None:
    """Print the numbers of SITE, for all that was heard or for a time.

    \b
    Example:
      footfall report shop --dir /var/lib/footfall --from 2026-11-20 --to 2026-11-21
      footfall report shop --dir /var/lib/footfall --format html --out shop.html
      footfall report shop --dir /var/lib/footfall --format pdf --out shop.pdf
    """
    try:
        opened = open_folder(folder, outside())
        audience = EXPORT if for_export or layout == "csv" else OPERATOR
        span = asked_span(opened.registry.site(tenant, site), begins, ends)
        asked = (opened.store, opened.registry, tenant, site)
        told = (now_ms(), engine, audience, _hours(hours))
        with computing(opened, engine):
            built = reports.build(*asked, span, *told)
            if against is not None:
                other = reports.build(*asked, other_span(built.span, against, built.time_zone), *told)
                built = replace(built, changes=tuple(compare(other, built)), against=against)
    except CollectorError as exc:
        raise ToolError(str(exc)) from exc
    content = _laid_out(built, opened, tenant, "json" if as_json else layout)
    if out is not None:
        _write(out, content)
        click.echo(f"{out}: {len(content):,} bytes", err=True)
    elif layout == "pdf":
        raise click.UsageError("a PDF goes into a file: --out FILE")
    else:
        click.echo(content.decode(), nl=False)


def _laid_out(built: Report, opened: Collector, tenant: str, layout: str) -> bytes:
    if layout == "json":
        return json.dumps(reports.as_json(built)).encode() + b"\n"
    if layout == "csv":
        return reports.as_csv(built).encode()
    if layout == "text":
        return report_text.render(built).encode()
    from collector.notice import pdf  # noqa: PLC0415 - drawings and a printer that most reports do not need
    from collector.printing import sheet  # noqa: PLC0415

    site = opened.registry.site(tenant, built.site)
    page = sheet.render(built, site, now_ms(), opened.settings.simulated)
    try:
        return pdf.render(page) if layout == "pdf" else page.encode()
    except CollectorError as exc:
        raise ToolError(str(exc)) from exc


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as exc:
        raise ToolError(f"{path} cannot be written: {exc.strerror}; give another place") from exc


def _hours(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    begins, _, ends = text.partition("-")
    if not (TIME.fullmatch(begins) and TIME.fullmatch(ends)) or begins == ends:
        raise click.BadParameter(f"'{text}' is no time of the day; 10:00-18:00 is wanted", param_hint="--hours")
    return begins, ends


report.add_command(calibrate)
report.add_command(export)
