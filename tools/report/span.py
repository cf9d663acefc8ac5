"""The time that a report or an export is asked for, as it is typed: in the site's own time."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import click

from collector import calendar
from collector.records.registry import Site

Command = TypeVar("Command", bound=Callable[..., object])


_begins = click.option(
    "--from", "begins", metavar="TIME", help="Local time of the site, 2026-11-22 or 2026-11-22T10:00."
)
_ends = click.option("--to", "ends", metavar="TIME", help="Likewise; not included.")


def span_options(command: Command) -> Command:
    """--from and --to, for `asked_span`."""
    return _begins(_ends(command))


def asked_span(site: Site, begins: str | None, ends: str | None) -> calendar.Span | None:
    """--from and --to as a span; None where neither is given. Raises click.UsageError and BadParameter."""
    if begins is None and ends is None:
        return None
    if begins is None or ends is None:
        raise click.UsageError("--from and --to go together")
    place = calendar.zone(site.time_zone)
    start, end = (_moment(text) for text in (begins, ends))
    start, end = (moment if moment.tzinfo else moment.replace(tzinfo=place) for moment in (start, end))
    if end <= start:
        raise click.UsageError("--to must be after --from")
    return calendar.Span("asked", int(start.timestamp() * 1000), int(end.timestamp() * 1000))


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as exc:
        raise click.BadParameter(f"'{text}' is no time; 2026-11-22 or 2026-11-22T10:00 is wanted") from exc
