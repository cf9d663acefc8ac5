"""The faults beside kills, by name, in three sizes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import buckets, clocks, clusters, databases, disks, links, masses, postgres
from .cast import Cast
from .chaos import Say
from .outcome import Outcome

Play = Callable[[Path, Say], Outcome]


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of each fault."""

    cast: Cast
    crash_every: int  # of the points of a commit
    weather_s: float
    disk_rounds: int
    storm: int  # sensors
    queued: int  # batches in the broker that dies
    restarts: int  # of a PostgreSQL
    fleet: int  # sensors at a cluster
    fleet_s: float
    units: int  # whole sensors that listen, in the kill run


_SMALL = Cast(processes=1, senders=10, batches_a_s=10, poison_every=100)
_LARGE = Cast(processes=2, senders=40, batches_a_s=20)
# For the test suite.
TINY = Size(
    _SMALL,
    crash_every=40,
    weather_s=0.5,
    disk_rounds=1,
    storm=40,
    queued=40,
    restarts=2,
    fleet=8,
    fleet_s=20,
    units=1,
)
SHORT = Size(
    _SMALL,
    crash_every=6,
    weather_s=2.0,
    disk_rounds=4,
    storm=200,
    queued=200,
    restarts=6,
    fleet=60,
    fleet_s=120,
    units=2,
)
LONG = Size(
    _LARGE,
    crash_every=1,
    weather_s=20.0,
    disk_rounds=20,
    storm=1000,
    queued=1000,
    restarts=60,
    fleet=250,
    fleet_s=180,
    units=6,
)


def can_play(name: str) -> bool:
    """Whether this machine has what a fault needs: root for disks, PostgreSQL, moto's S3 server, NATS."""
    if name.startswith("disk_"):
        return disks.can_mount()
    if name == "cluster":
        return clusters.can_play()
    if name == "store_gone":
        return buckets.can_serve()
    return bool(postgres.BIN) or not name.startswith("postgresql_")


def plays(size: Size) -> dict[str, Play]:
    """Each fault, to be played in an empty folder."""
    cast = size.cast
    return {
        "links": lambda folder, say: links.bad_weather(folder, cast, size.weather_s, say),
        "half_open": lambda folder, say: links.half_open(folder, cast, say),
        "disk_full": lambda folder, say: disks.full(folder, cast, size.disk_rounds, say),
        "disk_read_only": lambda folder, say: disks.read_only(folder, cast, say),
        "clock_jumps": lambda folder, say: clocks.jump(folder, cast, size.weather_s, say),
        "queue_lost": lambda folder, say: masses.queue_lost(folder, cast, size.queued, say),
        "postgresql_restarts": lambda folder, say: databases.restarts(folder, cast, size.restarts, say),
        "store_gone": lambda folder, say: buckets.gone(folder, cast, size.disk_rounds, say),
        "cluster": lambda folder, say: clusters.killed(folder, size.fleet, size.fleet_s, say),
        "storm": lambda folder, say: masses.storm(folder, size.storm, say),
    }
