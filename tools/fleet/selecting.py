"""Which sensors a command is about: the same options in all of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from collector import clock
from collector.folder import Collector
from collector.grouping.book import Book
from collector.grouping.selection import Known, Selection, chosen
from collector.watch import watchman
from collector.watch.checks import STATES


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """SENSOR... and the options that select by what sensors are called and how they are."""
    for option in (
        click.argument("names", metavar="[SENSOR]...", nargs=-1),
        click.option("--all", "everyone", is_flag=True, help="Every sensor."),
        click.option("--running", "versions", multiple=True, metavar="VERSION", help="Those that run this version."),
        click.option(
            "--state",
            "states",
            type=click.Choice(STATES),
            multiple=True,
            help="Those in this state, as footfall fleet list has it.",
        ),
        click.option("--tag", "tags", multiple=True, help="Those with this tag."),
        click.option("--group", "groups", multiple=True, help="Those of this group."),
        click.option("--site", "sites", multiple=True, help="Those that hang at this site."),
        click.option("--tenant", "tenants", multiple=True, help="Those of this tenant."),
    ):
        command = option(command)
    return command


def selection(words: dict[str, Any]) -> Selection:
    """What those options said; takes them out of `words`."""
    kinds = ("names", "tenants", "sites", "groups", "tags", "states", "versions")
    said = {kind: frozenset(words.pop(kind)) for kind in kinds}
    return Selection(**said, everyone=words.pop("everyone"))


def selected(collector: Collector, asked: Selection) -> list[Known]:
    """The sensors that are asked for, by name. Raises QueryError."""
    everyone = Book(collector.registry.engine).everyone()
    if asked.states:
        shown = watchman.states(collector, clock.now_ms())
        everyone = [replace(one, states=frozenset({shown[one.sensor.id].state})) for one in everyone]
    reports = collector.registry.reports.newest() if asked.versions else {}
    return chosen(asked, everyone, {number: report.version for number, report in reports.items()})
