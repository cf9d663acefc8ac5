"""`footfall collector notify`: who is told of alerts and reports, and what became of the letters."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from collector import clock
from collector.delivery.letter import Letter
from collector.delivery.target import Rhythm, Target, Way

from .. import instants
from .options import actor, dir_option, json_option, opened, spoken, tenant_option

TEST = Letter("test", "Footfall: a test", "This is a test. Whoever reads it would be told of alerts and reports.", {})


@click.group("notify")
def notify() -> None:
    """Who is told of alerts and reports, by mail or webhook.

    \b
      footfall collector notify add me@example.org --alerts --report weekly --site shop
      footfall collector notify add https://example.org/hook --alerts       prints its secret, once
      footfall collector notify test 1
    Mail goes out by smtp_url and mail_from of the settings. Webhooks are signed as Standard Webhooks says. What does
    not arrive is tried again for 28 hours; collector notify letters shows what became of it.
    """


@notify.command()
@dir_option
@tenant_option
@json_option
@click.argument("address")
@click.option("--site", default="", help="Of this site only; default: all sites of the tenant.")
@click.option("--alerts", is_flag=True, help="Tell of alerts.")
@click.option("--report", type=click.Choice(["daily", "weekly"]), help="Send the site's report.")
def add(folder: Path, tenant: str, as_json: bool, address: str, site: str, alerts: bool, report: str | None) -> None:
    """Tell ADDRESS, a mail address or a webhook's URL, from now on."""
    collector = opened(folder)
    way = Way.WEBHOOK if "://" in address else Way.EMAIL
    with spoken():
        collector.registry.tenant(tenant)
        if site:
            collector.registry.site(tenant, site)
        wanted = Target(tenant, site, way, address, alerts, Rhythm(report or ""))
        kept, secret = collector.targets().add(wanted, actor(), clock.now_ms())
    if as_json:
        click.echo(json.dumps({**asdict(kept), "secret": secret or None}))
        return
    click.echo(f"target {kept.id}: {kept.address}")
    if secret:
        click.echo(f"its secret, shown here and never again: {secret}")
    click.echo(f"try it: footfall collector notify test {kept.id}", err=True)


@notify.command("list")
@dir_option
@json_option
def list_targets(folder: Path, as_json: bool) -> None:
    """Who is told of what."""
    collector = opened(folder)
    with spoken():
        found = collector.targets().all()
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        told = ", ".join(["alerts"] * one.alerts + [f"{one.report} report"] * bool(one.report))
        click.echo(f"{one.id:4} {one.way:8} {one.address:40} {one.tenant}/{one.site or '*':16} {told}")
    if not found:
        click.echo("nobody is told yet: footfall collector notify add")


@notify.command()
@dir_option
@click.argument("number", type=int)
def remove(folder: Path, number: int) -> None:
    """Tell target NUMBER no more."""
    with spoken():
        gone = opened(folder).targets().remove(number, actor(), clock.now_ms())
    click.echo(f"{gone.address} is told no more")


@notify.command()
@dir_option
@click.argument("number", type=int)
def test(folder: Path, number: int) -> None:
    """Send target NUMBER a test now, and say what was answered."""
    collector = opened(folder)
    with spoken():
        target = collector.targets().find(number)
        now_ms = clock.now_ms()
        collector.postman().deliver(TEST, target, f"msg_test_{now_ms}", now_ms)
    click.echo(f"{target.address} has it")


@notify.command()
@dir_option
@json_option
def letters(folder: Path, as_json: bool) -> None:
    """The newest letters: waiting, sent or given up, and why."""
    with spoken():
        found = opened(folder).postman().outbox.recent()
    if as_json:
        click.echo(json.dumps([{**asdict(one), "state": one.state} for one in found]))
        return
    for one in found:
        why = f"  {one.says}" if one.says else ""
        click.echo(
            f"{one.id}  {instants.minute(one.made_ms)}  {one.state:9} {one.attempts:2} tries  {one.subject}{why}"
        )
    if not found:
        click.echo("no letters yet")


@notify.command()
@dir_option
@click.argument("letter")
def retry(folder: Path, letter: str) -> None:
    """Try LETTER again, also one that was given up."""
    with spoken():
        opened(folder).postman().outbox.retry(letter, clock.now_ms())
    click.echo(f"{letter} goes out within seconds, where a collector runs")
