"""Reading the machine: instructions by its clocks, memory by /proc, and results as lines that the host finds."""

import json
import os
import time
from pathlib import Path

RESULT = "lab-result "

_PS_PER_INSTRUCTION = int(os.environ.get("LAB_INSTRUCTION_PS", "1000"))
_MEMORY = ("VmRSS", "VmHWM", "RssAnon", "RssFile", "RssShmem")


def now() -> int:
    """Instructions that the machine has had the time for: its clock stands still unless it executes or sleeps.

    qemu's clock advances by a fixed time an instruction, and `init` has measured by which.
    """
    return time.monotonic_ns() * 1000 // _PS_PER_INSTRUCTION


def executed(pid: int) -> int:
    """Instructions that a process has executed, the kernel's for it included; other processes are not in it."""
    clock = (~pid << 3) | 2  # the kernel's number for a process's own clock, see clock_getcpuclockid(3)
    return time.clock_gettime_ns(clock) * 1000 // _PS_PER_INSTRUCTION


def memory_kib(pid: int | str = "self") -> dict[str, int]:
    """A process's memory as the kernel counts it."""
    return _kib(Path(f"/proc/{pid}/status"), _MEMORY)


def machine_kib() -> dict[str, int]:
    """The machine's memory."""
    return _kib(Path("/proc/meminfo"), ("MemTotal", "MemFree", "MemAvailable"))


def say(**results: object) -> None:
    """Tell the host."""
    print(RESULT + json.dumps(results), flush=True)


def _kib(path: Path, names: tuple[str, ...]) -> dict[str, int]:
    pairs = (line.split(":") for line in path.read_text().splitlines())
    return {name: int(value.split()[0]) for name, value in pairs if name in names}
