"""What stored sightings cost: fold, compaction, report, bytes and memory, beside a bare scan and the fold in chDB."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from footfall_sensor.errors import SensorError
from tools.bench.measure import Tick
from tools.bench.result import Figure, Group, Line, Target, rounded
from tools.bench.store_fill import COMMITS_A_DAY, ON_THE_WAY, ROWS_A_COMMIT, SENSORS, Shape

ROWS = 2_000_000
# The scan stands before and after the two folds, so that a load that comes or goes falls on both sides.
ORDER = ("fill", "scan", "fold", "chdb", "scan again", "compare", "compact", "settle", "report")
OURS = ("fold", "compact", "settle", "report")
DISK_BYTES_A_ROW = (
    80  # the most that lies there at once, and a fifth more: sightings before and after compaction, stays
)
PARTIAL = "footfall-bench-store.json"  # in the working directory

Phases = Mapping[str, Mapping[str, float]]
Say = Callable[[str], object]


class BenchError(SensorError):
    """A phase did not come to its end."""


@dataclass(frozen=True, slots=True)
class StoreResult:
    """What each phase took and found, by its name."""

    shape: Shape
    phases: Phases

    def _scan(self, name: str) -> float:
        return (self.phases["scan"][name] + self.phases["scan again"][name]) / 2

    @property
    def rss_mib_max(self) -> float:
        """The highest peak of the collector's own work."""
        return max(self.phases[name]["rss_mib"] for name in OURS)

    def figures(self) -> dict[str, Figure]:
        """See result.Result."""
        of, rows = self.phases, self.shape.total
        fold, chdb = of["fold"], of["chdb"]
        return rounded(
            {
                "rows": rows,
                "days": self.shape.days,
                "sites": self.shape.sites,
                "stays": int(fold["stays"]),
                "fold_s": fold["s"],
                "scan_s": self._scan("s"),
                "chdb_fold_s": chdb["s"],
                "compact_s": of["compact"]["s"],
                "visits_s": of["settle"]["s"],
                "report_s": of["report"]["report_s"],
                "fold_scan_ratio": fold["s"] / self._scan("s"),
                "fold_chdb_ratio": fold["s"] / chdb["s"],
                "fold_cpu_s": fold["cpu_s"],
                "scan_cpu_s": self._scan("cpu_s"),
                "chdb_fold_cpu_s": chdb["cpu_s"],
                "compact_cpu_s": of["compact"]["cpu_s"],
                "visits_cpu_s": of["settle"]["cpu_s"],
                "fold_rows_per_s": rows / fold["s"],
                "bytes_per_row": of["compact"]["compacted_bytes"] / rows,
                "committed_bytes_per_row": fold["committed_bytes"] / rows,
                "kept_bytes_per_row": of["settle"]["kept_bytes"] / rows,
                "bytes_per_window": of["settle"]["window_bytes"],
                "days_unlike_chdb": int(of["compare"]["differing_days"]),
                "rss_mib_max": self.rss_mib_max,
                **{f"{name}_rss_mib": of[name]["rss_mib"] for name in (*OURS, "chdb", "scan")},
                "fill_s": of["fill"]["s"],
            }
        )

    def groups(self) -> tuple[Group, ...]:
        """See result.Result."""
        of = self.phases
        return (
            Group(
                f"seconds for {self.shape.total:,} sightings",
                (
                    Line("Footfall's fold", of["fold"]["s"]),
                    Line("the same fold in chDB", of["chdb"]["s"]),
                    Line("DuckDB scans the columns", self._scan("s")),
                    Line("compaction", of["compact"]["s"]),
                    Line("visits without tokens", of["settle"]["s"]),
                    Line("report of a site's day", of["report"]["report_s"]),
                ),
            ),
            Group(
                "MiB of memory at most",
                (
                    Line("Footfall's fold", of["fold"]["rss_mib"]),
                    Line("the same fold in chDB", of["chdb"]["rss_mib"]),
                    Line("DuckDB scans the columns", of["scan"]["rss_mib"]),
                    Line("compaction", of["compact"]["rss_mib"]),
                    Line("visits without tokens", of["settle"]["rss_mib"]),
                    Line("report of a site's day", of["report"]["rss_mib"]),
                ),
            ),
            Group(
                "bytes a sighting",
                (
                    Line("compacted", of["compact"]["compacted_bytes"] / self.shape.total),
                    Line("as committed", of["fold"]["committed_bytes"] / self.shape.total),
                ),
            ),
        )

    def targets(self) -> tuple[Target, ...]:
        """See result.Result."""
        return (
            Target(
                "days whose stays differ from chDB's, none", self.phases["compare"]["differing_days"], 0, at_most=True
            ),
        )

    def notes(self) -> tuple[str, ...]:
        """See result.Result."""
        least, most = COMMITS_A_DAY
        return (
            f"simulated sightings of {self.shape.days} days and {self.shape.sites} sites with {SENSORS} sensors each, "
            f"stored by the store's own commits: {least} to {most} files a day, {ROWS_A_COMMIT:,} rows or more each.",
            "each phase has a process of its own, and its time is that of the work without loading libraries. The fold "
            "and compaction write durable files and the manifest; chDB writes one file a day and does not sync. The "
            "scan takes the highest value of each column that the fold reads, before and after the folds.",
        )


