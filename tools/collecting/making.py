"""`footfall collector init`."""

import socket
from pathlib import Path

import click

from collector import calendar, clock
from collector import folder as folders
from collector.brokering import files
from collector.errors import SettingsError
from collector.nats.files import Files as NodeFiles
from collector.options import resolving
from collector.options.settings import Settings
from collector.options.sources import Outside
from collector.records.registry import Tenant

from .options import dir_option, flags, spoken

OF_THE_BROKER = ("broker_host", "broker_port", "broker_tls", "broker_names", "wireguard", "nats_nodes")
TLS_PORT, PLAIN_PORT = 8883, 1883


@click.command()
@dir_option
@click.option(
    "--host", "hosts", multiple=True, metavar="NAME", help="Under which sensors reach the broker; repeatable."
)
@click.option("--port", type=click.IntRange(1, 65535), help="Of the broker; default 8883, with --plain 1883.")
@click.option("--wireguard", metavar="ADDRESS/BITS", help="Lean units come in by WireGuard: 10.77.0.1/16, say.")
@click.option(
    "--node",
    "nodes",
    multiple=True,
    metavar="NAME",
    help="Of a NATS cluster in place of mosquitto: name or address of a node; three times, or five.",
)
@click.option("--plain", is_flag=True, help="A broker without TLS, for this machine only.")
@click.option("--broker", metavar="HOST:PORT", help="No broker of our own: one without TLS that is there already.")
@click.option("--http-port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Of the page.")
@click.option("--time-zone", default="UTC", show_default=True, help="In which the business day turns, at 04:00.")
def init(
    folder: Path,
    hosts: tuple[str, ...],
    port: int | None,
    wireguard: str | None,
    nodes: tuple[str, ...],
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

    With --node it is made for nodes of NATS instead: DIR/nats goes to each node's machine, and
    `nats-server -c DIR/nats/node-1.conf` starts the first. With --wireguard too, the mosquitto is lean units'.

    What --set says here is written into the new collector.toml, and stays.
    """
    if ((plain or broker) and (hosts or wireguard or nodes)) or (plain and broker):
        raise click.UsageError(
            "--host, --wireguard and --node are for a broker of our own with TLS, without --plain or --broker"
        )
    with spoken():
        if broker:
            options = _elsewhere(broker)
        elif plain:
            options = {"broker_port": port or PLAIN_PORT}
        else:
            names = " ".join(hosts or (socket.gethostname(),))
            options = {"broker_port": port or TLS_PORT, "broker_tls": True, "broker_names": names}
            options |= {"wireguard": wireguard} if wireguard else {}
            options |= {"nats_nodes": " ".join(nodes)} if nodes else {}
        chosen = _chosen(options | {"http_port": http_port})
    _make(folder, chosen, plain, time_zone)
    for number in range(1, len(nodes) + 1):
        click.echo(f"Start node {number}: nats-server -c {NodeFiles(folder.absolute()).node(number)}")
    if not broker and (wireguard or not nodes):
        what = "the broker of lean units" if nodes else "the broker"
        click.echo(f"Start {what}: mosquitto -c {folder.absolute() / 'mosquitto.conf'}")
    click.echo(f"Start the collector: footfall collector serve --dir {folder}")
    if chosen.broker_tls:
        click.echo(f"Let a unit in, by a code: footfall collector claim new --site SITE --dir {folder}")
        click.echo(
            f"... or by hand: footfall collector add SENSOR --site SITE --key sensor.key.pub --dir {folder}, then "
            f"footfall collector certify SENSOR --out FOLDER --dir {folder}"
        )
    else:
        click.echo(f"Add a sensor: footfall collector add SENSOR --site SITE --key sensor.key.pub --dir {folder}")


def _elsewhere(broker: str) -> dict[str, object]:
    host, _, port = broker.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 1 << 16:
        raise click.BadParameter("HOST:PORT is wanted", param_hint="--broker")
    return {"broker_host": host, "broker_port": int(port)}


def _chosen(options: dict[str, object]) -> Settings:
    """What is written into the new folder: the options, and what --set adds. Raises SettingsError."""
    added = Outside(flags())
    for name in added.flags.keys() & options.keys():
        raise SettingsError(f"--set {name} on the command line: init has an option for that, see --help; use it")
    chosen = resolving.made([*added.said(), *resolving.of_options(options)]).settings
    # Files for the broker are made of these: what serve is told later must not contradict them.
    for one in Outside.of_process().said():
        if one.name in OF_THE_BROKER and one.name in Settings.model_fields:
            told = resolving.made([one]).settings
            if getattr(told, one.name) != getattr(chosen, one.name):
                raise SettingsError(f"{one.place}: init is about to make a broker that differs; {one.undo}")
    return chosen


def _make(folder: Path, chosen: Settings, plain: bool, time_zone: str) -> None:
    with spoken():
        calendar.zone(time_zone)  # a word that is none would stop every page, and init cannot be called again
        # --set is in the file now; the environment may name the database.
        folders.create(folder, chosen)
        registry = folders.open_folder(folder).registry
        registry.put_tenant(Tenant(time_zone=time_zone))
        warning = ""
        if chosen.broker_tls:
            warning = files.create(folder, chosen, registry, clock.now_ms())
        elif plain:
            files.create_plain(folder, chosen)
    click.echo(f"{folder} is ready; {folder / 'collector.key.pub'} is what each sensor knows it by")
    if warning:
        click.echo(f"Careful: {warning}", err=True)
