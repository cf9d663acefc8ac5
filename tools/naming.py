"""Names in a sentence, and addresses that name the wrong machine."""

from collections.abc import Sequence

import click

from collector.options.forms import loopback


def some(names: Sequence[str], most: int, between: str = ", ") -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{between.join(names[:most])}{more}"


def warn_of_loopback(url: str, host: str) -> None:
    """Say it where a unit that asks at `url`, whose host that is, would ask itself."""
    if loopback(host):
        click.echo(f"watch out: at {url} each unit would ask itself; name the collector as units reach it", err=True)
