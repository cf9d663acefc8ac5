"""`footfall report calibrate`: people counted by hand, which the estimate learns from."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from collector import calendar
from collector.clock import now_ms
from collector.counting import estimating, folding
from collector.counting.calibrations import Calibration, Calibrations, checked, join, moment_ms, parse
from collector.folder import Collector
from collector.records.registry import Site

from ..collecting.options import actor, dir_option, json_option, opened, spoken, tenant_option
from .door import show, teach


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
    if door is not None and (file or times or forget):
        raise click.UsageError("--door goes alone")
    with spoken():
        collector = opened(folder)
        place = collector.registry.site(tenant, site)
        if door is not None:
            said = teach(collector, place, door, actor(), now_ms())
            click.echo(json.dumps(said)) if as_json else show(said)
            return
        counts = [*(parse(file, place) if file is not None else []), *_typed(times, numbers, place)]
        known, stored = _learn(collector, place, counts, forget=forget)
    _tell(place, known, stored, as_json=as_json)


def _learn(
    collector: Collector, site: Site, counts: Sequence[tuple[int, float]], *, forget: bool
) -> tuple[list[Calibration], list[Calibration]]:
    """Keep what the counts tell; all that is known of the site now, and what of it is new."""
    owner, book, now = collector.registry.tenant(site.tenant), Calibrations(collector.registry.engine), now_ms()
    level_dbm = estimating.level_dbm(site)
    found = []
    if counts:
        folding.refresh(collector.store, owner, now)
        days = {calendar.day_of(at_ms, owner.time_zone, owner.epoch_turn_h) for at_ms, _ in counts}
        heard = estimating.heard(collector.store, owner, site, sorted(days, key=lambda day: day.start_ms))
        found = join(counts, level_dbm, heard)
    if forget:
        book.forget(site, actor(), now)
    if found:
        book.put(site, found, actor(), now)
    return book.of(site, level_dbm), found


def _tell(site: Site, known: Sequence[Calibration], stored: Sequence[Calibration], *, as_json: bool) -> None:
    level_dbm, learned = estimating.level_dbm(site), estimating.rates_of(site, known)
    if as_json:
        says = {
            "site": site.name,
            "counts": len(known),
            "level_dbm": level_dbm,
            "stored": [asdict(one) for one in stored],
        }
        click.echo(json.dumps(says | {"signs_a_person": learned}))
        return
    click.echo(f"{site.name}: {len(known)} counts at {level_dbm} dBm, {len(stored)} of them new")
    for quantity, (middle, low, high) in learned.items():
        click.echo(f"  {quantity.replace('_', ' ')} a person: {middle:.2f} ({low:.2f} to {high:.2f})")


def _typed(times: tuple[str, ...], numbers: tuple[float, ...], site: Site) -> list[tuple[int, float]]:
    try:
        return [(moment_ms(text, site), checked(people)) for text, people in zip(times, numbers, strict=True)]
    except ValueError as exc:
        raise click.BadParameter(f"{exc}; 2026-11-22T10:05 and a number of people are wanted") from exc
