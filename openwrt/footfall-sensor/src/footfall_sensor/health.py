"""What a Linux machine says of itself, read from /proc and /sys: the readers open files, the parsers take text."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """One look at the machine; None where it does not say."""

    uptime_s: float | None
    load_1m: float | None
    memory_available_kib: int | None
    rss_kib: int | None  # of this process
    temperature_c: float | None


def parse_uptime(text: str) -> float:
    """Seconds since boot, from the text of /proc/uptime."""
    return float(text.split(maxsplit=1)[0])


def parse_load(text: str) -> float:
    """Load average over a minute, from the text of /proc/loadavg."""
    return float(text.split(maxsplit=1)[0])


def parse_kib(text: str, name: str) -> int:
    """The value of `name` in KiB, from the text of /proc/meminfo or /proc/self/status."""
    for line in text.splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise ValueError(f"no {name} here")


def parse_temperature(text: str) -> float:
    """Degrees Celsius, from the text of a thermal zone's temp file (millidegrees)."""
    return int(text) / 1000


def read(root: Path = Path("/")) -> Machine:
    """One look at the machine whose /proc and /sys stand below `root`. Never raises: what cannot be read is None."""
    zones = sorted((root / "sys/class/thermal").glob("thermal_zone*/temp"))
    return Machine(
        uptime_s=_read(root / "proc/uptime", parse_uptime),
        load_1m=_read(root / "proc/loadavg", parse_load),
        memory_available_kib=_kib(root / "proc/meminfo", "MemAvailable"),
        rss_kib=_kib(root / "proc/self/status", "VmRSS"),
        temperature_c=_read(zones[0], parse_temperature) if zones else None,
    )


def _kib(path: Path, name: str) -> int | None:
    value = _read(path, lambda text: parse_kib(text, name))
    return None if value is None else int(value)


def _read(path: Path, parse: Callable[[str], float]) -> float | None:
    try:
        return parse(path.read_text(encoding="ascii", errors="replace"))
    except (OSError, ValueError, IndexError):
        return None
