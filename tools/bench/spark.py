"""Fold and every metric on DuckDB and on Spark standalone: whether they say the same, and what each takes."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from tools.bench.measure import Tick
from tools.bench.result import Figure, Group, Line, Target, rounded
from tools.bench.spark_stages import Contender, Stages, name_of
from tools.bench.spark_work import digests
from tools.bench.store import BenchError
from tools.bench.store_fill import SENSORS, Shape
from tools.errors import ToolError
from tools.load import spark_cluster as cluster
from tools.load.processes import TreeMeter

LOOK_S = 0.5
PARTS = ("fold_s", "signs_s", "metrics_s")
LIMIT_S = 3600.0  # of all contenders together

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SparkResult:
    """DuckDB first, then Spark with each number of workers. unfinished: those that came to no end, and why."""

    shape: Shape
    memory_mib: int
    contenders: tuple[Contender, ...]
    unfinished: tuple[str, ...] = ()

    @property
    def different(self) -> list[str]:
        """Files and metrics in which any of them says something else than DuckDB, each with who does."""
        duck, *others = self.contenders
        return [f"{one.name}: {what}" for one in others for what in one.unlike(duck)]

    def figures(self) -> dict[str, Figure]:
        """See result.Result."""
        duck = self.contenders[0]
        said: dict[str, Figure] = {
            "rows": self.shape.total,
            "days": self.shape.days,
            "sites": self.shape.sites,
            "stays": duck.stays,
            "metrics": len(duck.answers),
            "equal": not self.different,
            "unfinished": len(self.unfinished),
            "different": len(self.different),
            "cores": os.cpu_count() or 1,
            "memory_mib": self.memory_mib,
        }
        for one in self.contenders:
            key = f"spark_{one.workers}" if one.workers else "duckdb"
            said |= {f"{key}_{part}": one.seconds[part] for part in PARTS}
            said |= {f"{key}_s": one.work_s, f"{key}_cpu_s": one.cpu_s, f"{key}_rss_mib": one.rss_mib}
            if one.workers:
                said |= {f"{key}_start_s": one.start_s, f"{key}_duckdb_ratio": one.work_s / duck.work_s}
        return rounded(said)

    def groups(self) -> Sequence[Group]:
        """See result.Result."""
        titles = {"fold_s": "the fold", "signs_s": "signs of people", "metrics_s": "every metric of a site, all days"}
        timed = [
            Group(f"seconds, {title}", tuple(Line(one.name, one.seconds[part]) for one in self.contenders))
            for part, title in titles.items()
        ]
        whole = Group(
            f"seconds for {self.shape.total:,} sightings, in all",
            tuple(Line(one.name, one.work_s) for one in self.contenders),
        )
        memory = Group(
            "MiB of memory at most, all processes", tuple(Line(one.name, one.rss_mib) for one in self.contenders)
        )
        processor = Group("processor seconds", tuple(Line(one.name, one.cpu_s) for one in self.contenders))
        return (whole, *timed, processor, memory)

    def targets(self) -> Sequence[Target]:
        """See result.Result."""
        promise = "days' files and metrics in which Spark differs from DuckDB, none"
        return (Target(promise, float(len(self.different)), 0, at_most=True),)

    def notes(self) -> Sequence[str]:
        """See result.Result."""
        cores = os.cpu_count() or 1
        wrong = (f"different: {', '.join(self.different[:9])}.",) if self.different else ()
        short = tuple(f"came to no end: {one}." for one in self.unfinished)
        return (
            f"simulated sightings of {self.shape.days} days and {self.shape.sites} sites with {SENSORS} sensors each; "
            "each contender folds a copy of the same store in processes of its own.",
            "compared in full: of stays, open stays and signs of each day the number of rows and two sums over "
            f"hashes of whole rows (fractions to 12 digits); of {len(self.contenders[0].answers)} metrics every row.",
            f"each worker has one core and {self.memory_mib} MiB by its bounds, and this machine has {cores} cores "
            "for master, workers and driver together. It proves that a standalone cluster gives DuckDB's results with "
            "any number of workers, and what its administration costs. It does not prove how work spreads over "
            f"machines: more than {cores} workers share the same cores, one memory bus and one disk, and no network "
            "lies between.",
            "a session's start (a JVM, executors) is in start_s and in the processor seconds, not in the seconds.",
            *wrong,
            *short,
        )


def measure(
    rows: int,
    workers: Sequence[int],
    memory_mib: int,
    tick: Tick,
    say: Say,
    limit_s: float = LIMIT_S,
    keep: Path | None = None,
) -> SparkResult:
    """Fill a store on the working directory's disk; each contender has a copy.

    say: is told each part as it ends. Who fails, or is not done within limit_s of the first one's begin, is named, and
    what the others found is kept; so it is when the command is interrupted. keep: a folder in which the store and what
    each contender found stay, and what is there already is not done again. Raises BenchError, ToolError where there is
    nothing to keep.
    """
    shape = Shape.of(rows)
    found: list[Contender] = []
    unfinished: list[str] = []
    with ExitStack() as stack:
        if keep is None:
            keep = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="footfall-bench-", dir=Path.cwd())))
        folder = Stages(keep.absolute(), rows, memory_mib)
        say(f"{shape.total:,} sightings stored: {folder.filled_s():.0f} s")
        tick()
        end_s = time.monotonic() + limit_s
        for count in (0, *workers):
            who = name_of(count)
            try:
                one = folder.found(count)
                found.append(one or _contender(folder.path, shape, rows, count, memory_mib, say, end_s))
                say(_told(found[-1]) + (" (measured before)" if one else ""))
                folder.note(found[-1])
            except (BenchError, ToolError) as exc:
                if not found:
                    raise
                unfinished.append(f"{who}: {exc}")
                say(unfinished[-1])
            except KeyboardInterrupt:
                if not found:
                    raise
                unfinished.append(f"{who}: interrupted")
                break
            tick()
    return SparkResult(shape, memory_mib, tuple(found), tuple(unfinished))


def _told(one: Contender) -> str:
    parts = ", ".join(f"{part.removesuffix('_s')} {one.seconds[part]:.1f} s" for part in PARTS)
    return f"{one.name}: {parts}; {one.cpu_s:.1f} processor seconds, {one.rss_mib:.0f} MiB"


def _contender(
    folder: Path, shape: Shape, rows: int, workers: int, memory_mib: int, say: Say, end_s: float
) -> Contender:
    own = folder / f"contender-{workers}"
    shutil.rmtree(own, ignore_errors=True)  # of a run that was killed
    own.mkdir()
    try:
        _copy(folder / "store", own / "store")
        with cluster.running(own, workers, 1, memory_mib) if workers else nullcontext() as made:
            words = [str(own / "store"), str(rows)]
            if made is not None:
                words += [made.place.master, str(memory_mib), str(made.place.properties)]
            said, meter = _run(words, own, lambda line: say(f"{name_of(workers)}: {line}"), end_s)
        parts = {part: float(said[part]) for part in PARTS}
        folded = digests(own / "store", shape)
    finally:
        shutil.rmtree(own)
    return Contender(
        workers, said["start_s"], parts, meter.spent_s, meter.rss_mib_max, said["stays"], folded, said["answers"]
    )


def _run(words: Sequence[str], own: Path, say: Say, end_s: float) -> tuple[dict[str, Any], TreeMeter]:
    """A contender's process, watched with all of its cluster: they all descend from this process."""
    meter = TreeMeter(os.getpid())
    log, out = own / "work.log", own / "work.out"
    with log.open("wb") as errors, out.open("wb") as output, out.open(encoding="utf-8") as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.bench.spark_work", *words], stdout=output, stderr=errors
        )
        last = ""
        try:
            while process.poll() is None:
                meter.look()
                if time.monotonic() > end_s:
                    raise BenchError(
                        f"not done in time (after: {last or 'nothing'}); take fewer --rows or more --limit-min"
                    )
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_S)
                for line in _whole_lines(lines):
                    last = line
                    if not line.startswith("{"):
                        say(line)
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        wrong = (log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["nothing"])[-1]
        raise BenchError(f"a contender failed: {wrong}. Is there memory for it? Take fewer --rows or more --memory-mib")
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8").splitlines()[-1])
    return found, meter


def _whole_lines(file: TextIO) -> list[str]:
    """Lines that have been written since the last look; what has no end yet waits for the next one."""
    found: list[str] = []
    while True:
        before, line = file.tell(), file.readline()
        if not line.endswith("\n"):
            file.seek(before)
            return found
        found.append(line.strip())


def _copy(store: Path, into: Path) -> None:
    """A store of its own: files are written once and never again, so they are linked, and the rest is copied."""

    def link(source: str, target: str) -> None:
        if source.endswith(".parquet"):
            os.link(source, target)
        else:
            shutil.copy2(source, target)

    shutil.copytree(store, into, copy_function=link)
