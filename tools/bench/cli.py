"""`footfall bench`: what a part of Footfall costs, beside its peers."""

from pathlib import Path

import click

from collector.options import sources
from tools.bench import catalogue
from tools.bench.accuracy.cli import accuracy
from tools.bench.capacity_cli import capacity
from tools.bench.catalogue import ATTACK_PAIRS, BROKER_ROUNDS, STORE_PHASES, Benchmark
from tools.bench.everything import everything
from tools.bench.fleet_cli import fleet
from tools.bench.measure import ROUNDS, ROUNDS_MAX
from tools.bench.page_cli import page
from tools.bench.running import json_option, rounds_option, run, show
from tools.bench.spark_cli import spark


@click.group(name="bench")
def bench() -> None:
    """Measure Footfall against its peers, in the same run on the same input.

    Contenders take turns, round after round, and the median of the rounds counts, so that a busy machine slows all of
    them alike. Trust the ratios rather than the times, and compare runs of one machine only.
    """
    sources.forget()  # its collectors are its own


for _command in (accuracy, everything, fleet, capacity, spark, page):
    bench.add_command(_command)


@bench.command()
@click.option(
    "--capture",
    "captures",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Take the frames of this capture (pcap, pcapng, .gz) instead of made-up ones; may be repeated.",
)
@rounds_option
@json_option
def sensor(captures: tuple[Path, ...], rounds: int, as_json: bool) -> None:
    """Time from a frame to a closed window.

    In microseconds a frame. Footfall's own path is the agent's: parse, token, model class, window. Beside it stand a
    bare loop that slices the address and makes the token, which is the least any path must do, and dpkt and scapy
    doing the same work.

    \b
    Example:
        footfall bench sensor
        footfall bench sensor --capture monday.pcap.gz --json
    """
    result = run(Benchmark("sensor", lambda rounds, tick: catalogue.sensor(rounds, tick, captures)), rounds)
    show({"sensor": result}, result.figures(), as_json)


@bench.command()
@rounds_option
@json_option
def wire(rounds: int, as_json: bool) -> None:
    """Bytes a sighting on the wire.

    A batch of 200 sightings, header and signature included, as Footfall's columns, JSON objects, msgpack maps and
    protobuf, and what writing and reading each costs. Sizes do not change from run to run.

    \b
    Example:
        footfall bench wire --json
    """
    result = run(Benchmark("wire", catalogue.wire), rounds)
    show({"wire": result}, result.figures(), as_json)


@bench.command()
@click.option(
    "--broker", type=click.Choice(["mosquitto"]), help="Through a real broker with mutual TLS, and real processes."
)
@click.option(
    "--rounds",
    type=click.IntRange(1, ROUNDS_MAX),
    help=f"How many turns each contender has; the median counts. Default {ROUNDS}, through a broker {BROKER_ROUNDS}.",
)
@json_option
def ingest(broker: str | None, rounds: int | None, as_json: bool) -> None:
    """Sightings a second into the store.

    Verified, deduplicated and durable in one collector process, beside what verifying and decoding alone allow, a bare
    Parquet writer, and the plain way: JSON, a row an insert into SQLite.

    With --broker mosquitto the same from end to end: a folder as `footfall collector init` makes it, mosquitto with
    mutual TLS, collector processes (one, and one with a worker), 200 sensors in processes of their own that send a
    backlog; then the real load, 2,500 sensors with a batch a window each: how long theirs take to be queryable, and how
    much of a core the collector takes for them. It takes minutes.

    Rates and their ratios (ceiling_share, sqlite_json_speedup) depend on how many cores there are beside the
    collector's: on two, broker and senders take theirs from it (machine_busy_share). Processor time a batch does not:
    on such a machine ceiling_cpu_share, ingest's alone, is the fairer figure. What housekeeping took beside
    it is keeper_cpu_us_a_batch; what fold, signs and compaction will take of the batches that were put off,
    *_owed_cpu_us_a_batch. fleet_* is the real load, backlog_* the other one.

    \b
    Example:
        footfall bench ingest --json
        footfall bench ingest --broker mosquitto --json
    """
    if broker is None:
        benchmark, rounds = Benchmark("ingest", catalogue.ingest), rounds or ROUNDS
    else:
        benchmark, rounds = Benchmark("ingest", catalogue.through), rounds or BROKER_ROUNDS
        if says := catalogue.broker_obstacle():
            raise click.ClickException(says)
    result = run(benchmark, rounds)
    show({"ingest": result}, result.figures(), as_json)


