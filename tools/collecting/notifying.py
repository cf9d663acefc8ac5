"""`footfall collector notify`: who is told of alerts and reports, and what became of the letters."""

import json
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from collector import clock
from collector.brokering import others
from collector.delivery.target import LANGUAGES, OWN_BROKER, Rhythm, Target, Way
from collector.delivery.targets import Login
from collector.records.audit import Audit, Event

from .. import instants
from ..errors import ToolError
from .options import actor, dir_option, json_option, opened, out_option, spoken, tenant_option

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("notify")
def notify() -> None:
    """Who is told of alerts and reports, by mail, webhook or MQTT.

    \b
      footfall collector notify add me@example.org --alerts --report weekly --site shop
      footfall collector notify add https://example.org/hook --alerts       prints its secret, once
      footfall collector notify add mqtts://footfall@house.lan --password-file FILE --alerts
      footfall collector notify add broker --alerts                         the collector's own broker
      footfall collector notify test 1
    Mail goes out by smtp_url and mail_from of the settings. Webhooks are signed as Standard Webhooks says. What does
    not arrive is tried again for 28 hours; collector notify letters shows what became of it. What is published over
    MQTT: docs/alerts.md.
    """


@notify.command()
@dir_option
@tenant_option
@json_option
@click.argument("address")
@click.option("--site", default="", help="Of this site only; default: all sites of the tenant.")
@click.option("--alerts", is_flag=True, help="Tell of alerts.")
@click.option("--report", type=click.Choice(["daily", "weekly"]), help="Send the site's report.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help="What they are told in."
)
@click.option("--password-file", type=FILE, help="A broker's password for the user in its address: its first line.")
@click.option(
    "--ca-file", type=FILE, help="Certificate of a broker's authority, PEM; default: those this machine knows."
)
def add(
    folder: Path,
    tenant: str,
    as_json: bool,
    address: str,
    site: str,
    alerts: bool,
    report: str | None,
    language: str,
    password_file: Path | None,
    ca_file: Path | None,
) -> None:
    """Tell ADDRESS from now on: a mail address, a webhook's URL, mqtts://USER@HOST:PORT/PREFIX, or `broker`, ours."""
    collector = opened(folder)
    way = Way.of(address)
    if (password_file or ca_file) and (way is not Way.MQTT or address == OWN_BROKER):
        raise click.UsageError("--password-file and --ca-file are for brokers of others")
    with spoken():
        login = Login(_first_line(password_file), ca_file.read_text("ascii", "replace") if ca_file else "")
        collector.registry.tenant(tenant)
        if site:
            collector.registry.site(tenant, site)
        wanted = Target(tenant, site, way, address, alerts, Rhythm(report or ""), language)
        kept, secret = collector.targets().add(wanted, actor(), clock.now_ms(), login if login != Login() else None)
    if as_json:
        click.echo(json.dumps({**asdict(kept), "secret": secret or None}))
        return
    click.echo(f"target {kept.id}: {kept.address}")
    if secret:
        click.echo(f"its secret, shown here and never again: {secret}")
    if way is Way.EMAIL and not collector.settings.smtp_url:
        click.echo("watch out: no mail goes out yet: set smtp_url and mail_from in collector.toml", err=True)
    click.echo(f"try it: footfall collector notify test {kept.id}", err=True)


def _first_line(path: Path | None) -> str:
    if path is None:
        return ""
    return (path.read_text("utf-8", "replace").splitlines() or [""])[0]


@notify.command()
@dir_option
@click.argument("name")
@out_option
def reader(folder: Path, name: str, out: Path) -> None:
    """Make the certificate of NAME, who reads a tenant's alerts at the collector's own broker.

    NAME must stand in the setting `alert_readers` with its tenant. Taken out of there, it may read nothing any more.
    Make it anew within a year.

    \b
    Example:
        footfall collector notify reader house --out house
        mosquitto_sub -h HOST -p 8883 --cafile house/ca.crt --cert house/reader.crt --key house/reader.key \\
            -q 1 -v -t 'footfall/alerts/1/default/+'
    """
    with spoken(), closing(opened(folder)) as collector:
        found = next((one for one in others.readers(collector.settings) if one.name == name), None)
        if found is None:
            raise ToolError(
                f'{name} reads no alerts here: set alert_readers = "{name}:TENANT" in collector.toml, and start serve '
                "again"
            )
        if collector.certificates is None:
            raise ToolError("this collector's broker has no TLS: whoever reaches it reads alerts without a certificate")
        others.create_reader(folder, out, found)
        event = Event(actor(), "read alerts", f"reader {name}", f"of {found.tenant}")
        Audit(collector.registry.engine).append(event, clock.now_ms())
    click.echo(f"{out}: ca.crt, reader.crt and reader.key")


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
        click.echo(f"{one.id:4} {one.way:8} {one.address:40} {one.tenant}/{one.site or '*':16} {one.language} {told}")
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
    from collector.page import words  # noqa: PLC0415 - others need not wait for the catalogues
    from collector.watch import letters  # noqa: PLC0415

    collector = opened(folder)
    with spoken():
        target = collector.targets().find(number)
        now_ms = clock.now_ms()
        letter = letters.trial(partial(words.said_in, target.language))
        collector.postman().deliver(letter, target, f"msg_test_{now_ms}", now_ms)
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
