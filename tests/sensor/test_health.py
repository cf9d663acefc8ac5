"""Health: what the machine says of itself, and silence where it does not."""

from pathlib import Path

import pytest

from footfall_sensor import health
from footfall_sensor.health import Machine

# As a CPE210 on OpenWrt has them.
UPTIME = "86400.52 81234.10\n"
LOADAVG = "0.21 0.37 0.39 1/71 9737\n"
MEMINFO = "MemTotal:          57832 kB\nMemFree:           14120 kB\nMemAvailable:      21988 kB\n"
STATUS = "Name:\tpython3\nVmPeak:\t   15880 kB\nVmRSS:\t   13312 kB\nThreads:\t3\n"


def _machine(root: Path, files: dict[str, str]) -> Machine:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return health.read(root)


ALL = {
    "proc/uptime": UPTIME,
    "proc/loadavg": LOADAVG,
    "proc/meminfo": MEMINFO,
    "proc/self/status": STATUS,
    "sys/class/thermal/thermal_zone0/temp": "48500\n",
}


def test_every_value_is_read_in_its_unit(tmp_path: Path) -> None:
    """Seconds, load, KiB, degrees."""
    assert Machine(86400.52, 0.21, 21988, 13312, 48.5) == _machine(tmp_path, ALL)


def test_machine_that_says_nothing_is_no_fault(tmp_path: Path) -> None:
    """Without /proc and /sys every value is None."""
    assert Machine(None, None, None, None, None) == health.read(tmp_path)


@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize(
    "text", ["", "\n", "nonsense", "MemAvailable:\nVmRSS:\n", "MemAvailable: x kB\nVmRSS: y kB\n", "\xff"]
)
def test_one_unreadable_value_costs_only_itself(name: str, text: str, tmp_path: Path) -> None:
    """A file that is empty or holds something else gives None; the others are still read."""
    machine = _machine(tmp_path, {**ALL, name: text})
    values = (
        machine.uptime_s,
        machine.load_1m,
        machine.memory_available_kib,
        machine.rss_kib,
        machine.temperature_c,
    )
    assert [None if file == name else "read" for file in ALL] == [value and "read" for value in values]


def test_similar_name_is_not_mistaken() -> None:
    """MemFree is not MemAvailable, and VmRSS is not VmPeak, whichever comes first."""
    assert health.parse_kib(MEMINFO, "MemAvailable") == 21988
    with pytest.raises(ValueError, match="no VmR here"):
        health.parse_kib(STATUS, "VmR")


def test_this_machine_is_read() -> None:
    """On a real Linux, uptime, load and memory are there and plausible."""
    machine = health.read()
    assert machine.uptime_s is not None
    assert machine.uptime_s > 0
    assert machine.load_1m is not None
    assert machine.rss_kib is not None
    assert machine.rss_kib > 5000  # no Python is smaller
    assert machine.memory_available_kib is not None
    assert machine.memory_available_kib > 0