@bench.command()
@click.option(
    "--rows",
    type=click.IntRange(1000, 1_000_000_000),
    default=2_000_000,
    show_default=True,
    help="About how many sightings. 100 million want 8 GB of disk.",
)
@json_option
def store(rows: int, as_json: bool) -> None:
    """What stored sightings cost.

    Simulated sightings are stored by the collector's own commits, several days of several sites. Then, each in a
    process of its own: the fold, beside a bare DuckDB scan of the same columns and the same fold in chDB (whose stays
    must be equal); compaction; the end of the days; the report of a site's day. Seconds, bytes a sighting, and the
    highest memory of the collector's own work; of each phase, chDB's too, in NAME_rss_mib. Where standard error is a
    file, each phase says there when it begins and what it took; what was measured before a phase failed is left in
    footfall-bench-store.json. `all` takes 2 million sightings.

    \b
    Example:
        footfall bench store --rows 100000000 --json
    """
    result = run(Benchmark("store", lambda rounds, tick: catalogue.store(rounds, tick, rows), ticks=STORE_PHASES), 1)
    show({"store": result}, result.figures(), as_json)


@bench.command()
@click.option(
    "--pairs",
    type=click.IntRange(1, 1_000_000),
    default=ATTACK_PAIRS,
    show_default=True,
    help="Pairs of answers that the differencing attack gets.",
)
@rounds_option
@json_option
def metrics(pairs: int, rounds: int, as_json: bool) -> None:
    """What a report costs, whether both engines agree, and what a differencing attack gets.

    The whole report of a simulated site-day from stored visits, in milliseconds, first and warm. Every metric on DuckDB
    and on Spark, whole results compared; where there is no Java it says so. Random pairs of answers about overlapping
    times, from which an attacker works out groups that are withheld: with the memory of answers, and without it.

    \b
    Example:
        footfall bench metrics --json
    """
    ticks = catalogue.metrics_ticks(pairs)
    benchmark = Benchmark("metrics", lambda turns, tick: catalogue.metrics(turns, tick, pairs), ticks=ticks)
    result = run(benchmark, rounds)
    show({"metrics": result}, result.figures(), as_json)


@bench.command()
@rounds_option
@json_option
def flood(rounds: int, as_json: bool) -> None:
    """What one sensor at 100 times its rate does to the others.

    Milliseconds from publishing a batch to the collector's word that it is stored, through a real mosquitto and a real
    collector process, for 40 sensors: without the flood and beside it, in turns.

    \b
    Example:
        footfall bench flood --json
    """
    result = run(Benchmark("flood", catalogue.flood), rounds)
    show({"flood": result}, result.figures(), as_json)


@bench.command("fleet-list")
@rounds_option
@json_option
def fleet_list(rounds: int, as_json: bool) -> None:
    """Milliseconds for the list of 2,500 units: the command's work, API and page, made anew and kept.

    Without the interpreter's start and without a network. The promise is 200 ms for a list that is made anew.

    \b
    Example:
        footfall bench fleet-list --json
    """
    result = run(Benchmark("fleet-list", catalogue.fleet_list), rounds)
    show({"fleet-list": result}, result.figures(), as_json)


@bench.command()
@rounds_option
@json_option
def radio(rounds: int, as_json: bool) -> None:
    """Frames a second from a packet socket, without losing one.

    Probe requests on a TAP device of type radiotap: the agent's own listener (filter in the kernel, a ring of 512 KiB
    shared with it) up to the window, a plain recv loop up to the window, and scapy's sniffer. Needs root.

    \b
    Example:
        sudo footfall bench radio --json
    """
    result = run(Benchmark("radio", catalogue.radio), rounds)
    show({"radio": result}, result.figures(), as_json)
