"""`footfall collector claim`: the words by which new units enrol."""

import json
import re
from pathlib import Path

import click

from collector import clock
from collector.enrolment.claims import COUNT_MAX, DAY_MS, LIFE_DAYS, LIFE_DAYS_MAX, End, Entry
from collector.enrolment.places import Offer
from collector.folder import Collector
from collector.options.forms import loopback

from .. import instants
from . import delivery
from .options import actor, dir_option, json_option, make_site, opened, spoken

HOUR_MS = 3600 * 1000
EVERY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104 - what settings may say, nothing listens here


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
      footfall collector claim new --sheet units.csv --out pallet.csv     for a delivery, each unit with its name
      footfall collector claim new --site shop --count 12             for a box; the collector names them
    """


@claim.command()
@dir_option
@json_option
@click.option("--site", help="Where the units will hang; made if it is new.")
@click.option("--tenant", default="default", show_default=True, help="Whose they are.")
@click.option("--sensor", default="", metavar="NAME", help="The sensor's name; without it the site's and a number.")
@click.option("--count", type=click.IntRange(1, COUNT_MAX), help="So many claims, for units that the collector names.")
@click.option(
    "--sheet",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV with a row a unit: name, site and, where wanted, position, unit. Instead of --site.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="With --sheet: a new file for the pallet.")
@click.option("--dry-run", "dry", is_flag=True, help="With --sheet: check it and say what would be made.")
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
    folder: Path,
    as_json: bool,
    site: str | None,
    tenant: str,
    sensor: str,
    count: int | None,
    sheet: Path | None,
    out: Path | None,
    dry: bool,
    approve: bool,
    span_ms: int,
) -> None:
    """Make claims and print their codes: once, here. Who has a code can enrol one unit.

    A sensor's name is that of its claim. --sheet takes names and sites from a CSV and prints it again with a claim in
    each row: the pallet that `footfall device provision` and `label` read. All rows are taken or none.
    """
    _fitting(site, sensor, count, sheet, out, dry)
    collector = opened(folder)
    now_ms = clock.now_ms()
    with spoken():
        whose = collector.registry.tenant(tenant)
        rows = delivery.read(sheet) if sheet else []
        alike = [Offer(tenant, site or "", sensor, approve)] * (count or 1)
        wanted = delivery.offers(rows, tenant, approve) if sheet else alike
        for remark in delivery.remarks(collector, tenant, rows) if sheet else ():
            click.echo(remark, err=True)
        if dry:
            return
        delivery.reserve(out)
        for name in dict.fromkeys(one.site for one in wanted):
            make_site(collector.registry, whose, name)
        made = collector.claims().make_each(wanted, now_ms + span_ms, actor(), now_ms)
    if as_json:
        named = zip(made, wanted, strict=True)
        fields = [{"id": one.id, "code": one.code(), "sensor": of.sensor, "site": of.site} for one, of in named]
        click.echo(json.dumps([{**one, "expires_ms": now_ms + span_ms} for one in fields]))
    elif sheet:
        delivery.write(rows, made, out)
    else:
        for one in made:
            click.echo(one.code())
    if not as_json:
        _say_what_next(collector, instants.minute(now_ms + span_ms), out)


def _fitting(site: str | None, sensor: str, count: int | None, sheet: Path | None, out: Path | None, dry: bool) -> None:
    """Raises UsageError where options speak against each other."""
    if sheet and (site or sensor or count):
        raise click.UsageError("--sheet names sites and units: leave --site, --sensor and --count away")
    if not sheet and (out or dry):
        raise click.UsageError("--out and --dry-run go with --sheet")
    if not sheet and not site:
        raise click.UsageError("--site for one site's units, or --sheet for a delivery")
    if sensor and (count or 1) > 1:
        raise click.UsageError("--sensor names one unit; leave --count away, or leave the names to the collector")


def _say_what_next(collector: Collector, until: str, out: Path | None) -> None:
    chosen = collector.settings
    url = _enrol_url(chosen.http_host, chosen.http_port, chosen.broker_names.split())
    click.echo(f"good until {until}, each for one unit. {'For all of them:' if out else 'On the unit:'}", err=True)
    if out:
        click.echo(f"  footfall device provision --enrol-url {url} --csv {out}", err=True)
    else:
        click.echo(f"  footfall-sensor enrol --url {url} --claim CODE", err=True)
    if loopback(chosen.http_host) and not chosen.http_proxies:
        click.echo(
            f"watch out: the page listens on {chosen.http_host}, where no unit reaches it. Set http_host in "
            "collector.toml (0.0.0.0 is every address of this machine), or name the proxy in front of it in "
            "http_proxies, and start `footfall collector serve` again",
            err=True,
        )


def _enrol_url(host: str, port: int, names: list[str]) -> str:
    """Where units most likely reach the page: at its own address, else where they reach the broker."""
    if loopback(host) or host in EVERY_ADDRESS:
        host = names[0] if names else "COLLECTOR"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


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
