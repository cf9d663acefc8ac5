"""`footfall collector quarantine`: what was not let in."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from .options import dir_option, json_option, opened


@click.command()
@dir_option
@json_option
@click.option("--newest", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
def quarantine(folder: Path, as_json: bool, newest: int) -> None:
    """The newest refused messages and why they were refused."""
    held = opened(folder).quarantine.list(newest)
    if as_json:
        click.echo(json.dumps([{**asdict(one), "payload": one.payload.hex()} for one in held]))
        return
    for one in held:
        click.echo(f"{one.id:>8}  {one.reason:16} {one.topic:40} {one.says}")
    if not held:
        click.echo("nothing was refused")
