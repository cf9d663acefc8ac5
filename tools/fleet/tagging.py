"""`footfall fleet tag`: what sensors are called, which one hangs behind which, and where."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from collector import clock
from collector.grouping.book import Book, Edit, Edited

from ..collecting.options import actor, dir_option, json_option, opened, spoken
from .config import dry_option
from .selecting import selected, selection, selection_options

SHOWN = 20


@click.command("tag")
@dir_option
@selection_options
@click.option("--add", multiple=True, metavar="TAG", help="Give them this tag; repeatable.")
@click.option("--remove", multiple=True, metavar="TAG", help="Take this tag from them; repeatable.")
@click.option("--put-into", metavar="GROUP", help='Put them into this group; "" = into none.')
@click.option("--behind", metavar="SENSOR", help="They need this sensor's uplink: roll-outs reach it after them.")
@click.option("--not-behind", is_flag=True, help="They hang behind no other sensor.")
@dry_option
@json_option
def tag_sensors(
    folder: Path,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    put_into: str | None,
    behind: str | None,
    not_behind: bool,
    dry: bool,
    as_json: bool,
    **words: Any,
) -> None:
    """Tag sensors, or say what they hang behind.

    Without --add, --remove, --put-into or --behind: show the tags.
    """
    if behind and not_behind:
        raise click.UsageError("give --behind SENSOR or --not-behind")
    collector = opened(folder)
    with spoken():
        chosen = selected(collector, selection(words))
        if not (add or remove or behind or not_behind or put_into is not None):
            _show(chosen, as_json)
            return
        after = "" if not_behind else behind
        edit = Edit(add=frozenset(add), remove=frozenset(remove), group=put_into, behind=after)
        edits = [(one.sensor.name, edit) for one in chosen]
        done = Book(collector.registry.engine).edit(edits, actor(), clock.now_ms(), dry)
    say_edited(done, dry, as_json)


def say_edited(done: Sequence[Edited], dry: bool, as_json: bool) -> None:
    """What an edit came to."""
    if as_json:
        click.echo(json.dumps({"written": bool(done) and not dry, "sensors": {one.sensor: one.says for one in done}}))
        return
    for one in done[:SHOWN]:
        click.echo(f"{one.sensor:20} {'; '.join(one.says)}")
    if len(done) > SHOWN:
        click.echo(f"... and {len(done) - SHOWN} more sensors")
    click.echo(f"{len(done)} sensors {'would change; nothing did' if dry else 'changed'}")


def _show(chosen: Sequence[Any], as_json: bool) -> None:
    if as_json:
        rows = [{"sensor": one.sensor.name, "tags": sorted(one.tags), "behind": one.behind} for one in chosen]
        click.echo(json.dumps(rows))
        return
    for one in chosen:
        behind = f"  behind {one.behind}" if one.behind else ""
        click.echo(f"{one.sensor.name:20} {' '.join(sorted(one.tags)) or '-'}{behind}")
