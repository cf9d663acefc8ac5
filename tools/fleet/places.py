"""Which layer of options a command is about."""

from collections.abc import Callable
from typing import Any

import click

from collector.configuration.layers import Place, Scope
from collector.folder import Collector
from collector.records.registry import Sensor
from collector.records.roster import Roster

why_option = click.option("--why", default="", help="The reason, for the history and the audit log.")


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which layer: exactly one of them; with --site and --group, --tenant says whose."""
    for option in (
        click.option("--sensor", help="One sensor's layer: before all others."),
        click.option("--group", help="A group's layer: before its sites'."),
        click.option("--site", help="A site's layer: before its tenant's."),
        click.option("--tenant", help="A tenant's layer; with --site or --group: whose site or group it is."),
    ):
        command = option(command)
    return command


def chosen(collector: Collector, tenant: str | None, site: str | None, group: str | None, sensor: str | None) -> Place:
    """The layer that the options name. Raises click.UsageError or QueryError."""
    if sum(one is not None for one in (site, group, sensor)) > 1 or not (tenant or site or group or sensor):
        raise click.UsageError("name one layer: --tenant, --site, --group or --sensor")
    if sensor is not None:
        found = find(collector, sensor)
        return Place(Scope.SENSOR, found.tenant, found.name)
    whose = tenant or "default"
    if site is not None:
        return Place(Scope.SITE, whose, site)
    return Place(Scope.GROUP, whose, group) if group is not None else Place(Scope.TENANT, whose, whose)


def find(collector: Collector, name: str) -> Sensor:
    """The sensor of this name. Raises QueryError."""
    return Roster(collector.registry.engine).find(name)
