"""`footfall fleet command`: one thing to do, now."""

import json
from pathlib import Path
from typing import Any

import click

from collector import clock
from collector.configuration.outbox import FOR_PEOPLE, Outbox
from collector.errors import QueryError
from collector.records.standing import REFRESH_S

from ..collecting.options import actor, dir_option, json_option, opened, spoken
from ..naming import some
from .config import dry_option
from .selecting import selected, selection, selection_options

VERBS = [verb.value for verb in FOR_PEOPLE]
SHOWN = 8


@click.group("command")
def command() -> None:
    """Have a sensor do one thing: restart its agent, take its interface down and up, report, send again."""


@command.command()
@dir_option
@selection_options
@click.option("--verb", "chosen", type=click.Choice(VERBS), help="What to do; or as the last word.")
@dry_option
def send(folder: Path, chosen: str | None, dry: bool, **words: Any) -> None:
    """Have sensors do VERB, once, within five minutes or not at all.

    \b
      footfall fleet command send --dir DIR door report
      footfall fleet command send --dir DIR --site shop --verb restart --dry-run
    """
    names = list(words["names"])
    if chosen is None and names and names[-1] in VERBS:
        chosen, words["names"] = names[-1], tuple(names[:-1])
    if chosen is None:
        raise click.UsageError(f"what is to be done? One of {', '.join(VERBS)}, as the last word or by --verb")
    collector = opened(folder)
    with spoken():
        found = [one.sensor for one in selected(collector, selection(words)) if one.sensor.approved]
        if not found:
            raise QueryError("none of them is approved: they are told nothing; approve them first")
        if not dry:
            Outbox(collector.registry.engine).order_all(found, chosen, actor(), clock.now_ms())
    told = some([sensor.name for sensor in found], SHOWN)
    if dry:
        click.echo(f"{chosen} would be told to {told}; nothing was sent")
        return
    click.echo(f"a running collector tells {told} within {REFRESH_S:.0f} s; see footfall fleet command list")


@command.command("list")
@dir_option
@json_option
def list_orders(folder: Path, as_json: bool) -> None:
    """The newest commands and what became of each: waiting, sent, ok, refused or expired."""
    collector = opened(folder)
    names = {sensor.id: sensor.name for sensor in collector.registry.sensors()}
    orders = Outbox(collector.registry.engine).last_orders()
    if as_json:
        rows = [
            {"sensor": names[one.sensor_id], "verb": one.verb, "by": one.actor, "state": one.state, "says": one.says}
            for one in orders
        ]
        click.echo(json.dumps(rows))
        return
    for one in orders:
        click.echo(f"{names[one.sensor_id]:20} {one.verb:8} {one.state:8} {one.actor:16} {one.says}")
    if not orders:
        click.echo("no command yet")
