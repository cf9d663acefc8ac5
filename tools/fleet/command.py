"""`footfall fleet command`: one thing to do, now."""

import json
from pathlib import Path

import click

from collector import clock
from collector.configuration.outbox import FOR_PEOPLE, Outbox
from collector.standing import REFRESH_S

from ..collecting.options import actor, dir_option, json_option, opened, spoken
from .config import find


@click.group("command")
def command() -> None:
    """Have a sensor do one thing: restart its agent, take its interface down and up, report, send again."""


@command.command()
@dir_option
@click.argument("sensor")
@click.argument("verb", type=click.Choice([verb.value for verb in FOR_PEOPLE]))
def send(folder: Path, sensor: str, verb: str) -> None:
    """Have SENSOR do VERB, once, within five minutes or not at all."""
    collector = opened(folder)
    with spoken():
        Outbox(collector.registry.engine).order(find(collector, sensor), verb, actor(), clock.now_ms())
    click.echo(f"a running collector tells {sensor} within {REFRESH_S:.0f} s; see footfall fleet command list")


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
