"""A session on Spark: one a process, at the place that was chosen first."""

import importlib.util
import re
import shutil
import socket
import subprocess
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import QueryError
from . import properties
from .place import Place

JAVA_MIN = 17
REACH_S = 5.0  # for a master to take a connection
WORKERS_S = 120.0  # for the first worker to have an executor ready: a JVM that starts on a busy machine
LOOPBACK = "127.0.0.1"
DRIVER_JVM = "spark.driver.extraJavaOptions"

# Class metadata grows at once to some 150 MiB, and each step on the way there would be a whole garbage collection.
JVM = "-XX:MetaspaceSize=192m"
PLANNER = f"{JVM} -XX:+UseSerialGC -XX:TieredStopAtLevel=1"  # it plans, once each: to compile well is never paid back
# What computes: the second compiler, but only for what has run ten times as often as the JVM's own thresholds want.
WORKHORSE = (
    f"{JVM} -XX:+UseParallelGC -XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 "
    "-XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000"
)

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": LOOPBACK,
    "spark.driver.bindAddress": LOOPBACK,
    "spark.driver.maxResultSize": "0",  # spark_memory_mib bounds it
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",  # an engine of many rows switches it on
}


def obstacle() -> str:
    """Why Spark cannot run here, as a sentence; "" where it can."""
    if importlib.util.find_spec("pyspark") is None:
        return "Spark is not installed: pip install 'footfall[spark]'"
    java = shutil.which("java")
    if java is None:
        return (
            f"Spark needs Java {JAVA_MIN} or later, and there is no java here: apt-get install openjdk-17-jre-headless"
        )
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < JAVA_MIN:
        return (
            f"Spark needs Java {JAVA_MIN} or later; `java -version` says: {said.splitlines()[0] if said else 'nothing'}"
        )
    return ""


@contextmanager
def at(place: Place, settings: Mapping[str, str] | None = None) -> Iterator[Any]:
    """A session at this place, which ends with the block. Raises QueryError."""
    session = start(place, settings)
    try:
        yield session
    finally:
        session.stop()


def running() -> Any:
    """The session that is there, or a new one in this machine. Raises QueryError."""
    if says := obstacle():
        raise QueryError(says)
    from pyspark.sql import SparkSession  # noqa: PLC0415 - a second that only those wait for who want it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of the pandas that is here, which we do not use
        return SparkSession.getActiveSession() or start(Place())


def start(place: Place, settings: Mapping[str, str] | None = None) -> Any:
    """A session at this place. settings: Spark's own, beside ours. Raises QueryError where it cannot be had."""
    if says := obstacle():
        raise QueryError(says)
    said = {**SETTINGS, **_of(place), **(settings or {})}
    from py4j.protocol import Py4JError  # noqa: PLC0415 - see running
    from pyspark.errors import PySparkException  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        try:
            _launch(said)
            builder = SparkSession.builder.appName("footfall").master(place.master)
            for name, value in said.items():
                builder = builder.config(name, value)
            session = builder.getOrCreate()
        except (Py4JError, PySparkException) as exc:
            raise QueryError(_refused(place, exc)) from None  # it may quote a secret
    session.sparkContext.setLogLevel("ERROR")
    if place.masters:
        _wait_for_workers(session, place)
    return session


def _of(place: Place) -> dict[str, str]:
    """What a place wants set. Raises QueryError where no master answers."""
    said = {"spark.driver.memory": f"{place.memory_mib}m", DRIVER_JVM: PLANNER if place.masters else WORKHORSE}
    if place.masters:
        here = _reached_from(place)
        said |= {
            "spark.executor.memory": f"{place.memory_mib}m",
            "spark.executor.extraJavaOptions": WORKHORSE,
            "spark.driver.host": here,
            "spark.driver.bindAddress": here,
            **properties.read(place.properties),
        }
    return said


def _launch(said: Mapping[str, str]) -> None:
    """The driver's JVM, where it does not run: what stands on its command line, where a secret must not be."""
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415

    conf = SparkConf(loadDefaults=False)
    for name in ("spark.driver.memory", DRIVER_JVM):
        conf.set(name, said[name])
    SparkContext._ensure_initialized(conf=conf)


def _reached_from(place: Place) -> str:
    """This machine's address as workers see it: the one that a connection to their master has. Raises QueryError."""
    for address in place.masters:
        try:
            with socket.create_connection((address.host, address.port), REACH_S) as line:
                return str(line.getsockname()[0])
        except OSError:
            continue
    raise QueryError(
        f"no Spark master answers at {place.master}. Start one with `footfall collector spark master`, correct "
        "--spark-master (setting spark_master), or leave it away to compute on this machine alone"
    )


def _wait_for_workers(session: Any, place: Place) -> None:
    """Until a worker has an executor for us. Without one Spark would wait for ever. Raises QueryError."""
    give_up_s = time.monotonic() + WORKERS_S
    while _executors(session) < 1:
        if time.monotonic() > give_up_s:
            session.stop()
            raise QueryError(
                f"the Spark master at {place.master} has no worker for us: one with a free core and {place.memory_mib} "
                "MiB is wanted. Start one with `footfall collector spark worker`, set spark_memory_mib lower, or wait "
                "until another job is over"
            )
        time.sleep(0.05)


def _executors(session: Any) -> int:
    """How many executors work for us; the driver is not one of them."""
    return int(session.sparkContext._jsc.sc().getExecutorMemoryStatus().size()) - 1


def _refused(place: Place, exc: Exception) -> str:
    where = f"the Spark master at {place.master}" if place.masters else "Spark"
    hint = "; it must be of the same version of pyspark, and know the secret in spark.conf" if place.masters else ""
    return f"{where} could not be used: {type(exc).__name__}{hint}. Look at what it printed above"
