"""`footfall fleet list`: each sensor's state, and what to do about it."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from collector import clock
from collector.folder import Collector
from collector.grouping.book import Book
from collector.grouping.selection import Selection, chosen
from collector.watch import watchman
from collector.watch.checks import OK, STATES, badness

from ..collecting.options import dir_option, json_option, opened, spoken
from ..errors import ToolError


@click.command("list")
@dir_option
@json_option
@click.option("--site", help="Of this site only.")
@click.option("--group", help="Of this group only.")
@click.option("--tag", help="With this tag only.")
@click.option("--state", "wanted", type=click.Choice(STATES), multiple=True, help="In this state only; repeatable.")
@click.option("--amiss", is_flag=True, help="Only those that are not well.")
def list_sensors(
    folder: Path,
    as_json: bool,
    site: str | None,
    group: str | None,
    tag: str | None,
    wanted: tuple[str, ...],
    amiss: bool,
) -> None:
    """Each sensor: where it hangs, how it is, and what of its batches is missing (which must be 0).

    States, the first that holds: revoked, cloned, silent, deaf, clock, full, late, degraded, misconfigured, outdated;
    ok where none does. docs/alerts.md has what makes each, and what to do. With --amiss the worst come first.
    """
    collector = opened(folder)
    called = _called(collector, group, tag) if group or tag else None
    rows, everyone = [], watchman.roll(collector, clock.now_ms())
    if site and site not in {one.site for one, _ in everyone}:
        raise ToolError(f"no sensor hangs at '{site}'; footfall fleet list without --site shows where they hang")
    for one, state in everyone:
        named = site in (None, one.site) and (called is None or one.name in called)
        if named and (not wanted or state.state in wanted) and not (amiss and state.state == OK):
            rows.append((one, state))
    if amiss:
        rows.sort(key=lambda row: badness(row[1].state))
    if as_json:
        click.echo(json.dumps([{**asdict(one), "connection": one.state, **asdict(state)} for one, state in rows]))
        return
    click.echo(f"{'sensor':20} {'site':16} {'state':14} {'standing':11} {'version':10} {'missing':>8}  says")
    for one, state in rows:
        missing = "?" if one.missing is None else one.missing
        line = f"{one.name:20} {one.site:16} {state.state:14} {one.standing:11} {one.version:10} {missing:>8}"
        click.echo(f"{line}  {state.says}{f'. To do: {state.do}' if state.do else ''}".rstrip())
    if rows:
        count = Counter(state.state for _, state in rows)
        click.echo(", ".join(f"{count[name]} {name}" for name in STATES if count[name]), err=True)
    if not rows:
        click.echo(
            "no sensor yet; footfall collector add registers one"
            if not (site or wanted or amiss or called is not None)
            else "none"
        )


def _called(collector: Collector, group: str | None, tag: str | None) -> set[str]:
    """Names of the sensors of a group and with a tag; None = whatever."""
    asked = Selection(groups=frozenset([group] if group else ()), tags=frozenset([tag] if tag else ()))
    with spoken():
        return {one.sensor.name for one in chosen(asked, Book(collector.registry.engine).everyone())}
