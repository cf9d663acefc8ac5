"""`footfall fleet export` and `import`: the fleet for other systems, and for a spreadsheet and back."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from collector import clock
from collector.folder import Collector
from collector.grouping import sheet
from collector.grouping.book import Book
from collector.grouping.selection import Known, Selection
from collector.interop import geojson, openwisp
from collector.interop.targets import targets
from collector.watch import watchman

from ..collecting.options import actor, dir_option, json_option, opened, spoken
from ..errors import ToolError
from .config import dry_option
from .selecting import selected, selection, selection_options
from .tagging import say_edited

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("export")
@dir_option
@selection_options
@click.option("--csv", "form", flag_value="csv", help="A sheet, for `footfall fleet import` too. The default.")
@click.option("--geojson", "form", flag_value="geojson", help="Sites and sensors, as GeoJSON.")
@click.option("--targets", "form", flag_value="targets", help="Prometheus targets, for file_sd and http_sd.")
@click.option("--netjson", "form", flag_value="netjson", help="NetJSON DeviceMonitoring, a document a sensor.")
@click.option("--openwisp", "url", metavar="URL", help="Post those documents to this OpenWISP controller.")
@click.option(
    "--openwisp-csv",
    "organization",
    metavar="UUID",
    help="OpenWISP's import of devices, as CSV, for this organization.",
)
@click.option(
    "--devices",
    type=FILE,
    help="For OpenWISP: a CSV file with sensor, mac, uuid and key. Keep it readable for you alone.",
)
@click.option(
    "--target", default="{sensor}:9100", show_default=True, help="For --targets: the address of a unit's exporter."
)
def export(
    folder: Path,
    form: str | None,
    url: str | None,
    organization: str | None,
    devices: Path | None,
    target: str,
    **words: Any,
) -> None:
    """Print the fleet for other systems; all sensors, or those that are selected."""
    if sum(one is not None for one in (form, url, organization)) > 1:
        raise click.UsageError("choose one form")
    collector = opened(folder)
    with spoken():
        asked = selection(words)
        chosen = selected(collector, Selection(everyone=True) if asked.empty else asked)
        units = openwisp.devices(devices.read_bytes()) if devices else {}
        if url or organization:
            if not devices:
                raise click.UsageError("OpenWISP's names for sensors are wanted: --devices FILE")
            _openwisp(collector, chosen, units, url, organization or "")
            return
        click.echo(_WAYS[form or "csv"](collector, chosen, target), nl=False)


@click.command("import")
@dir_option
@click.argument("file", type=FILE)
@dry_option
@json_option
def import_sheet(folder: Path, file: Path, dry: bool, as_json: bool) -> None:
    """Take site, group, tags, behind, latitude and longitude of sensors from FILE.

    `footfall fleet export` prints such a file. All lines of it are taken or none. Sensors and columns
    that are not in it stay as they are; an empty cell empties.
    """
    collector = opened(folder)
    with spoken():
        done = Book(collector.registry.engine).edit(sheet.read(file.read_bytes()), actor(), clock.now_ms(), dry)
    say_edited(done, dry, as_json)


def _states(collector: Collector) -> dict[int, str]:
    return {number: shown.state for number, shown in watchman.states(collector, clock.now_ms()).items()}


def _sheet(collector: Collector, chosen: Sequence[Known], _: str) -> str:
    states, reports = _states(collector), collector.registry.reports.newest()
    said = {one.sensor.id: {"state": states[one.sensor.id]} for one in chosen}
    for one in chosen:
        report = reports.get(one.sensor.id)
        if report:
            heard = datetime.fromtimestamp(report.received_ms / 1000, UTC).isoformat(timespec="seconds")
            said[one.sensor.id] |= {"version": report.version, "heard": heard}
    return sheet.write(chosen, said)


def _geojson(collector: Collector, chosen: Sequence[Known], _: str) -> str:
    return json.dumps(geojson.collection(chosen, _states(collector)), indent=1) + "\n"


def _targets(_: Collector, chosen: Sequence[Known], form: str) -> str:
    return json.dumps(targets([one for one in chosen if one.sensor.approved], form), indent=1) + "\n"


def _netjson(collector: Collector, chosen: Sequence[Known], _: str) -> str:
    states, reports = _states(collector), collector.registry.reports.newest()
    found = [
        openwisp.monitoring(one.sensor, reports[one.sensor.id], states[one.sensor.id])
        for one in chosen
        if one.sensor.id in reports
    ]
    return json.dumps(found, indent=1) + "\n"


_WAYS: dict[str, Callable[[Collector, Sequence[Known], str], str]] = {
    "csv": _sheet,
    "geojson": _geojson,
    "targets": _targets,
    "netjson": _netjson,
}


def _openwisp(
    collector: Collector, chosen: Sequence[Known], units: dict[str, openwisp.Device], url: str | None, organization: str
) -> None:
    if url is None:
        text, missing = openwisp.sheet(organization, [one.sensor for one in chosen], units)
        click.echo(text, nl=False)
        if missing:
            why = "their own address is not in --devices or is none, or their name ends with a hyphen"
            click.echo(f"left out, {why}: {' '.join(missing)}", err=True)
        return
    from collector.interop.pushing import post  # noqa: PLC0415 - HTTP, which the other forms need not wait for

    states, reports = _states(collector), collector.registry.reports.newest()
    documents = [
        (one.sensor.name, openwisp.path(units[one.sensor.name], report), openwisp.monitoring(one.sensor, report, state))
        for one in chosen
        if (report := reports.get(one.sensor.id))
        and (state := states[one.sensor.id])
        and one.sensor.name in units
        and units[one.sensor.name].uuid
    ]
    done = post(url, documents)
    failed = [one for one in done if one.says]
    for one in failed:
        click.echo(f"{one.sensor:20} {one.says}", err=True)
    click.echo(f"{len(done) - len(failed)} of {len(chosen)} sensors reported to the controller")
    if failed or len(done) < len(chosen):
        left = len(chosen) - len(done)
        raise ToolError(f"{len(failed)} were refused, {left} have never reported or have no uuid in --devices")
