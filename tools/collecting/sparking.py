"""`footfall collector spark`: the processes of a standalone Spark cluster, and the secret that they share."""

import os
from pathlib import Path

import click

from collector.spark import daemon, place, properties

from .options import folder_option, spoken

CORES_MAX = 512
host_option = click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where it listens: an address of this machine's by which the others reach it.",
)


@click.group("spark")
def spark() -> None:
    """A Spark cluster of the collector's own: one master, and workers.

    They share the secret in spark.conf of the collector's folder, which the first of them makes, and read the
    collector's files where this folder is: on every machine, at the same path. See docs/spark.md.

    \b
    Example:
      footfall collector spark master --dir /var/lib/footfall
      footfall collector spark worker spark://127.0.0.1:7077 --dir /var/lib/footfall --cores 2 --memory-mib 2048
      footfall collector nightly --dir /var/lib/footfall --engine spark --spark-master spark://127.0.0.1:7077
    """


@spark.command("master")
@folder_option
@host_option
@click.option("--port", type=click.IntRange(1, 65535), default=place.PORT, show_default=True, help="Its TCP port.")
def master(folder: Path, host: str, port: int) -> None:
    """Run the master until it is told to stop (SIGTERM or Ctrl-C)."""
    with spoken():
        daemon.master(host, _properties(folder), port).become()


@spark.command("worker")
@click.argument("master", metavar="spark://HOST:PORT")
@folder_option
@host_option
@click.option(
    "--cores",
    type=click.IntRange(1, CORES_MAX),
    default=lambda: os.cpu_count() or 1,
    show_default="all",
    help="How many of this machine's cores its executors use.",
)
@click.option(
    "--memory-mib",
    type=click.IntRange(place.MEMORY_MIB_MIN),
    default=place.MEMORY_MIB,
    show_default=True,
    help="How much memory they use at most: setting spark_memory_mib for each job at a time.",
)
@click.option(
    "--scratch",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/tmp/footfall-spark"),  # noqa: S108 - a unit with PrivateTmp has its own
    show_default=True,
    help="Folder for what does not fit into memory, and for logs.",
)
def worker(master: str, folder: Path, host: str, cores: int, memory_mib: int, scratch: Path) -> None:
    """Run a worker of a master until it is told to stop (SIGTERM or Ctrl-C)."""
    try:
        if not place.addresses(master):
            raise ValueError("no cluster")
    except ValueError:
        raise click.BadParameter(f"'{master}' is no master; spark://HOST:PORT is wanted") from None
    with spoken():
        daemon.worker(master, host, _properties(folder), cores, memory_mib, scratch).become()


def _properties(folder: Path) -> Path:
    return properties.made((folder / place.PROPERTIES).absolute())
