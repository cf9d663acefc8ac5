"""`footfall bench page`: what the page costs after a year."""

from pathlib import Path

import click

from tools.bench import catalogue
from tools.bench.catalogue import PAGE_ROUNDS_MAX, Benchmark
from tools.bench.running import json_option, run, show


@click.command()
@click.option("--sites", type=click.IntRange(1, 500), default=50, show_default=True, help="Sites of the chain.")
@click.option("--days", type=click.IntRange(1, 400), default=365, show_default=True, help="Days that are stored.")
@click.option("--units", type=click.IntRange(0, 20_000), default=2500, show_default=True, help="Of the fleet.")
@click.option("--viewers", type=click.IntRange(1, 200), default=50, show_default=True, help="Who read at once.")
@click.option("--seconds", type=click.FloatRange(1, 300), default=20.0, show_default=True, help="Of each turn.")
@click.option("--keep", type=click.Path(path_type=Path), help="Fill this folder, or use what is in it.")
@click.option("--rounds", type=click.IntRange(1, PAGE_ROUNDS_MAX), default=3, show_default=True, help="Turns of each.")
@json_option
def page(
    sites: int,
    days: int,
    units: int,
    viewers: int,
    seconds: float,
    keep: Path | None,
    rounds: int,
    as_json: bool,
) -> None:
    """The page after a year: what a first view weighs and takes, and many viewers at once.

    A real collector over a SIMULATED store. The peer is Starlette giving the same HTML, finished, to the same viewers.
    Filling a year of 50 sites takes a minute or two; with --keep it is done once.

    \b
    Examples:
        footfall bench page --json
        footfall bench page --sites 5 --days 30 --units 250 --viewers 10 --seconds 5
    """
    from tools.bench.page_store import Size  # noqa: PLC0415

    size = Size(sites=sites, days=days, units=units, users=viewers)
    benchmark = Benchmark(
        "page",
        lambda wanted, tick: catalogue.page(wanted, tick, size, seconds, keep),
        ticks=2 + rounds + days // 30,
    )
    result = run(benchmark, rounds)
    show({"page": result}, result.figures(), as_json)
