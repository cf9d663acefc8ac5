"""`footfall collector objection`: visitors who do not want to be counted."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from collector import calendar, clock
from collector.folder import Collector
from collector.objections.book import OBJECTION, Objection, parse_address
from footfall_sensor.pseudonym import is_randomised

from .. import instants
from ..errors import ToolError
from .options import actor, dir_option, held_at_option, json_option, opened, spoken

tenant_option = click.option("--tenant", default="default", show_default=True, help="Whose sites are meant.")
MADE_UP = (
    "note: the phone has made this address up. It holds for the network it was shown for, and only until the phone "
    "makes up another; then the objection binds it no more. A visitor who wants to be sure switches Wi-Fi off."
)


@click.group("objection")
def objection() -> None:
    """Objections: phones that are not heard, by their address. No command shows an address again."""


@objection.command()
@dir_option
@tenant_option
@click.argument("address", required=False)
@held_at_option
@click.option("--until", metavar="DATE", help="The last day, YYYY-MM-DD; default: until it is withdrawn.")
def add(folder: Path, tenant: str, address: str | None, site: str, until: str | None) -> None:
    """Take an objection: the phone with ADDRESS is not heard any more, within 15 minutes.

    Without ADDRESS it is asked for, and then stands in no shell's history. The phone shows it in its settings, at the
    network it is asked about.
    """
    collector = opened(folder)
    with spoken():
        owner = collector.registry.tenant(tenant)
        zone = collector.registry.site(tenant, site).time_zone if site else owner.time_zone
        mac = parse_address(address or click.prompt("Wi-Fi address of the phone"))
        until_ms = None if until is None else _end_of(until, zone)
        if until_ms is not None and until_ms <= clock.now_ms():
            raise click.BadParameter(f"{until} is over; choose a day to come", param_hint="--until")
        taken, new = collector.objections.add(tenant, site, mac, until_ms, actor(), clock.now_ms())
    if is_randomised(mac):
        click.echo(MADE_UP, err=True)
    state = "is taken" if new else "was there already"
    click.echo(f"objection {taken.id} {state}, for {_where(taken)}; sensors that are connected know it within a minute")


@objection.command("list")
@dir_option
@json_option
def list_objections(folder: Path, as_json: bool) -> None:
    """The objections: number, where, since when, until when; never an address."""
    found = [one for one in opened(folder).objections.all() if one.kind == OBJECTION]
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        click.echo(f"{one.id:>6}  since {_day(one.since_ms)}  until {_day(one.until_ms)}  {_where(one)}")
    if not found:
        click.echo("nobody has objected")


@objection.command()
@dir_option
@click.argument("number", type=int)
def withdraw(folder: Path, number: int) -> None:
    """Forget objection NUMBER, and its address."""
    with spoken():
        gone = opened(folder).objections.withdraw(number, actor(), clock.now_ms())
    click.echo(f"objection {gone.id} for {_where(gone)} is withdrawn and its address deleted")


@objection.command()
@dir_option
@json_option
def status(folder: Path, as_json: bool) -> None:
    """Which list each site has, and which of its sensors have it.

    Exit code 1 where objections are there and cannot be read: then no list and no key goes out, and no token is made.
    """
    collector = opened(folder)
    states = _states(collector)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in states]))
    for one in [] if as_json else states:
        click.echo(f"{one.tenant}/{one.site}: version {one.version}, {one.objections} objections")
        for name, has in one.sensors.items():
            click.echo(f"    {name:20} {'has it' if has == one.version else f'has {has}' if has else 'has none'}")
    if collector.objections.all() and not collector.vault.there:
        raise ToolError(
            f"{collector.vault.path} is not there: {len(states)} sites get neither list nor key. Put it back"
        )


@dataclass(frozen=True, slots=True)
class _State:
    tenant: str
    site: str
    version: int  # the newest; 0 = no sensor has asked yet
    objections: int
    sensors: dict[str, int]  # name -> the version that it has, as it said last


def _states(collector: Collector) -> list[_State]:
    now_ms = clock.now_ms()
    versions, objections = collector.lists.versions(), collector.objections.all()
    reports, sensors = collector.registry.reports.newest(), collector.registry.sensors()
    states = []
    for place in (site for tenant in collector.registry.tenants() for site in collector.registry.sites(tenant.name)):
        key = (place.tenant, place.name)
        has = {}
        for sensor in (one for one in sensors if (one.tenant, one.site) == key and one.approved):
            report = reports.get(sensor.id)
            has[sensor.name] = report.health.objections if report and report.health else 0
        version = versions[key].number if key in versions else 0
        holding = sum(one.holds(*key, now_ms) for one in objections)
        states.append(_State(*key, version, holding, has))
    return states


def _end_of(day: str, zone: str) -> int:
    try:
        after = date.fromisoformat(day) + timedelta(days=1)
    except ValueError as exc:
        raise click.BadParameter(f"'{day}' is no date; YYYY-MM-DD is wanted", param_hint="--until") from exc
    return int(datetime(after.year, after.month, after.day, tzinfo=calendar.zone(zone)).timestamp() * 1000)


def _day(utc_ms: int | None) -> str:
    return "withdrawn" if utc_ms is None else instants.day(utc_ms)


def _where(one: Objection) -> str:
    return f"site {one.site}" if one.site else f"all sites of {one.tenant}"
