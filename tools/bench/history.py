"""Figures by date: a JSON file a run, and what has become worse since the one before.

Times of two days are not compared: the machine was another one, or did other things. What is compared is what each run
measured beside each other: the promises, which are ratios, and sizes, which do not change from run to run.
"""

import json
import os
import platform
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from tools.bench.result import Result, Target

WORSE_TIMES = 1.25  # a ratio that is worse than before by more is said
SLACK = 1.25  # a short run on a busy machine may miss a promise by so much
NAME = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})(-(?P<number>\d+))?\.json")


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise, as a run found it."""

    measured: float
    limit: float
    at_most: bool
    ratio: bool  # or a size, or a count; else a time

    @classmethod
    def of(cls, target: Target) -> Self:
        """As it is kept."""
        return cls(round(target.measured, 4), target.limit, target.at_most, not target.is_time)

    def worse(self, than: float) -> float:
        """How many times worse than a figure it is; below 1: better."""
        high, low = (self.measured, than) if self.at_most else (than, self.measured)
        return high / low if low > 0 else float("inf") if high > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Taken:
    """One run of all benchmarks."""

    taken: str  # UTC
    machine: str  # in words
    load: float  # average of one minute, at the end
    figures: Mapping[str, Mapping[str, object]]
    promises: Mapping[str, Kept] = field(default_factory=dict)  # by benchmark and sentence

    @classmethod
    def of(cls, results: Mapping[str, Result], began: datetime, machine: str) -> Self:
        """Of these results."""
        promises = {
            f"{name}: {target.promise}": Kept.of(target) for name, one in results.items() for target in one.targets()
        }
        load = round(os.getloadavg()[0], 2)
        figures = {name: one.figures() for name, one in results.items()}
        return cls(began.isoformat(timespec="minutes"), machine, load, figures, promises)


_FORM = TypeAdapter(Taken)


def newest(folder: Path) -> Taken | None:
    """The last run that was kept; None where there is none. Raises OSError."""
    found = [match for path in folder.glob("*.json") if (match := NAME.fullmatch(path.name))]
    if not found:
        return None
    last = max(found, key=lambda match: (match["day"], int(match["number"] or 1)))
    return _FORM.validate_json((folder / last.string).read_bytes())


def write(folder: Path, now: Taken) -> Path:
    """Add a run under its date; a second one of a day under a number as well. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    day, number = now.taken[:10], 1
    path = folder / f"{day}.json"
    while path.exists():
        number += 1
        path = folder / f"{day}-{number}.json"
    path.write_text(json.dumps(asdict(now), indent=1) + "\n", encoding="utf-8")
    return path


def compared(before: Taken | None, now: Taken) -> list[str]:
    """What has become worse, a sentence each."""
    if before is None:
        return ["no earlier figures to compare with"]
    said = [
        f"WORSE {name}: {kept.measured:.3g}, on {before.taken[:10]} {old.measured:.3g} ({times:.1f} times)"
        for name, kept in now.promises.items()
        if (old := before.promises.get(name)) and kept.ratio and (times := kept.worse(old.measured)) > WORSE_TIMES
    ]
    return said or [f"no ratio is worse than on {before.taken[:10]} by more than a quarter"]


def broken(name: str, result: Result) -> list[str]:
    """The ratios of one benchmark that are far off their promise, a sentence each."""
    return [
        f"BROKEN {name}: {target.promise}: {target.measured:.3g}"
        for target in result.targets()
        if not target.is_time and Kept.of(target).worse(target.limit) > SLACK
    ]


def machine() -> str:
    """This machine in words."""
    cpu = _after("/proc/cpuinfo", "model name") or platform.machine()
    memory = int((_after("/proc/meminfo", "MemTotal") or "0").split()[0]) / (1 << 20)
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return f"{os.cpu_count()} cores of {cpu}, {memory:.0f} GiB, {system}, CPython {platform.python_version()}"


def _after(path: str, name: str) -> str:
    """What stands behind the first line of that name."""
    try:
        lines = Path(path).read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
