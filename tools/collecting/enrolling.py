"""`footfall collector staff`: devices of the place itself, which are no visitors."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from collector import clock
from collector.errors import QueryError
from collector.objections.book import FIXED, OBJECTION, STAFF, Objection, parse_address
from footfall_sensor.pseudonym import is_randomised

from .. import instants
from .options import actor, dir_option, held_at_option, json_option, opened, spoken, tenant_option

MADE_UP = (
    "note: the phone has made this address up. It is left out on the network it was shown for, and only until the "
    "phone makes up another; what it sends elsewhere is heard, and told as staff by its hours alone."
)


@click.group("staff")
def staff() -> None:
    """People and devices of the place itself: sensors do not hear them.

    They are left out where objections are: on the unit, without a trace. So no device of an employee is followed, and
    no number says when somebody was at work. How many are enrolled stands in each report. Staff who are not enrolled
    are told by their hours; see: footfall report SITE.
    """


@staff.command()
@dir_option
@tenant_option
@click.argument("address", required=False)
@held_at_option
@click.option("--fixed", is_flag=True, help="A till, a printer, an access point: nobody's phone.")
def add(folder: Path, tenant: str, address: str | None, site: str, fixed: bool) -> None:
    """Leave out the device with ADDRESS. Without ADDRESS it is asked for, and then stands in no shell's history."""
    collector = opened(folder)
    kind = FIXED if fixed else STAFF
    with spoken():
        collector.registry.tenant(tenant)
        if site:
            collector.registry.site(tenant, site)
        mac = parse_address(address or click.prompt("Wi-Fi address of the device"))
        taken, new = collector.objections.add(tenant, site, mac, None, actor(), clock.now_ms(), kind)
    if is_randomised(mac):
        click.echo(MADE_UP, err=True)
    where = f"site {taken.site}" if taken.site else f"all sites of {taken.tenant}"
    state = "is enrolled" if new else f"is not heard already ({taken.kind} {taken.id})"
    click.echo(f"{kind} {taken.id} {state}, for {where}; sensors that are connected know it within a minute")


@staff.command("list")
@dir_option
@json_option
def list_staff(folder: Path, as_json: bool) -> None:
    """Who is enrolled: number, kind, where, since when; never an address."""
    found = [one for one in opened(folder).objections.all() if one.kind != OBJECTION]
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        where = f"site {one.site}" if one.site else f"all sites of {one.tenant}"
        click.echo(f"{one.id:>6}  {one.kind:6} since {instants.day(one.since_ms)}  {where}")
    if not found:
        click.echo("nobody is enrolled; footfall collector staff add does it")


@staff.command()
@dir_option
@click.argument("number", type=int)
def remove(folder: Path, number: int) -> None:
    """Hear the device NUMBER again, and forget its address."""
    collector = opened(folder)
    with spoken():
        if _kinds(collector.objections.all()).get(number, OBJECTION) == OBJECTION:
            raise QueryError(f"nobody is enrolled under {number}; see: footfall collector staff list")
        gone = collector.objections.withdraw(number, actor(), clock.now_ms())
    click.echo(f"{gone.kind} {gone.id} is heard again, and its address deleted")


def _kinds(found: list[Objection]) -> dict[int, str]:
    return {one.id: one.kind for one in found}
