"""`footfall collector site`: where sensors hang, when it is open there, and whether it is a sensitive place."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from collector import clock
from collector.records.registry import Site
from collector.records.sites import Change, Sites

from ..lazy import Lazy
from .options import actor, dir_option, json_option, opened, spoken, tenant_option

NAMED_MAX = 10  # sites in a sentence
COMMANDS = {
    "level": (
        "tools.collecting.levelling",
        "level",
        "Propose the inside level of the site NAME: from a walk, or from the two humps of what was heard.",
    ),
    "list": ("tools.collecting.sites", "list_sites", "All sites of all tenants."),
    "set": ("tools.collecting.sites", "set_site", "Change the site NAME, or make it."),
    "show": ("tools.collecting.sites", "show", "Everything that is set of the site NAME."),
    "train": (
        "tools.collecting.training",
        "train",
        "Train the site NAME to tell visitors from passers-by, better than by the time inside alone.",
    ),
}


@click.group("site", cls=Lazy, commands=COMMANDS)
def site() -> None:
    """The sites: their hours, and which of them are sensitive places."""


@click.command("set")
@dir_option
@tenant_option
@click.argument("name")
@click.option("--time-zone", metavar="ZONE", help="An IANA name such as Europe/Berlin.")
@click.option("--opens", metavar="HH:MM", help="Local time; its sensors hear nobody while it is closed.")
@click.option("--closes", metavar="HH:MM", help="Local time; before --opens means: after midnight.")
@click.option("--always-open", is_flag=True, help="It never closes.")
@click.option(
    "--sensitive/--not-sensitive",
    default=None,
    help="A hospital, a church, a school: its sensors send counts only, and nothing else is taken from them.",
)
@click.option("--inside-dbm", type=int, help="As loud as this is inside; footfall collector site level proposes one.")
@click.option("--staff-h", type=int, help="Heard inside in so many hours of a day: staff, no visitor.")
@click.option("--fixed-h", type=int, help="Heard in so many hours of a day: a fixed device.")
@click.option("--why", default="", help="The reason, for the audit log; --not-sensitive needs one.")
def set_site(
    folder: Path,
    tenant: str,
    name: str,
    time_zone: str | None,
    opens: str | None,
    closes: str | None,
    always_open: bool,
    sensitive: bool | None,
    inside_dbm: int | None,
    staff_h: int | None,
    fixed_h: int | None,
    why: str,
) -> None:
    """Change the site NAME, or make it. Only what is named changes; its sensors follow within a minute."""
    if always_open and (opens or closes):
        raise click.UsageError("--always-open and hours exclude each other")
    change = Change(time_zone, opens, closes, always_open, sensitive, inside_dbm, fixed_h, staff_h)
    with spoken():
        registry = opened(folder).registry
        there = {one.name for one in registry.sites(tenant)}
        changed = Sites(registry).change(tenant, name, change, why, actor(), clock.now_ms())
    click.echo(_line(changed))
    if there and name not in there:  # or it is a slip of the pen
        click.echo(f"{name} was not there and is made; there were: {', '.join(sorted(there)[:NAMED_MAX])}", err=True)


@click.command()
@dir_option
@tenant_option
@json_option
@click.argument("name")
def show(folder: Path, tenant: str, as_json: bool, name: str) -> None:
    """Everything that is set of the site NAME."""
    with spoken():
        found = opened(folder).registry.site(tenant, name)
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    for field, value in asdict(found).items():
        click.echo(f"{field:12} {'-' if value is None else value}")


@click.command("list")
@dir_option
@json_option
def list_sites(folder: Path, as_json: bool) -> None:
    """All sites of all tenants."""
    registry = opened(folder).registry
    sites = [one for tenant in registry.tenants() for one in registry.sites(tenant.name)]
    if as_json:
        click.echo(json.dumps([asdict(one) for one in sites]))
        return
    for one in sites:
        click.echo(_line(one))
    if not sites:
        click.echo("no site yet; footfall collector site set NAME makes one")


def _line(site: Site) -> str:
    hours = f"{site.opens} to {site.closes}" if site.opens else "always open"
    kind = "sensitive: counts only" if site.sensitive else ""
    return f"{site.tenant}/{site.name:20} {site.time_zone:20} {hours:16} {kind}".rstrip()
