"""A standalone Spark cluster on this machine: a master and workers as processes, bounded, and stopped again.

python -m tools.load.spark_cluster FOLDER --workers 2     until Ctrl-C; prints the master's URL
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from collector.errors import CollectorError
from collector.spark import daemon, place, properties
from collector.spark.daemon import Daemon
from collector.spark.place import Place
from tools.errors import ToolError
from tools.run import broker
from tools.run.child import Child, wait_until
from tools.torture import ports

HOST = broker.HOST
START_S = 120.0  # two JVMs in a row, on a machine with other work
REGISTERED = "Successfully registered with master"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster: where it is, and its processes, the master first."""

    place: Place
    pids: tuple[int, ...]


@contextmanager
def running(folder: Path, workers: int, cores: int = 1, memory_mib: int = place.MEMORY_MIB) -> Iterator[Cluster]:
    """A master, and so many workers of so many cores and so much memory each. Raises ToolError.

    folder: for the secret, logs, and what does not fit into memory.
    """
    with ExitStack() as stack:
        try:
            shared, port = properties.made(folder / place.PROPERTIES), ports.steady()
            url = f"spark://{HOST}:{port}"
            master = _child("the Spark master", daemon.master(HOST, shared, port), folder / "spark-master.log")
            stack.callback(master.stop)
            wait_until(lambda: broker.listens(HOST, port), master, START_S, master.name)
            bound = (shared, cores, memory_mib)
            children = []
            for number in range(workers):
                name, scratch = f"Spark worker {number}", folder / f"spark-{number}"
                start = daemon.worker(url, HOST, *bound, scratch)
                child = _child(name, start, folder / f"spark-worker-{number}.log")
                stack.callback(child.stop)
                children.append(child)
            for child in children:
                wait_until(partial(_has_registered, child), child, START_S, child.name)
        except CollectorError as exc:
            raise ToolError(str(exc)) from exc
        yield Cluster(Place(url, memory_mib, shared), (master.pid, *(child.pid for child in children)))


def _child(name: str, start: Daemon, log: Path) -> Child:
    return Child(name, start.words, log, start.environment)


def _has_registered(worker: Child) -> bool:
    return REGISTERED in worker.log.read_text(encoding="utf-8", errors="replace")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="How many.")
@click.option("--cores", type=click.IntRange(1, 512), default=1, show_default=True, help="Of each worker.")
@click.option(
    "--memory-mib",
    type=click.IntRange(place.MEMORY_MIB_MIN),
    default=place.MEMORY_MIB,
    show_default=True,
    help="Of each worker's executor.",
)
def main(folder: Path, workers: int, cores: int, memory_mib: int) -> None:
    """A Spark cluster on this machine until Ctrl-C or SIGTERM; its secret and its logs are in FOLDER.

    \b
    Example:
      python -m tools.load.spark_cluster /var/lib/footfall --workers 2 --memory-mib 2048
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with running(folder.absolute(), workers, cores, memory_mib) as cluster:
        click.echo(cluster.place.master)
        signal.pause()


if __name__ == "__main__":
    main()
