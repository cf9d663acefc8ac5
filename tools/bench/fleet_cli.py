"""`footfall bench fleet`: the curve, and where it bends."""

import json
import signal
import sys

import click

from footfall_sensor.errors import SensorError
from tools.bench.catalogue import broker_obstacle
from tools.bench.running import json_option
from tools.simulate.fleet.cli import progress_line
from tools.simulate.fleet.plan import SENSORS_MAX, SIGHTINGS_DEFAULT

SIZES = (250, 1000, 2500, 5000)
SECONDS = 30.0
LIMIT_MIN = 14.0


@click.command(name="fleet")
@click.option(
    "--sensors",
    "sizes",
    type=click.IntRange(1, SENSORS_MAX),
    multiple=True,
    help="A fleet's size; may be repeated.  [default: 250, 1,000, 2,500 and 5,000]",
)
@click.option(
    "--collectors",
    type=click.IntRange(1, 8),
    multiple=True,
    help="Collector processes; may be repeated.  [default: 1 and 2]",
)
@click.option("--seconds", type=click.FloatRange(1, 3600), default=SECONDS, show_default=True, help="Of each point.")
@click.option(
    "--sightings",
    type=click.IntRange(1, 256),
    default=SIGHTINGS_DEFAULT,
    show_default=True,
    help="A sensor and window.",
)
@click.option(
    "--limit-min",
    type=click.FloatRange(1, 1440),
    default=LIMIT_MIN,
    show_default=True,
    help="Points that would begin in the last two of so many minutes are left out, and named.",
)
@click.option("--no-hard", is_flag=True, help="Leave out the last, hard point of a curve that has not bent.")
@json_option
def fleet(
    sizes: tuple[int, ...],
    collectors: tuple[int, ...],
    seconds: float,
    sightings: int,
    limit_min: float,
    *,
    no_hard: bool,
    as_json: bool,
) -> None:
    """How the line grows with the fleet, and where the curve bends.

    Simulated fleets (see `footfall simulate fleet`), each through a mosquitto with mutual TLS to one collector process
    and to two, in the busiest hour, without failures: sightings a second, how long the collector's word takes,
    processor seconds a million sightings, memory, and how busy the machine is. Where a curve has not bent (p99 over
    2 s, or less stored than is sent), its largest fleet runs once more with windows of 10 s. About 12 minutes on 2
    cores. A point that fails is named and the others go on; after Ctrl-C or SIGTERM the points that are there are told.

    \b
    Examples:
        footfall bench fleet --json
        footfall bench fleet --sensors 250 --sensors 500 --collectors 1 --seconds 20 --no-hard
    """
    from tools.bench import fleet as curve  # noqa: PLC0415 - Arrow, which --help need not wait for
    from tools.bench.result import table  # noqa: PLC0415

    if says := broker_obstacle():
        raise click.ClickException(says)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with progress_line() as look:
            found = curve.measure(
                lambda: None,
                look,
                sizes or SIZES,
                collectors or curve.COLLECTORS,
                seconds,
                sightings,
                hard=not no_hard,
                limit_s=limit_min * 60,
            )
    except SensorError as exc:
        raise click.ClickException(str(exc)) from exc
    figures = found.figures()
    click.echo(json.dumps(figures) if as_json else table({"fleet": found}))
    sys.exit(0 if figures["ok"] else 1)
