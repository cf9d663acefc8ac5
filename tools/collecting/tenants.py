"""`footfall collector tenant`: what holds for all sites and sensors of a tenant."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import click

from collector import clock
from collector.records import tenants

from .options import actor, dir_option, json_option, opened, spoken


@click.group("tenant")
def tenant() -> None:
    """Tenants: whose sensors and sites these are, and what holds for all of them."""


@tenant.command("list")
@dir_option
@json_option
def list_tenants(folder: Path, as_json: bool) -> None:
    """Each tenant and its settings."""
    found = opened(folder).registry.tenants()
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        click.echo(
            f"{one.name:20} {one.time_zone:24} turns at {one.epoch_turn_h:02}:00, {one.epoch_days} day(s) an epoch, "
            f"groups from {one.minimum_group}  {one.epoch_reason}"
        )


@tenant.command("set")
@dir_option
@click.argument("name", default="default")
@click.option("--time-zone", help="IANA name, such as Europe/Berlin.")
@click.option("--turn-hour", type=click.IntRange(0, 23), help="Local hour at which the business day turns.")
@click.option("--epoch-days", type=click.IntRange(1, tenants.EPOCH_DAYS_MAX), help="Business days a key holds for.")
@click.option("--epoch-reason", help="Why more than one; every report prints it.")
def set_tenant(
    folder: Path,
    name: str,
    time_zone: str | None,
    turn_hour: int | None,
    epoch_days: int | None,
    epoch_reason: str | None,
) -> None:
    """Change what holds for the tenant NAME. The running epoch keeps its end; the change is in the audit log.

    An epoch of more than a day lets a phone be told from day to day. It needs a reason, and every report prints it.
    """
    registry = opened(folder).registry
    with spoken():
        before = registry.tenant(name)
        wanted = replace(
            before,
            time_zone=before.time_zone if time_zone is None else time_zone,
            epoch_turn_h=before.epoch_turn_h if turn_hour is None else turn_hour,
            epoch_days=before.epoch_days if epoch_days is None else epoch_days,
            epoch_reason=before.epoch_reason if epoch_reason is None else epoch_reason,
        )
        changes = tenants.change(registry.engine, wanted, actor(), clock.now_ms())
    click.echo("\n".join(changes) or "nothing changed")
    if changes:
        click.echo("It holds from the end of the epoch that runs now.")
