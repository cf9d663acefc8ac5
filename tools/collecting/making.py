"""`footfall collector init`."""

import socket
from pathlib import Path

import click

from collector import brokering, server
from collector import folder as folders
from collector.registry import Tenant
from collector.settings import Settings

from .options import dir_option, opened, spoken

TLS_PORT, PLAIN_PORT = 8883, 1883


@click.command()
@dir_option
@click.option(
    "--host", "hosts", multiple=True, metavar="NAME", help="Under which sensors reach the broker; repeatable."
)
@click.option("--port", type=click.IntRange(1, 65535), help="Of the broker; default 8883, with --plain 1883.")
@click.option("--wireguard", metavar="ADDRESS/BITS", help="Lean units come in by WireGuard: 10.77.0.1/16, say.")
@click.option("--plain", is_flag=True, help="A broker without TLS, for this machine only.")
@click.option("--broker", metavar="HOST:PORT", help="No broker of our own: one without TLS that is there already.")
@click.option("--http-port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Of the page.")
@click.option("--time-zone", default="UTC", show_default=True, help="In which the business day turns, at 04:00.")
def init(
    folder: Path,
    hosts: tuple[str, ...],
    port: int | None,
    wireguard: str | None,
    plain: bool,
    broker: str | None,
    http_port: int,
    time_zone: str,
) -> None:
    """Make a collector's folder: settings, keys, registry, and all that mosquitto needs to be its broker.

    \b
    Then, each until it is told to stop:
      mosquitto -c DIR/mosquitto.conf
      footfall collector serve --dir DIR
    """
    if ((plain or broker) and (hosts or wireguard)) or (plain and broker):
        raise click.UsageError(
            "--host and --wireguard are for a broker of our own with TLS, without --plain or --broker"
        )
    if broker:
        chosen = _elsewhere(broker, http_port)
    elif plain:
        chosen = Settings(broker_port=port or PLAIN_PORT, http_port=http_port)
    else:
        names = " ".join(hosts or (socket.gethostname(),))
        chosen = Settings(
            broker_port=port or TLS_PORT,
            broker_tls=True,
            broker_names=names,
            wireguard=wireguard or "",
            http_port=http_port,
        )
    _make(folder, chosen, plain, time_zone)
    if not broker:
        click.echo(f"Start the broker: mosquitto -c {folder.absolute() / 'mosquitto.conf'}")
    click.echo(f"Start the collector: footfall collector serve --dir {folder}")
    click.echo(f"Add a sensor: footfall collector add SENSOR --site SITE --key sensor.key.pub --dir {folder}")
    if chosen.broker_tls:
        click.echo(f"Let it in at the broker: footfall collector certify SENSOR --out FOLDER --dir {folder}")


def _elsewhere(broker: str, http_port: int) -> Settings:
    host, _, port = broker.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 1 << 16:
        raise click.BadParameter("HOST:PORT is wanted", param_hint="--broker")
    return Settings(broker_host=host, broker_port=int(port), http_port=http_port)


def _make(folder: Path, chosen: Settings, plain: bool, time_zone: str) -> None:
    with spoken():
        if chosen.wireguard:
            brokering.tunnel(chosen)
        folders.create(folder, chosen)
        registry = opened(folder).registry
        registry.put_tenant(Tenant(time_zone=time_zone))
        warning = ""
        if chosen.broker_tls:
            warning = brokering.create(folder, chosen, registry, server.now_ms())
        elif plain:
            brokering.create_plain(folder, chosen)
    click.echo(f"{folder} is ready; {folder / 'collector.key.pub'} is what each sensor knows it by")
    if warning:
        click.echo(f"Careful: {warning}", err=True)
