"""`footfall simulate fleet`: many light sensors against a real broker and real collectors."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.options import sources
from footfall_sensor.errors import SensorError
from tools.simulate.fleet.plan import (
    NO_FAILURES,
    SECONDS_MAX,
    SENSORS_MAX,
    SIGHTINGS_DEFAULT,
    STORM_S,
    Failures,
    FleetPlan,
)

if TYPE_CHECKING:
    from tools.simulate.fleet.outcome import Outcome
    from tools.simulate.fleet.troupe import Look

SAID_EVERY_S = 2.0


@click.command(name="fleet")
@click.option(
    "--sensors", required=True, type=click.IntRange(1, SENSORS_MAX), help="How many, a connection each.", metavar="N"
)
@click.option(
    "--seconds",
    required=True,
    type=click.FloatRange(1, SECONDS_MAX),
    metavar="S",
    help="How long they hear something; connecting before and answers afterwards come on top.",
)
@click.option(
    "--collectors",
    type=click.IntRange(1, 8),
    help="Collector processes: one, and workers beside it.  [default: 1; with --broker they are yours]",
)
@click.option(
    "--broker",
    metavar="HOST:PORT",
    help="A broker that runs, of the collector in --dir. Without it a folder, mosquitto and collectors are started "
    "on the loopback, and are gone afterwards.",
)
@click.option(
    "--dir",
    "home",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="With --broker: that collector's folder. Its setting simulated must be true: sensors are registered there.",
)
@click.option(
    "--sightings",
    type=click.IntRange(1, 256),
    default=SIGHTINGS_DEFAULT,
    show_default=True,
    help="Of a sensor in a window of the busiest hour, in the mean.",
)
@click.option("--window-s", type=click.FloatRange(0.5, 60), default=30.0, show_default=True, help="Length of a window.")
@click.option(
    "--hour",
    type=click.IntRange(0, 23),
    help="Hour of the day that it is all the time.  [default: the whole day passes within --seconds]",
)
@click.option("--no-failures", is_flag=True, help="Cut no line, restart nothing, let no sensor fall silent.")
@click.option(
    "--storm", is_flag=True, help=f"Half way all lines are cut, and all sensors come back within {STORM_S:.0f} s."
)
@click.option(
    "--scaled", is_flag=True, help="With PostgreSQL for the registry and moto's S3 server for the files, as processes."
)
@click.option("--cluster", is_flag=True, help="With three NATS nodes for the broker, as processes.")
@click.option("--processes", type=click.IntRange(1, 16), default=2, show_default=True, help="Of sensors.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of failures and sightings; times are real.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line instead of sentences.")
def fleet(
    sensors: int,
    seconds: float,
    collectors: int | None,
    broker: str | None,
    home: Path | None,
    sightings: int,
    window_s: float,
    hour: int | None,
    processes: int,
    seed: int,
    *,
    no_failures: bool,
    storm: bool,
    scaled: bool,
    cluster: bool,
    as_json: bool,
) -> None:
    """Let a whole fleet send, and count what arrives.

    Each sensor has a connection of its own by mutual TLS, its own keys, envelopes and signatures as a unit makes them,
    births, healths, wills, a spool, and a unit's own rules for sending again. What it hears is made up. Some lines are
    cut, some agents start again, some sensors fall silent. What was emitted is known, and is held against the
    collector's ledger and files: exit code 1 where a sighting is missing, or is there twice.

    Keys and certificates are made beforehand, and written into the registry: enrolment is not simulated. A light sensor
    checks no signature of the collector's, and hashes no address.

    \b
    Examples:
        footfall simulate fleet --sensors 250 --seconds 60
        footfall simulate fleet --sensors 2500 --seconds 60 --storm --hour 17 --json
        footfall simulate fleet --sensors 250 --seconds 60 --scaled --collectors 2
        footfall simulate fleet --sensors 250 --seconds 60 --cluster --collectors 2
        footfall simulate fleet --sensors 50 --seconds 60 --broker mqtt.example.org:8883 --dir /var/lib/footfall/trial
    """
    _check(broker, home, ours=collectors is not None or scaled or cluster)
    if scaled and cluster:
        raise click.UsageError("--scaled has mosquitto, --cluster NATS: one of them.")
    try:
        plan = FleetPlan(
            sensors,
            seconds,
            sightings,
            window_s,
            hour=hour,
            failures=NO_FAILURES if no_failures else Failures(),
            storm=storm,
            seed=seed,
            processes=min(processes, sensors),
        )
    except ValueError as exc:
        raise click.UsageError(f"{exc}.") from exc
    sources.forget()  # of the environment: our collectors are our own
    try:
        found = _run(plan, broker, home, collectors or 1, scaled=scaled, cluster=cluster)
    except SensorError as exc:
        raise click.ClickException(str(exc)) from exc
    click.echo(json.dumps(found.figures()) if as_json else found.sentences())
    sys.exit(0 if found.ok else 1)


def _check(broker: str | None, home: Path | None, *, ours: bool) -> None:
    """Raises UsageError where it is said of a broker that is somebody else's what is to be started."""
    if (broker is None) != (home is None):
        raise click.UsageError("--broker and --dir belong together: the account is made in that collector's folder.")
    if broker is not None and ours:
        raise click.UsageError("--collectors, --scaled and --cluster start what is ours; with --broker it is yours.")


def _run(
    plan: FleetPlan, broker: str | None, home: Path | None, collectors: int, *, scaled: bool, cluster: bool
) -> "Outcome":
    from tools.load.cluster import ClusterStage  # noqa: PLC0415 - Arrow, which --help need not wait for
    from tools.load.scaled import ScaledStage  # noqa: PLC0415
    from tools.load.stage import Stage  # noqa: PLC0415
    from tools.simulate.fleet import elsewhere, run  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="footfall-fleet-", dir=Path.cwd()) as name, progress_line() as look:
        if broker is not None and home is not None:
            return elsewhere.play(plan, broker, home, Path(name), look)
        look(f"making keys and certificates of {plan.sensors:,} sensors")
        kind = ClusterStage if cluster else ScaledStage if scaled else Stage
        with kind(Path(name), plan.sensors) as stage:
            return run.on_stage(stage, plan, collectors, look)


@contextmanager
def progress_line() -> "Iterator[Look]":
    """Tell how it goes: a line on standard error every SAID_EVERY_S; on a terminal the same line again."""
    said_s = float("-inf")
    terminal = sys.stderr.isatty()

    def look(says: str) -> None:
        nonlocal said_s
        if time.monotonic() >= said_s + SAID_EVERY_S:
            said_s = time.monotonic()
            click.echo(f"\r{says}\x1b[K" if terminal else says, nl=not terminal, err=True)

    yield look
    if terminal:
        click.echo("\r\x1b[K", nl=False, err=True)
