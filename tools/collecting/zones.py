"""`footfall collector zone`: parts of a site, each a set of its sensors."""

import json
from pathlib import Path

import click

from collector import clock

from .options import actor, dir_option, json_option, opened, spoken, tenant_option


@click.group()
def zone() -> None:
    """The zones of a site: parts of it, each with sensors of its own.

    A visitor is in the zone whose sensor hears the phone loudest. What zones hear is kept from the time on at which
    they are made; zone_visitors, exposure_rate, zone_dwell and routes rest on it.
    """


@zone.command("set")
@dir_option
@tenant_option
@click.argument("site")
@click.argument("name")
@click.argument("sensors", nargs=-1, required=True)
def set_zone(folder: Path, tenant: str, site: str, name: str, sensors: tuple[str, ...]) -> None:
    """Put SENSORS of SITE into the zone NAME, out of any other.

    \b
    Example:
      footfall collector zone set shop fitting-rooms shop-3 shop-4 --dir /var/lib/footfall
    """
    with spoken():
        opened(folder).store.zones.put(tenant, site, name, sensors, actor(), clock.now_ms())
    click.echo(f"zone {name} of {tenant}/{site}: {', '.join(sensors)}")


@zone.command()
@dir_option
@tenant_option
@click.argument("site")
@click.argument("name")
def remove(folder: Path, tenant: str, site: str, name: str) -> None:
    """Take the zone NAME of SITE away; its sensors go on without one."""
    with spoken():
        opened(folder).store.zones.remove(tenant, site, name, actor(), clock.now_ms())
    click.echo(f"zone {name} of {tenant}/{site} is no more")


@zone.command("list")
@dir_option
@tenant_option
@json_option
@click.argument("site")
def list_zones(folder: Path, tenant: str, as_json: bool, site: str) -> None:
    """The zones of SITE, and their sensors."""
    with spoken():
        collector = opened(folder)
        collector.registry.site(tenant, site)
        found = collector.store.zones.of(tenant, site)
    if as_json:
        click.echo(json.dumps([{"zone": name, "sensor": sensor} for sensor, name in found]))
        return
    for sensor, name in found:
        click.echo(f"{name:24} {sensor}")
    if not found:
        click.echo("no zone yet; footfall collector zone set SITE NAME SENSOR... makes one")
