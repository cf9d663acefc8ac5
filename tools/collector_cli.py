"""`footfall collector`: make a collector, run it, see who sends and what was refused."""

import json
import logging
from dataclasses import asdict
from pathlib import Path

import click

from collector import folder as folders
from collector import server
from collector.errors import CollectorError
from collector.registry import Site, Tenant, boot_bytes
from collector.settings import Settings
from footfall_sensor import keys
from footfall_sensor.errors import SensorError
from footfall_sensor.wire.envelope import check_sensor_name

from .errors import ToolError

dir_option = click.option(
    "--dir", "folder", type=click.Path(path_type=Path), required=True, help="The collector's folder."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("collector")
def collector() -> None:
    """The collector: takes what sensors send, stores it, and answers."""


@collector.command()
@dir_option
@click.option("--broker", default="127.0.0.1:1883", show_default=True, metavar="HOST:PORT", help="The MQTT broker.")
@click.option("--http-port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Of the page.")
@click.option("--time-zone", default="UTC", show_default=True, help="In which the business day turns, at 04:00.")
def init(folder: Path, broker: str, http_port: int, time_zone: str) -> None:
    """Make a collector's folder: settings, key, registry."""
    host, _, port = broker.rpartition(":")
    if not host or not port.isdigit():
        raise click.BadParameter("HOST:PORT is wanted", param_hint="--broker")
    try:
        folders.create(folder, Settings(broker_host=host, broker_port=int(port), http_port=http_port))
        folders.open_folder(folder).registry.put_tenant(Tenant(time_zone=time_zone))
    except CollectorError as exc:
        raise ToolError(str(exc)) from exc
    click.echo(
        f"{folder} is ready. Next: footfall collector add SENSOR --site SITE --key sensor.key.pub --dir {folder}"
    )
    click.echo(f"Each sensor needs {folder / 'collector.key.pub'} as /etc/footfall/collector.pub")


@collector.command()
@dir_option
@click.argument("sensor")
@click.option("--site", required=True, help="Where it hangs; made if it is new.")
@click.option("--key", "key_file", type=click.Path(path_type=Path), required=True, help="The sensor's public key file.")
@click.option("--time-zone", help="Of a new site; default: the tenant's.")
def add(folder: Path, sensor: str, site: str, key_file: Path, time_zone: str | None) -> None:
    """Register SENSOR: from now on its messages are taken."""
    try:
        check_sensor_name(sensor)
        key = keys.read_public(key_file)
        registry = folders.open_folder(folder).registry
        tenant = registry.tenant("default")
        if site not in {one.name for one in registry.sites(tenant.name)}:
            registry.put_site(Site(tenant.name, site, time_zone=time_zone or tenant.time_zone))
        registry.put_sensor(tenant.name, sensor, site, key.id, key.raw)
    except (CollectorError, SensorError) as exc:
        raise ToolError(str(exc)) from exc
    click.echo(f"{sensor} at {site} may send; a running collector knows it within {server.REFRESH_S:.0f} s")


@collector.command()
@dir_option
def serve(folder: Path) -> None:
    """Run the collector until it is told to stop (SIGTERM or Ctrl-C)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        server.serve(folder)
    except CollectorError as exc:
        raise ToolError(str(exc)) from exc


@collector.command()
@dir_option
@json_option
def status(folder: Path, as_json: bool) -> None:
    """What each sensor sent and what of it is stored; the difference must be what it still holds."""
    try:
        opened = folders.open_folder(folder)
    except CollectorError as exc:
        raise ToolError(str(exc)) from exc
    names = {sensor.id: sensor for sensor in opened.registry.sensors()}
    reports = opened.registry.reports()
    rows = []
    for row in opened.store.manifest.ledger():
        said = reports.get(row.sensor_id)
        health = said.health if said and said.boot == row.boot else None
        emitted = health.totals.sightings_emitted if health else None
        rows.append(
            {
                "sensor": names[row.sensor_id].name,
                "site": names[row.sensor_id].site,
                "boot": boot_bytes(row.boot).hex(),
                "batches": row.batches,
                "sightings": row.sightings,
                "duplicates": row.duplicates,
                "emitted": emitted,
            }
        )
    if as_json:
        click.echo(json.dumps({"starts": rows, "quarantine": opened.quarantine.count()}))
        return
    click.echo(f"{'sensor':20} {'site':16} {'batches':>9} {'sightings':>11} {'emitted':>11} {'again':>7}")
    for one in rows:
        click.echo(
            f"{one['sensor']:20} {one['site']:16} {one['batches']:>9} {one['sightings']:>11} "
            f"{one['emitted'] if one['emitted'] is not None else '?':>11} {one['duplicates']:>7}"
        )
    for reason, count in opened.quarantine.count().items():
        click.echo(f"refused, {reason}: {count}")


@collector.command()
@dir_option
@json_option
@click.option("--newest", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
def quarantine(folder: Path, as_json: bool, newest: int) -> None:
    """The newest refused messages and why they were refused."""
    try:
        held = folders.open_folder(folder).quarantine.list(newest)
    except CollectorError as exc:
        raise ToolError(str(exc)) from exc
    if as_json:
        click.echo(json.dumps([{**asdict(one), "payload": one.payload.hex()} for one in held]))
        return
    for one in held:
        click.echo(f"{one.id:>8}  {one.reason:16} {one.topic:40} {one.says}")
    if not held:
        click.echo("nothing was refused")
