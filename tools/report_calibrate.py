"""`footfall report calibrate`: people counted by hand, which the estimate learns from."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from collector import calendar
from collector.clock import now_ms
from collector.counting import estimating, folding
from collector.counting.calibrations import Calibrations, checked, join, moment_ms, parse
from collector.errors import QueryError
from collector.records.registry import Site

from . import report_door
from .collecting.options import actor, dir_option, json_option, opened, spoken, tenant_option


@click.command("calibrate")
@click.argument("site")
@dir_option
@tenant_option
@click.option(
    "--counts",
    "file",
    type=click.Path(path_type=Path),
    help="CSV file with the columns time (ISO 8601, else the site's own time) and people.",
)
@click.option("--at", "times", multiple=True, metavar="TIME", help="When somebody counted; with --people.")
@click.option("--people", "numbers", multiple=True, type=float, metavar="N", help="How many people were inside then.")
@click.option(
    "--door",
    type=click.Path(path_type=Path),
    help="CSV file with the columns from, to, visitors, passers_by: who came in and who walked past.",
)
@click.option("--forget", is_flag=True, help="Forget all counts of this site first.")
@json_option
def calibrate(
    site: str,
    folder: Path,
    tenant: str,
    file: Path | None,
    times: tuple[str, ...],
    numbers: tuple[float, ...],
    door: Path | None,
    forget: bool,
    as_json: bool,
) -> None:
    """Teach the estimate of people at SITE by counts made by hand.

    Count everybody inside, staff too, while sensors listen; a count stands for the ten minutes that it falls into.
    Five to ten counts at different times and days, quiet and busy ones, are enough. A later count of the same ten
    minutes replaces the one before. Without counts: shows what there is.

    With --door the estimate of all visitors and passers-by learns instead. Count who comes in and who walks past, hour
    by hour, on a quiet and on a busy day while their visits are stored; the file takes the place of all counts before.

    \b
    Example:
      footfall report calibrate shop --dir /var/lib/footfall --at 2026-11-20T10:05 --people 14
      footfall report calibrate shop --dir /var/lib/footfall --counts people.csv
      footfall report calibrate shop --dir /var/lib/footfall --door door.csv
    """
    if len(times) != len(numbers):
        raise click.UsageError("--at and --people go together, one of each for each count")
    if door is not None:
        if file or times or forget:
            raise click.UsageError("--door goes alone")
        with spoken():
            collector = opened(folder)
            said = report_door.teach(collector, collector.registry.site(tenant, site), door, actor(), now_ms())
        click.echo(json.dumps(said)) if as_json else report_door.show(said)
        return
    with spoken():
        collector = opened(folder)
        place = collector.registry.site(tenant, site)
        counts = [*_from_file(file, place), *_typed(times, numbers, place)]
        owner, book, now = collector.registry.tenant(tenant), Calibrations(collector.registry.engine), now_ms()
        level_dbm = estimating.level_dbm(place)
        found = []
        if counts:
            folding.refresh(collector.store, owner, now)
            days = {calendar.day_of(at_ms, owner.time_zone, owner.epoch_turn_h) for at_ms, _ in counts}
            heard = estimating.heard(collector.store, owner, place, sorted(days, key=lambda day: day.start_ms))
            found = join(counts, level_dbm, heard)
        if forget:
            book.forget(place, actor(), now)
        if found:
            book.put(place, found, actor(), now)
        known = book.of(place, level_dbm)
    learned = estimating.rates_of(place, known)
    if as_json:
        says = {"site": site, "counts": len(known), "level_dbm": level_dbm, "stored": [asdict(one) for one in found]}
        click.echo(json.dumps(says | {"signs_a_person": learned}))
        return
    click.echo(f"{site}: {len(known)} counts at {level_dbm} dBm, {len(found)} of them new")
    for name, (middle, low, high) in learned.items():
        click.echo(f"  {name.replace('_', ' ')} a person: {middle:.2f} ({low:.2f} to {high:.2f})")


def _from_file(file: Path | None, site: Site) -> list[tuple[int, float]]:
    if file is None:
        return []
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return parse(lines, site)
    except (OSError, UnicodeDecodeError) as exc:
        raise QueryError(f"{file} cannot be read: {exc}. A CSV file with time,people is wanted") from exc


def _typed(times: tuple[str, ...], numbers: tuple[float, ...], site: Site) -> list[tuple[int, float]]:
    try:
        return [(moment_ms(text, site), checked(people)) for text, people in zip(times, numbers, strict=True)]
    except ValueError as exc:
        raise click.BadParameter(f"{exc}; 2026-11-22T10:05 and a number of people are wanted") from exc
