"""`footfall device units`: the units that Footfall runs on, and those that it does not."""

import json
from dataclasses import asdict

import click

from ..options import last_line_option
from . import units


@click.command("units")
@last_line_option
def list_units(as_json: bool) -> None:
    """The units Footfall runs on, and those it does not, with the reason."""
    known, refused = units.catalogue()
    if as_json:
        click.echo(
            json.dumps({"units": [asdict(unit) for unit in known], "refused": [asdict(unit) for unit in refused]})
        )
        return
    for unit in known:
        limit = f"{unit.image_kib} KiB" if unit.image_kib else "NAND"
        click.echo(f"{unit.name:22} {unit.footfall:5} {unit.ram_mib:>5} MB  {limit:>10}  {', '.join(unit.radios)}")
    click.echo()
    for entry in refused:
        click.echo(f"{entry.name:22} {entry.reason}\n{'':22} instead: {', '.join(entry.nearest)}")
