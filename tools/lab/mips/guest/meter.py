"""Reading the machine: memory by /proc, and results as lines that the host finds."""

import json
from pathlib import Path

RESULT = "lab-result "

_MEMORY = ("VmRSS", "VmHWM", "RssAnon", "RssFile")


def memory_kib(pid: int | str = "self") -> dict[str, int]:
    """A process's memory as the kernel counts it."""
    return _kib(Path(f"/proc/{pid}/status"), _MEMORY)


def machine_kib() -> dict[str, int]:
    """The machine's memory."""
    return _kib(Path("/proc/meminfo"), ("MemTotal", "MemFree", "MemAvailable"))


def say(what: str, **results: object) -> None:
    """Tell the host what was measured, and what came out."""
    print(RESULT + json.dumps({"what": what, **results}), flush=True)


def _kib(path: Path, names: tuple[str, ...]) -> dict[str, int]:
    pairs = (line.split(":") for line in path.read_text().splitlines())
    return {name: int(value.split()[0]) for name, value in pairs if name in names}
