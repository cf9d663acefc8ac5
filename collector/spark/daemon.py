"""The processes of a standalone cluster, as `spark-class` of the pyspark package starts them: a master, and workers."""

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import QueryError
from . import session
from .place import PORT

MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
DAEMON_MIB = 256  # of a master's or worker's own heap; executors have theirs beside it
DAEMON_JVM = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"  # they keep books and compute nothing


@dataclass(frozen=True, slots=True)
class Daemon:
    """A program to be started: its words, and what its environment has beside this process's."""

    words: tuple[str, ...]
    environment: Mapping[str, str]

    def become(self) -> None:
        """Take this process's place: whoever watches it watches Spark. Raises QueryError."""
        try:
            os.execve(self.words[0], self.words, {**os.environ, **self.environment})  # noqa: S606 - words of our own
        except OSError as exc:
            raise QueryError(
                f"{self.words[0]} cannot be started: {exc.strerror}. Install Spark anew: pip install 'footfall[spark]'"
            ) from exc


def master(host: str, properties: Path, port: int = PORT) -> Daemon:
    """A master that listens at this address. Raises QueryError where Spark cannot run here."""
    return _daemon(MASTER, host, properties, "--port", str(port))


def worker(masters: str, host: str, properties: Path, cores: int, memory_mib: int, scratch: Path) -> Daemon:
    """A worker of the master at this URL: executors get so many cores and so much memory of it at most.

    scratch: where they keep what does not fit into memory, and their logs. Raises QueryError where Spark cannot run.
    """
    bounds = ("--cores", str(cores), "--memory", f"{memory_mib}m", "--work-dir", str(scratch))
    return _daemon(WORKER, host, properties, *bounds, masters, SPARK_LOCAL_DIRS=str(scratch))


def _daemon(name: str, host: str, properties: Path, *words: str, **environment: str) -> Daemon:
    if says := session.obstacle():
        raise QueryError(says)
    found = importlib.util.find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent
    own = {
        "SPARK_HOME": str(home),
        "SPARK_DAEMON_MEMORY": f"{DAEMON_MIB}m",
        "SPARK_DAEMON_JAVA_OPTS": DAEMON_JVM,
        "SPARK_LOCAL_IP": host,  # its page, too, which would be at every address else
    }
    shared = ("--host", host, "--webui-port", "0", "--properties-file", str(properties))
    return Daemon((str(home / "bin" / "spark-class"), name, *shared, *words), {**own, **environment})
