"""How every benchmark's command runs and prints."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from time import monotonic

import click

from footfall_sensor.errors import SensorError
from tools.bench.catalogue import Benchmark
from tools.bench.measure import ROUNDS, ROUNDS_MAX, Tick
from tools.bench.result import Result, table

rounds_option = click.option(
    "--rounds",
    type=click.IntRange(1, ROUNDS_MAX),
    default=ROUNDS,
    show_default=True,
    help="How many turns each contender has; the median counts.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on the last line instead of a table."
)


def run(benchmark: Benchmark, rounds: int) -> Result:
    """Run one, its progress on standard error; what a person can mend becomes a sentence and exit code 1."""
    try:
        with _progress(f"measuring {benchmark.name}", benchmark.ticks or rounds + 1) as tick:
            return benchmark.measure(rounds, tick)
    except SensorError as exc:
        raise click.ClickException(str(exc)) from exc
    except ModuleNotFoundError as exc:
        raise click.ClickException(
            f"the Python package {exc.name} is missing: the peers are measured too. "
            "`make setup` installs them, and so does pip install 'footfall[bench]'"
        ) from exc


@contextmanager
def _progress(label: str, length: int) -> Iterator[Tick]:
    """A bar where somebody looks; a line a step where it goes into a file."""
    if sys.stderr.isatty():
        with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
            yield lambda: bar.update(1)
        return
    began_s, steps = monotonic(), count(1)
    click.echo(f"{label}, {length} steps", err=True)
    yield lambda: click.echo(f"{label}: {next(steps)} of {length}, {monotonic() - began_s:.0f} s", err=True)


def show(results: Mapping[str, Result], figures: Mapping[str, object], as_json: bool) -> None:
    """Print JSON, or the table."""
    click.echo(json.dumps(figures) if as_json else table(results))
