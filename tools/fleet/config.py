"""`footfall fleet config`: what sensors are told to be, layer by layer; and `footfall fleet group`."""

from pathlib import Path
from typing import Any

import click

from collector import clock
from collector.configuration import options
from collector.configuration.editor import Editor
from collector.configuration.outbox import Outbox
from collector.errors import QueryError
from collector.folder import Collector
from collector.records.standing import REFRESH_S

from ..collecting.options import actor, dir_option, json_option, opened, spoken
from . import configured
from .places import chosen, find, place_options, why_option
from .selecting import selected, selection, selection_options
from .templates import template

dry_option = click.option(
    "--dry-run", "dry", is_flag=True, help="Show which sensors would change and how; change nothing."
)


@click.group("config")
def config() -> None:
    """What sensors are told to be.

    Options are set in layers: tenant, site, group, sensor. The nearer layer wins; what no layer names is left to the
    unit's own file. A running collector sends each change to the sensors it concerns, and each says what became of it:
    a configuration that keeps a unit from its collector is given up by the unit itself. Changes that tell more of
    people wait for a second person (confirm).
    """


config.add_command(template)


@config.command()
@dir_option
@click.argument("sensor")
@json_option
def show(folder: Path, sensor: str, as_json: bool) -> None:
    """What SENSOR should run with: each value, and where it comes from."""
    collector = opened(folder)
    with spoken():
        found = find(collector, sensor)
        editor = _editor(collector)
        effective, lacks = editor.store.fleet().known(found)
        configured.show(found, effective, Outbox(collector.registry.engine), as_json, lacks)


@config.command("set")
@dir_option
@place_options
@click.argument("words", metavar="OPTION=VALUE...", nargs=-1, required=True)
@why_option
@dry_option
@json_option
def set_options(folder: Path, words: tuple[str, ...], why: str, dry: bool, as_json: bool, **layer: str | None) -> None:
    """Set options in one layer, such as: --site shop window_s=60 'channels=1 6 11'."""
    collector = opened(folder)
    with spoken():
        place = chosen(collector, **layer)
        configured.done(_editor(collector).set(place, options.parse(words), why, dry), dry, as_json)


@config.command()
@dir_option
@place_options
@click.argument("names", metavar="OPTION...", nargs=-1, required=True)
@why_option
@dry_option
@json_option
def unset(folder: Path, names: tuple[str, ...], why: str, dry: bool, as_json: bool, **layer: str | None) -> None:
    """Take options out of one layer: the layer above it, or the unit's own file, holds again."""
    collector = opened(folder)
    with spoken():
        configured.done(_editor(collector).unset(chosen(collector, **layer), names, why, dry), dry, as_json)


@config.command()
@dir_option
@place_options
@json_option
def history(folder: Path, as_json: bool, **layer: str | None) -> None:
    """Every change of one layer: who, when, why, and the whole layer since then."""
    collector = opened(folder)
    with spoken():
        configured.history(_editor(collector).store.history(chosen(collector, **layer)), as_json)


@config.command()
@dir_option
@place_options
@click.argument("number", type=click.IntRange(0))
@why_option
@dry_option
@json_option
def rollback(folder: Path, number: int, why: str, dry: bool, as_json: bool, **layer: str | None) -> None:
    """Make one layer what it was since change NUMBER (0 = empty). It is a new change: nothing is forgotten."""
    collector = opened(folder)
    with spoken():
        configured.done(_editor(collector).rollback(chosen(collector, **layer), number, why, dry), dry, as_json)


@config.command()
@dir_option
@click.argument("number", type=click.IntRange(1))
@click.option("--no", "withdraw", is_flag=True, help="Take it off the table instead.")
def confirm(folder: Path, number: int, withdraw: bool) -> None:
    """Say yes to proposal NUMBER of another person."""
    editor = _editor(opened(folder))
    with spoken():
        if withdraw:
            editor.withdraw(number)
            click.echo(f"proposal {number} is withdrawn")
            return
        made = editor.confirm(number)
    click.echo(f"proposal {number} is confirmed: {len(made.affected)} sensors change")


@config.command()
@dir_option
@click.option("--all", "everything", is_flag=True, help="Also the sensors that run what they should.")
@json_option
def status(folder: Path, everything: bool, as_json: bool) -> None:
    """Which sensors run which version: pending, on probation, applied, refused or reverted, with the reason."""
    collector = opened(folder)
    editor = _editor(collector)
    configured.status(editor.store, Outbox(collector.registry.engine), clock.now_ms(), everything, as_json)


@config.command()
@dir_option
@click.option("--tenant", default="default", show_default=True, help="Whose.")
@click.argument("words", metavar="NAME=VALUE...", nargs=-1, required=True)
@why_option
@dry_option
@json_option
def terms(folder: Path, tenant: str, words: tuple[str, ...], why: str, dry: bool, as_json: bool) -> None:
    """Change a tenant's own settings, such as minimum_group=20: they hold in the collector, not on sensors.

    Below a floor nothing goes; a smaller group or a longer epoch waits for a second person.
    """
    editor = _editor(opened(folder))
    with spoken():
        configured.done(editor.terms(tenant, options.pairs(words), why, dry), dry, as_json)


@config.command("push")
@dir_option
@selection_options
@why_option
@dry_option
def push_again(folder: Path, why: str, dry: bool, **words: Any) -> None:
    """Send the same configuration again, as a new version: after a broker's failure made units give it up.

    Of sensors that are not named one by one, those that were never sent any are left out.
    """
    collector = opened(folder)
    with spoken():
        asked, outbox = selection(words), Outbox(collector.registry.engine)
        pushes = outbox.pushes()
        found = [
            one.sensor
            for one in selected(collector, asked)
            if asked.names or (one.sensor.id in pushes and pushes[one.sensor.id].version)
        ]
        if not found:
            raise QueryError("none of them was ever sent a configuration; there is nothing to try again")
        if not dry:
            outbox.retry(found, actor(), why, clock.now_ms())
    if dry:
        click.echo(f"{len(found)} sensors would be sent it again; nothing was sent")
        return
    click.echo(f"a running collector sends it within {REFRESH_S:.0f} s to {len(found)} sensors")


@click.command()
@dir_option
@click.argument("sensor")
@click.argument("name", default="")
@why_option
@dry_option
@json_option
def group(folder: Path, sensor: str, name: str, why: str, dry: bool, as_json: bool) -> None:
    """Put SENSOR into group NAME; without a name, into none."""
    editor = _editor(opened(folder))
    with spoken():
        configured.done(editor.move(sensor, name, why, dry), dry, as_json)


def _editor(collector: Collector) -> Editor:
    return Editor(collector.registry, actor(), clock.now_ms)
