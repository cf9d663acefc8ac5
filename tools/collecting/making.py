"""`footfall collector init`."""

from pathlib import Path

import click

from collector import folder as folders
from collector.registry import Tenant
from collector.settings import Settings

from .options import dir_option, opened, spoken


@click.command()
@dir_option
@click.option("--broker", default="127.0.0.1:1883", show_default=True, metavar="HOST:PORT", help="The MQTT broker.")
@click.option("--http-port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Of the page.")
@click.option("--time-zone", default="UTC", show_default=True, help="In which the business day turns, at 04:00.")
def init(folder: Path, broker: str, http_port: int, time_zone: str) -> None:
    """Make a collector's folder: settings, key, registry."""
    host, _, port = broker.rpartition(":")
    if not host or not port.isdigit():
        raise click.BadParameter("HOST:PORT is wanted", param_hint="--broker")
    with spoken():
        folders.create(folder, Settings(broker_host=host, broker_port=int(port), http_port=http_port))
    opened(folder).registry.put_tenant(Tenant(time_zone=time_zone))
    click.echo(
        f"{folder} is ready. Next: footfall collector add SENSOR --site SITE --key sensor.key.pub --dir {folder}"
    )
    click.echo(f"Each sensor needs {folder / 'collector.key.pub'} as /etc/footfall/collector.pub")
