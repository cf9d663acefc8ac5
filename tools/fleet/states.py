"""`footfall fleet list`: each sensor's state."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from collector import fleet, server

from ..collecting.options import dir_option, json_option, opened


@click.command("list")
@dir_option
@json_option
def list_sensors(folder: Path, as_json: bool) -> None:
    """Each sensor: where it hangs, how it is, and what of its batches is missing (which must be 0)."""
    collector = opened(folder)
    states = fleet.look(collector.registry, collector.manifest, server.now_ms())
    if as_json:
        click.echo(json.dumps([asdict(state) for state in states]))
        return
    click.echo(f"{'sensor':20} {'site':16} {'state':18} {'standing':11} {'version':10} {'missing':>8}  says")
    for one in states:
        missing = "?" if one.missing is None else one.missing
        click.echo(
            f"{one.name:20} {one.site:16} {one.state:18} {one.standing:11} {one.version:10} {missing:>8}  {one.says}"
        )
    if not states:
        click.echo("no sensor yet; footfall collector add registers one")
