"""`footfall collector transactions`: what tills counted, for conversion."""

import json
from pathlib import Path
from typing import BinaryIO

import click

from collector import calendar, clock, sheets
from collector.reporting import sales

from .options import actor, dir_option, json_option, opened, spoken, tenant_option


@click.group()
def transactions() -> None:
    """Transactions of a site's tills: conversion is made of them."""


@transactions.command("import")
@dir_option
@tenant_option
@click.argument("site")
@click.argument("file", type=click.File("rb"))
def import_file(folder: Path, tenant: str, site: str, file: BinaryIO) -> None:
    """Take the transactions of SITE from a CSV FILE (- is standard input).

    The first line names the columns. `time`: 2026-11-20T10:15, of the site's own time, or with an offset.
    `transactions`: how many, where a row stands for more than one (an hour's, a day's). Other columns are not read or
    kept. What was imported before for the time from the first row to the last is replaced, and it says how many
    those were. A time that lies ahead is refused.

    \b
    Example:
      footfall collector transactions import shop till.csv --dir /var/lib/footfall
    """
    with spoken():
        collector = opened(folder)
        place = collector.registry.site(tenant, site)
        now_ms = clock.now_ms()
        found = sales.parse(file.read(sheets.SIZE_MAX + 1), place, now_ms)
        replaced = sales.Transactions(collector.registry.engine).put(place, found, actor(), now_ms)
    if not found:
        click.echo("0 transactions: there is no line below the first, and nothing was changed")
        return
    zone = calendar.zone(place.time_zone)
    first, last = (calendar.local(at_ms, zone) for at_ms in (min(found), max(found)))
    click.echo(f"{sum(found.values())} transactions of {tenant}/{site}, {first} to {last}")
    if replaced:
        click.echo(f"in the place of {replaced} that were known of that time")


@transactions.command("list")
@dir_option
@tenant_option
@json_option
@click.argument("site")
def known(folder: Path, tenant: str, as_json: bool, site: str) -> None:
    """How many transactions of SITE are known, and of which time."""
    with spoken():
        collector = opened(folder)
        place = calendar.zone(collector.registry.site(tenant, site).time_zone)
        count, first_ms, last_ms = sales.Transactions(collector.registry.engine).known(tenant, site)
    first, last = (None if at is None else calendar.local(at, place) for at in (first_ms, last_ms))
    if as_json:
        click.echo(json.dumps({"transactions": count, "first": first, "last": last}))
    else:
        click.echo(f"{count} transactions" + (f", {first} to {last}" if count else ""))
