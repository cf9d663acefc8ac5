"""`footfall collector claim`: the words by which new units enrol."""

import json
import re
from pathlib import Path

import click

from collector import clock
from collector.enrolment.claims import COUNT_MAX, DAY_MS, LIFE_DAYS, LIFE_DAYS_MAX, End, Entry
from collector.enrolment.places import Offer

from .. import instants
from .options import actor, dir_option, json_option, make_site, opened, spoken

HOUR_MS = 3600 * 1000


def _span(_context: click.Context, _option: click.Parameter, value: str) -> int:
    """12h or 7d, in milliseconds."""
    found = re.fullmatch(r"(\d{1,4})([hd])", value)
    span_ms = int(found[1]) * (DAY_MS if found[2] == "d" else HOUR_MS) if found else 0
    if not 0 < span_ms <= LIFE_DAYS_MAX * DAY_MS:
        raise click.BadParameter(f"hours or days as in 12h or 7d are wanted, at most {LIFE_DAYS_MAX}d")
    return span_ms


@click.group()
def claim() -> None:
    """Claims: single-use codes by which new units enrol.

    \b
      footfall collector claim new --site shop --sensor shop-door     for one unit; type its code on the unit
      footfall collector claim new --site shop --count 12 --json      for a box of them
    """


@claim.command()
@dir_option
@json_option
@click.option("--site", required=True, help="Where the units will hang; made if it is new.")
@click.option("--tenant", default="default", show_default=True, help="Whose they are.")
@click.option("--sensor", default="", metavar="NAME", help="The sensor's name; without it the site's and a number.")
@click.option("--count", type=click.IntRange(1, COUNT_MAX), default=1, show_default=True, help="So many claims.")
@click.option("--approve", is_flag=True, help="By rule: who shows it needs no approval. For a batch in your hands.")
@click.option(
    "--expires",
    "span_ms",
    default=f"{LIFE_DAYS}d",
    show_default=True,
    metavar="TIME",
    callback=_span,
    help="Good for so long, as in 12h.",
)
def new(
    folder: Path, as_json: bool, site: str, tenant: str, sensor: str, count: int, approve: bool, span_ms: int
) -> None:
    """Make claims and print their codes: once, here. Who has a code can enrol one unit."""
    if sensor and count > 1:
        raise click.UsageError("--sensor names one unit; leave --count away, or leave the names to the collector")
    collector = opened(folder)
    now_ms, offer = clock.now_ms(), Offer(tenant, site, sensor, approve)
    with spoken():
        make_site(collector.registry, collector.registry.tenant(tenant), site)
        made = collector.claims().make(offer, now_ms + span_ms, actor(), now_ms, count)
    if as_json:
        click.echo(json.dumps([{"id": one.id, "code": one.code(), "expires_ms": now_ms + span_ms} for one in made]))
        return
    for one in made:
        click.echo(one.code())
    click.echo(f"good until {instants.minute(now_ms + span_ms)}, each for one unit. On the unit:", err=True)
    click.echo("  footfall-sensor enrol --url http://COLLECTOR:PORT --claim CODE", err=True)


@claim.command("list")
@dir_option
@json_option
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
def list_claims(folder: Path, as_json: bool, everything: bool) -> None:
    """The open claims; never their codes."""
    entries = opened(folder).claims().entries(clock.now_ms())
    shown = [entry for entry in entries if everything or entry.end is End.OPEN]
    if as_json:
        click.echo(json.dumps([_said(entry) for entry in shown]))
        return
    for entry in shown:
        rule = "approves by itself" if entry.offer.approve else ""
        wrong = f"{entry.wrong} wrong proofs" if entry.wrong else ""
        what = f"{entry.offer.tenant}/{entry.offer.site} {entry.offer.sensor}"
        until = instants.minute(entry.expires_ms)
        click.echo(f"{entry.id}  {entry.end or 'open':10} {until}  {what:32} {entry.made_by}  {rule} {wrong}")
    if not shown:
        click.echo("no open claim; footfall collector claim new makes one")


@claim.command()
@dir_option
@click.argument("claim_id", metavar="CLAIM")
def withdraw(folder: Path, claim_id: str) -> None:
    """End CLAIM, of which its first four digits are wanted, before anybody has used it."""
    number = claim_id.strip().upper()[:4]
    with spoken():
        opened(folder).claims().withdraw(number, actor(), clock.now_ms())
    click.echo(f"claim {number} is over")


def _said(entry: Entry) -> dict[str, object]:
    offer = entry.offer
    return {
        "id": entry.id,
        "state": entry.end or "open",
        "tenant": offer.tenant,
        "site": offer.site,
        "sensor": offer.sensor,
        "approve": offer.approve,
        "made_ms": entry.made_ms,
        "made_by": entry.made_by,
        "expires_ms": entry.expires_ms,
        "ended_ms": entry.ended_ms,
        "wrong_proofs": entry.wrong,
    }
