"""`footfall fleet alerts` and `maintenance`: what somebody should look at, and times in which nobody is told."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from collector import clock
from collector.watch.alerts import Alert, Work
from collector.watch.book import Book
from collector.watch.letters import subject

from .. import instants
from ..collecting.options import actor, dir_option, json_option, opened, spoken, tenant_option

DAY_MS = 86_400_000


@click.group(invoke_without_command=True)
@dir_option
@json_option
@click.option("--days", type=click.IntRange(0, 90), default=0, help="Also those that ended within so many days.")
@click.pass_context
def alerts(context: click.Context, folder: Path, as_json: bool, days: int) -> None:
    """What somebody should look at, one alert for each cause: a site that is down is one.

    \b
      footfall fleet alerts --dir DIR
      footfall fleet alerts --dir DIR ack 3             you look after it
      footfall fleet alerts --dir DIR snooze 3 --hours 8
    A running collector raises and ends them; collector notify says who is told.
    """
    book = Book(opened(folder).registry.engine)
    context.obj = book
    if context.invoked_subcommand is not None:
        return
    now_ms = clock.now_ms()
    found = book.recent(now_ms - days * DAY_MS)
    if as_json:
        click.echo(json.dumps([one.as_json() for one in found]))
        return
    for one in found:
        click.echo(_line(one, now_ms))
        if one.ended_ms is None:
            click.echo(f"      to do: {one.do}")
    if not found:
        click.echo("nothing is amiss that somebody should be told of")


@alerts.command()
@click.argument("number", type=int)
@click.pass_obj
def ack(book: Book, number: int) -> None:
    """You look after alert NUMBER: nobody is told of it any more."""
    with spoken():
        found = book.acknowledge(number, actor(), clock.now_ms())
    click.echo(f"{subject(found)}: acknowledged")


@alerts.command()
@click.argument("number", type=int)
@click.option("--hours", type=float, default=8.0, show_default=True, help="For so long.")
@click.pass_obj
def snooze(book: Book, number: int, hours: float) -> None:
    """Tell nobody of alert NUMBER for a while; where it still stands then, it is told anew."""
    with spoken():
        found = book.snooze(number, hours, actor(), clock.now_ms())
    click.echo(f"{subject(found)}: quiet until {instants.minute(found.snoozed_until_ms)}")


def _line(one: Alert, now_ms: int) -> str:
    where = "/".join(part for part in (one.cause.site, one.cause.sensor) if part) or one.cause.tenant
    mark = f"ended {instants.minute(one.ended_ms)}" if one.ended_ms else f"since {instants.minute(one.since_ms)}"
    quiet = f", {one.acknowledged_by} looks after it" if one.acknowledged_by else ""
    quiet += ", put off" if now_ms < one.snoozed_until_ms else ""
    return f"{one.id:4}  {where:32} {one.cause.state:14} {one.says} ({mark}{quiet})"


@click.group()
def maintenance() -> None:
    """Times in which somebody works at a site: nobody is told of alerts there."""


@maintenance.command()
@dir_option
@tenant_option
@click.option("--site", default="", help="Default: all sites of the tenant.")
@click.option("--hours", type=click.FloatRange(0.1, 24 * 14), required=True, help="From now on, for so long.")
@click.option("--why", required=True, help="For whoever wonders.")
def add(folder: Path, tenant: str, site: str, hours: float, why: str) -> None:
    """Begin one now."""
    collector, now_ms = opened(folder), clock.now_ms()
    with spoken():
        if site:
            collector.registry.site(tenant, site)
        work = Work(tenant, site, now_ms, now_ms + int(hours * 3_600_000), why, actor())
        made = Book(collector.registry.engine).add_work(work, now_ms)
    click.echo(f"maintenance {made.id}: {site or 'all sites'} is quiet until {instants.minute(made.end_ms)}")


@maintenance.command("list")
@dir_option
@json_option
def list_works(folder: Path, as_json: bool) -> None:
    """Those that are, were lately, or will be."""
    found = Book(opened(folder).registry.engine).works()
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        times = f"{instants.minute(one.start_ms)} to {instants.minute(one.end_ms)}"
        click.echo(f"{one.id:4}  {one.tenant}/{one.site or '*'}  {times}  {one.by}: {one.why}")
    if not found:
        click.echo("none")


@maintenance.command()
@dir_option
@click.argument("number", type=int)
def end(folder: Path, number: int) -> None:
    """End maintenance NUMBER now: alerts are told again."""
    with spoken():
        Book(opened(folder).registry.engine).end_work(number, actor(), clock.now_ms())
    click.echo(f"maintenance {number} is over")
