"""`footfall bench all`: every benchmark in one go, its ratios kept by date and compared with the last ones."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from tools.bench import catalogue, history
from tools.bench.measure import ROUNDS, ROUNDS_MAX
from tools.bench.result import Result, table
from tools.bench.running import json_option, run

SHORT_ROUNDS = 3


@click.command(name="all")
@click.option("--short", is_flag=True, help=f"Only those that take seconds, {SHORT_ROUNDS} rounds each.")
@click.option(
    "--check",
    is_flag=True,
    help="Exit code 1 where a ratio is far off its promise (by more than a quarter). Never for a time.",
)
@click.option(
    "--keep",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of dated files: compare with the newest one, and add today's. `make bench` takes docs/benchmarks.",
)
@click.option("--machine", default="", help="The machine in words, for that file.  [default: what it says of itself]")
@click.option(
    "--rounds",
    type=click.IntRange(1, ROUNDS_MAX),
    help=f"How many turns each contender has; the median counts. Default {ROUNDS}, short {SHORT_ROUNDS}.",
)
@json_option
def everything(
    folder: Path | None, machine: str, rounds: int | None, *, short: bool, check: bool, as_json: bool
) -> None:
    """Every benchmark, in one table.

    With --json the object holds an object for each benchmark, under its name. Some 20 minutes on 2 cores; `fleet` is
    not among them, since it takes 12 more: `footfall bench fleet`.

    \b
    Examples:
        footfall bench all
        footfall bench all --keep docs/benchmarks
        footfall bench all --short --check
    """
    began = datetime.now(UTC)
    results: dict[str, Result] = {}
    for benchmark in catalogue.BENCHMARKS:
        if short and not benchmark.short:
            continue
        if says := benchmark.obstacle():
            click.echo(f"{benchmark.name} is left out: {says}", err=True)
        else:
            results[benchmark.name] = run(benchmark, rounds or (SHORT_ROUNDS if short else ROUNDS))
    figures = {name: result.figures() for name, result in results.items()}
    click.echo(json.dumps(figures) if as_json else table(results))
    if folder is not None:
        _keep(folder, results, began, machine)
    if check and (broken := [said for name, one in results.items() for said in history.broken(name, one)]):
        for said in broken:
            click.echo(said, err=True)
        sys.exit(1)


def _keep(folder: Path, results: dict[str, Result], began: datetime, machine: str) -> None:
    """Compare with the newest file there, and add today's. Raises ClickException."""
    try:
        before = history.newest(folder)
        now = history.Taken.of(results, began, machine or history.machine())
        for said in history.compared(before, now):
            click.echo(said, err=True)
        click.echo(f"kept in {history.write(folder, now)}", err=True)
    except OSError as exc:
        raise click.ClickException(f"the figures cannot be kept in {folder}: {exc.strerror or exc}") from exc
