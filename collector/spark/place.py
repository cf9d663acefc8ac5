"""Where Spark computes: in this process's own machine, or on a standalone master and its workers."""

import re
from dataclasses import dataclass
from pathlib import Path

LOCAL = "local[*]"
PORT = 7077  # of a master, where nobody says another; Spark's own choice
MEMORY_MIB = 1024  # of a driver, and of an executor: Spark's own default
MEMORY_MIB_MIN = 512  # Spark refuses less than 1.5 times its reserved 300 MiB
PROPERTIES = "spark.conf"  # in the collector's folder: what a cluster's processes share

_LOCAL = re.compile(r"local(\[(\*|[1-9][0-9]{0,2})\])?")
_ADDRESS = r"(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:]{2,39}\]):([0-9]{1,5})"
_STANDALONE = re.compile(rf"spark://{_ADDRESS}(?:,{_ADDRESS})*")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a master listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where Spark computes. memory_mib: of this process's JVM, and of each worker's executor.

    properties: a file of Spark's properties that a cluster's processes share, its secret among them; it may be absent.
    """

    master: str = LOCAL
    memory_mib: int = MEMORY_MIB
    properties: Path | None = None

    @property
    def masters(self) -> tuple[Address, ...]:
        """The standalone masters, one of which leads; none where Spark runs in this machine alone."""
        return addresses(self.master)


def addresses(master: str) -> tuple[Address, ...]:
    """The masters that an URL names; none of a local one. Raises ValueError for what is no URL of a master."""
    if _LOCAL.fullmatch(master):
        return ()
    if not _STANDALONE.fullmatch(master):
        raise ValueError(f"{master} is no master")
    found = []
    for one in master.removeprefix("spark://").split(","):
        host, _, port = one.rpartition(":")
        if not 0 < int(port) < 1 << 16:
            raise ValueError(f"{port} is no port")
        found.append(Address(host.strip("[]"), int(port)))
    return tuple(found)


def checked(master: str) -> str:
    """The URL of a master as it was given. Raises ValueError."""
    addresses(master)
    return master
