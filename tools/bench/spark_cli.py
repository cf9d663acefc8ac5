"""`footfall bench spark`: DuckDB and Spark standalone over the same store."""

import signal
import sys
from pathlib import Path

import click

from collector.spark.session import obstacle
from tools.bench import catalogue
from tools.bench.catalogue import Benchmark
from tools.bench.running import json_option, run, show

WORKERS_MAX = 16


def _numbers(_context: click.Context, _option: click.Parameter, text: str) -> tuple[int, ...]:
    """1,2,4 as numbers."""
    words = text.split(",")
    if not all(word.isdigit() and 0 < int(word) <= WORKERS_MAX for word in words):
        raise click.BadParameter(f"'{text}': numbers of workers from 1 to {WORKERS_MAX} are wanted, such as 1,2,4")
    return tuple(dict.fromkeys(map(int, words)))


@click.command(name="spark")
@click.option(
    "--rows",
    type=click.IntRange(1000, 1_000_000_000),
    default=2_000_000,
    show_default=True,
    help="About how many sightings.",
)
@click.option("--workers", callback=_numbers, default="1,2,4", show_default=True, help="Clusters of so many workers.")
@click.option(
    "--memory-mib", type=click.IntRange(512), default=2048, show_default=True, help="Of the driver and of each worker."
)
@click.option(
    "--limit-min",
    type=click.FloatRange(0, 1440, min_open=True),
    default=60.0,
    show_default=True,
    help="Who is not done so many minutes after the first one began is ended and named.",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder in which the store and each contender's figures stay: what is there is not done again.",
)
@json_option
def spark(
    rows: int, workers: tuple[int, ...], memory_mib: int, limit_min: float, keep: Path | None, *, as_json: bool
) -> None:
    """Fold and every metric on DuckDB and on Spark standalone.

    A store of several days and sites is folded, and every metric of a site asked over all its days: by DuckDB in one
    process, and by Spark with a master and 1, 2 and 4 workers of one core each, all on this machine. Results are
    compared in full; seconds, processor seconds, memory of all processes, and the ratio to DuckDB. `all` takes 500,000
    sightings and 2 workers. What 2 cores prove and what they do not is said with the table. Where standard error is no
    terminal, each part is a line there. Who fails or is too late is named, and the others' figures are kept, on Ctrl-C
    and SIGTERM too; the exit code is 1 then, and where results differ. With --keep a long run is made in pieces: the
    store is filled and DuckDB measured once, and each number of workers can be run by itself.

    \b
    Example:
        footfall bench spark --rows 10000000 --workers 1,2,4 --json
        footfall bench spark --rows 100000000 --workers 1 --keep big --limit-min 120
        footfall bench spark --rows 100000000 --workers 1,2 --keep big --limit-min 120
    """
    if says := obstacle():
        raise click.ClickException(says)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    benchmark = Benchmark(
        "spark",
        lambda _rounds, tick: catalogue.spark(tick, rows, workers, memory_mib, limit_min * 60, keep),
        ticks=2 + len(workers),
    )
    result = run(benchmark, 1)
    figures = result.figures()
    show({"spark": result}, figures, as_json)
    sys.exit(0 if figures["equal"] and not figures["unfinished"] else 1)
