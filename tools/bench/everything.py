"""`footfall bench all`: every benchmark in one go, its ratios kept by date and compared with the last ones."""

import json
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from tools.bench import catalogue, history
from tools.bench.catalogue import Benchmark
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
    not among them, since it takes 12 more: `footfall bench fleet`. One that fails is named, and the others go on; after
    Ctrl-C or SIGTERM what has been measured is printed and kept. The exit code is 1 then.

    \b
    Examples:
        footfall bench all
        footfall bench all --keep docs/benchmarks
        footfall bench all --short --check
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = datetime.now(UTC)
    asked = [one for one in catalogue.BENCHMARKS if one.short or not short]
    results, failed = _measured(asked, rounds or (SHORT_ROUNDS if short else ROUNDS))
    figures = {name: result.figures() for name, result in results.items()}
    click.echo(json.dumps(figures) if as_json else table(results))
    if folder is not None and results:
        _keep(folder, results, began, machine)
    broken = [said for name, one in results.items() for said in history.broken(name, one)] if check else []
    for said in (*failed, *broken):
        click.echo(said, err=True)
    if failed or broken:
        sys.exit(1)


def _measured(asked: Sequence[Benchmark], rounds: int) -> tuple[dict[str, Result], list[str]]:
    """What each found, by name; and a sentence for each that failed. An interrupt ends it with what there is."""
    results: dict[str, Result] = {}
    failed: list[str] = []
    for benchmark in asked:
        try:
            if says := benchmark.obstacle():
                click.echo(f"{benchmark.name} is left out: {says}", err=True)
            else:
                results[benchmark.name] = run(benchmark, rounds)
        except click.ClickException as exc:
            failed.append(f"{benchmark.name} failed: {exc.message}")
        except KeyboardInterrupt:
            failed.append(f"interrupted: {benchmark.name} and what comes after it were not measured")
            break
        except Exception as exc:  # noqa: BLE001 - whatever it is, the others' minutes are not to be lost
            failed.append(f"{benchmark.name} failed: {type(exc).__name__}: {exc}")
    return results, failed


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