def measure(rows: int, tick: Tick, say: Say = lambda _line: None) -> StoreResult:
    """Fill a store in a temporary folder of the working directory's disk, and let each phase work on it in turn.

    say: told what begins and what came of it. What has been measured when a phase fails is left in PARTIAL. Raises
    BenchError: also where the disk has no room; and ModuleNotFoundError where chDB is missing.
    """
    if find_spec("chdb") is None:
        raise ModuleNotFoundError("No module named 'chdb'", name="chdb")
    check_room(rows, shutil.disk_usage(Path.cwd()).free)
    phases: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="footfall-bench-", dir=Path.cwd()) as name:
        for phase in ORDER:
            say(f"{phase} begins")
            try:
                phases[phase] = run_apart(phase.split()[0], Path(name) / "collector", rows, say)
            except BenchError as exc:
                Path(PARTIAL).write_text(json.dumps({"rows": rows, **phases}, indent=1), encoding="utf-8")
                raise BenchError(f"{exc} What was measured before is in {PARTIAL}") from exc
            took = phases[phase]
            say(f"{phase}: {took['s']:.1f} s, {took['cpu_s']:.1f} s of a processor, {took['rss_mib']:.0f} MiB at most")
            tick()
    return StoreResult(Shape.of(rows), phases)


def check_room(rows: int, free_bytes: int) -> None:
    """Raises BenchError where so many rows are going to fill the disk."""
    wanted = rows * DISK_BYTES_A_ROW
    if free_bytes < wanted:
        raise BenchError(
            f"{rows:,} sightings want some {wanted / 1e9:.1f} GB of disk, and {free_bytes / 1e9:.1f} are free here. "
            "Run it from a folder of another disk, or with fewer --rows"
        )


def run_apart(phase: str, folder: Path, rows: int, say: Say = lambda _line: None) -> dict[str, float]:
    """A phase in a process of its own; say: told what it tells on the way. Raises BenchError."""
    command = [sys.executable, "-m", "tools.bench.store_phases", phase, str(folder), str(rows)]
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stderr:  # its one line of output fits the pipe meanwhile
            last = line.strip() or last
            if line.startswith(ON_THE_WAY):
                say(line.removeprefix(ON_THE_WAY).strip())
        told = process.stdout.read()
    if process.returncode:
        killed = f"it was killed by signal {-process.returncode}" if process.returncode < 0 else last
        says = killed or f"it ended with code {process.returncode}"
        raise BenchError(f"the phase '{phase}' failed: {says}. Is there room on the disk, and memory?")
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found
