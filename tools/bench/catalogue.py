"""Which benchmarks there are. Imports stand inside: the peers take a second to load, which --help need not wait for."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tools.bench.measure import Tick
from tools.bench.radio import obstacle as radio_obstacle
from tools.bench.result import Result

if TYPE_CHECKING:
    from tools.bench.page_store import Size

ATTACK_PAIRS, PAIRS_A_TICK = 10_000, 500
STORE_PHASES = 9  # of its progress bar
SPARK_ROWS, SPARK_WORKERS, SPARK_MIB = 500_000, (2,), 1024  # one session on Spark: some 100 processor seconds
BROKER_ROUNDS = 3
PAGE_ROUNDS_MAX = 5
PAGE_TICKS = 2 + 3 + 12


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: its name, and how to run it for so many rounds."""

    name: str
    measure: Callable[[int, Tick], Result]
    obstacle: Callable[[], str] = lambda: ""  # why it cannot be run here, as a sentence; then `all` leaves it out
    ticks: int | None = None  # of its progress bar; None: one a round, and one more
    short: bool = False  # in the short form, too: seconds, and a machine with other work does not change its ratios


def sensor(rounds: int, tick: Tick, captures: tuple[Path, ...] = ()) -> Result:
    """See tools.bench.sensor."""
    from tools.bench import frames, sensor  # noqa: PLC0415

    material = frames.captured(captures) if captures else frames.synthetic()
    if not len(material):
        raise click.ClickException("no frame in these captures; give one that holds probe requests")
    return sensor.measure(material, rounds, tick)


def wire(rounds: int, tick: Tick) -> Result:
    """See tools.bench.wire."""
    from tools.bench import wire  # noqa: PLC0415

    return wire.measure(rounds, tick)


def ingest(rounds: int, tick: Tick) -> Result:
    """See tools.bench.ingest."""
    from tools.bench import ingest  # noqa: PLC0415

    return ingest.measure(rounds, tick)


def through(rounds: int, tick: Tick) -> Result:
    """See tools.bench.through."""
    from tools.bench.through import measuring  # noqa: PLC0415

    return measuring.measure(rounds, tick)


def flood(rounds: int, tick: Tick) -> Result:
    """See tools.bench.flood."""
    from tools.bench import flood  # noqa: PLC0415

    return flood.measure(rounds, tick)


def broker_obstacle() -> str:
    """Why nothing can be sent through mosquitto here."""
    from tools.run.broker import find_mosquitto  # noqa: PLC0415

    return "" if find_mosquitto() else "mosquitto is not installed (Debian package mosquitto)"


def store(_rounds: int, tick: Tick, rows: int | None = None) -> Result:
    """See tools.bench.store."""
    from tools.bench import store  # noqa: PLC0415

    return store.measure(rows or store.ROWS, tick, _tell)


def _tell(line: str) -> None:
    """What a bar does not say, for a file; it would tear a bar."""
    if not sys.stderr.isatty():
        click.echo(f"  {line}", err=True)


def spark_obstacle() -> str:
    """Why Spark cannot be asked here."""
    from collector.spark import session  # noqa: PLC0415

    return session.obstacle()


def spark(
    tick: Tick,
    rows: int,
    workers: Sequence[int],
    memory_mib: int,
    limit_s: float | None = None,
    keep: Path | None = None,
) -> Result:
    """See tools.bench.spark."""
    from tools.bench import spark  # noqa: PLC0415

    return spark.measure(rows, workers, memory_mib, tick, _tell, limit_s or spark.LIMIT_S, keep)


def metrics(rounds: int, tick: Tick, pairs: int | None = None) -> Result:
    """See tools.bench.metrics."""
    from tools.bench import metrics  # noqa: PLC0415

    return metrics.measure(rounds, tick, pairs or ATTACK_PAIRS)


def metrics_ticks(pairs: int) -> int:
    """How often a measurement with so many pairs ticks."""
    return 2 + -(-pairs // PAIRS_A_TICK)


def radio(rounds: int, tick: Tick) -> Result:
    """See tools.bench.radio."""
    from tools.bench import radio  # noqa: PLC0415

    return radio.measure(rounds, tick)


def page(
    rounds: int, tick: Tick, size: "Size | None" = None, seconds: float = 20.0, keep: Path | None = None
) -> Result:
    """See tools.bench.page."""
    from tools.bench import page, page_store  # noqa: PLC0415

    return page.measure(min(rounds, PAGE_ROUNDS_MAX), tick, size or page_store.Size(), seconds, keep)


def fleet_list(rounds: int, tick: Tick) -> Result:
    """See tools.bench.fleet_list."""
    from tools.bench import fleet_list  # noqa: PLC0415

    return fleet_list.measure(rounds, tick)


# What `all` runs, in this order. Through the broker fewer rounds will do: each takes a minute.
BENCHMARKS = (
    Benchmark("sensor", sensor, short=True),
    Benchmark("wire", wire, short=True),
    Benchmark("ingest", ingest, short=True),
    Benchmark("store", store, ticks=STORE_PHASES),
    Benchmark(
        "spark",
        lambda _rounds, tick: spark(tick, SPARK_ROWS, SPARK_WORKERS, SPARK_MIB),
        spark_obstacle,
        ticks=2 + len(SPARK_WORKERS),
    ),
    Benchmark("metrics", metrics, ticks=metrics_ticks(ATTACK_PAIRS)),
    Benchmark("flood", flood, broker_obstacle),
    Benchmark("page", lambda rounds, tick: page(min(rounds, 3), tick), broker_obstacle, ticks=PAGE_TICKS),
    Benchmark("fleet-list", fleet_list),
    Benchmark("radio", radio, radio_obstacle),
    Benchmark("through", lambda rounds, tick: through(min(rounds, BROKER_ROUNDS), tick), broker_obstacle),
)
