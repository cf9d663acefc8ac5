"""`footfall collector bridge`: the files of a broker at another place, bridged to this one."""

from contextlib import closing
from pathlib import Path

import click

from collector import clock
from collector.brokering import others
from collector.records.audit import Audit, Event

from ..errors import ToolError
from .options import actor, dir_option, opened, out_option, spoken


@click.command()
@dir_option
@click.argument("name")
@click.option("--host", "hosts", multiple=True, required=True, help="Under which sensors reach it; repeatable.")
@click.option("--port", type=click.IntRange(1, 65535), default=8883, show_default=True, help="On which it listens.")
@click.option(
    "--to",
    "central",
    multiple=True,
    required=True,
    metavar="HOST:PORT",
    help="Where it reaches this collector's broker; of a cluster each node, repeatable.",
)
@out_option
def bridge(folder: Path, name: str, hosts: tuple[str, ...], port: int, central: tuple[str, ...], out: Path) -> None:
    """Make the files of NAME, a mosquitto at another place whose sensors' messages come here over one line.

    NAME must stand in the setting `bridges` with its tenant. Copy the folder to the same path there, and start it:
    mosquitto -c FOLDER/mosquitto.conf. Make it anew within a year, for its certificates, and after a unit was revoked,
    for the list of those: until then the unit may connect there, and nothing of it is taken here.

    \b
    Example:
        footfall collector bridge north --dir DIR --host mqtt.north.example.org --to mqtt.example.org:8883 --out north
    """
    with spoken(), closing(opened(folder)) as collector:
        found = next((one for one in others.bridges(collector.settings) if one.name == name), None)
        if found is None:
            raise ToolError(
                f'{name} is no bridge of this collector: set bridges = "{name}:TENANT" in collector.toml, and '
                "start serve again"
            )
        for one in central:
            host, _, at = one.rpartition(":")
            if not host or not at.isdecimal():
                raise ToolError(f"--to: '{one}' will not do; HOST:PORT is wanted")
        if len(central) > 1 and not collector.settings.nodes:
            raise ToolError("--to: this collector's broker is one; name it once")
        if collector.certificates is None:
            raise ToolError("this collector has no broker with TLS; it was made with --plain or --broker")
        others.create_edge(folder, collector.settings, out, found, central, hosts, port)
        says = f"broker of {found.tenant}, at {' '.join(hosts)}"
        Audit(collector.registry.engine).append(Event(actor(), "bridged", f"broker {name}", says), clock.now_ms())
    click.echo(f"{out}: mosquitto.conf and what it names")
