"""`footfall bench capacity`: how many machines a fleet wants."""

import json

import click

from tools.bench.running import json_option


@click.command(name="capacity")
@click.option("--sensors", required=True, type=click.IntRange(1, 10_000_000), help="How many.")
@click.option(
    "--sightings-per-s",
    type=click.FloatRange(0, min_open=True),
    help="Of the whole fleet in its busiest hour.  [default: 6.67 a sensor, 200 in a window of 30 s]",
)
@click.option("--retention-days", type=click.IntRange(1, 3660), help="Of visits.  [default: the setting's]")
@click.option("--windows-days", type=click.IntRange(1, 3660), help="Of windows.  [default: the setting's]")
@click.option("--window-s", type=click.FloatRange(1, 60), default=30.0, show_default=True)
@json_option
def capacity(
    sensors: int,
    sightings_per_s: float | None,
    retention_days: int | None,
    windows_days: int | None,
    window_s: float,
    *,
    as_json: bool,
) -> None:
    """Reckon what a fleet wants: cores, memory, disk, brokers, network.

    Nothing is measured here: it is arithmetic from constants that were, each with its command and date in
    tools/bench/constants.toml. docs/scaling.md has the formulas, what they leave out, and answers for 100,000 sensors.
    A cell is a broker, a collector with its workers, a registry, and a prefix of the store.

    \b
    Examples:
        footfall bench capacity --sensors 2500
        footfall bench capacity --sensors 100000 --sightings-per-s 200000 --retention-days 90 --json
    """
    from tools.bench import capacity as planner  # noqa: PLC0415 - numpy, which --help need not wait for
    from tools.bench.capacity_text import sentences  # noqa: PLC0415
    from tools.bench.constants import Constants  # noqa: PLC0415

    demand = planner.Demand(
        sensors,
        sightings_per_s or sensors * planner.SIGHTINGS_PER_S_A_SENSOR,
        retention_days or planner.RETENTION_DAYS,
        windows_days or planner.WINDOWS_DAYS,
        window_s,
    )
    found = planner.plan(demand, Constants.read())
    click.echo(json.dumps(found.figures()) if as_json else sentences(found))
