"""`footfall fleet history`: everything that was done to a sensor."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from collector.grouping import history

from ..collecting.options import dir_option, json_option, opened, spoken


@click.command("history")
@dir_option
@click.argument("sensor")
@json_option
def show_history(folder: Path, sensor: str, as_json: bool) -> None:
    """Everything that was done to SENSOR: who, when, why; its layers' changes and what campaigns did with it."""
    with spoken():
        done = history.of(opened(folder).registry.engine, sensor)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in done]))
        return
    for one in done:
        when = datetime.fromtimestamp(one.time_ms / 1000, UTC).isoformat(timespec="seconds")
        click.echo(f"{when}  {one.actor:16} {one.verb:10} {one.object:28} {one.says}")
    if not done:
        click.echo("nothing has been done to it yet")
