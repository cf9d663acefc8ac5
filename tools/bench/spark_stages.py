"""What each contender of the Spark benchmark took and found, kept in a folder, so that a long run is made in pieces."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.bench.store import BenchError, run_apart

DUCKDB = "DuckDB"


def name_of(workers: int) -> str:
    """As a table has it. workers: 0 = DuckDB."""
    return f"Spark, {workers} worker{'s' if workers > 1 else ''}" if workers else DUCKDB


@dataclass(frozen=True, slots=True)
class Contender:
    """What one of them took. workers: 0 = DuckDB. folded: see spark_work.digests. rss_mib: of all its processes."""

    workers: int
    start_s: float
    seconds: Mapping[str, float]
    cpu_s: float
    rss_mib: float
    stays: int
    folded: Mapping[str, list[str]]
    answers: Mapping[str, Any]

    @property
    def name(self) -> str:
        """As a table has it."""
        return name_of(self.workers)

    @property
    def work_s(self) -> float:
        """Fold, signs and metrics; not the start of a session."""
        return sum(self.seconds.values())

    def unlike(self, other: "Contender") -> list[str]:
        """What of the folded files and of the answers differs."""
        pairs = ((self.folded, other.folded), (self.answers, other.answers))
        return [name for ours, theirs in pairs for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]


@dataclass(frozen=True, slots=True)
class Stages:
    """A folder with a filled store, and with what each contender found, so that a long run can be made in pieces."""

    path: Path
    rows: int
    memory_mib: int

    def filled_s(self) -> float:
        """Fill the store if it is not there. Seconds that it took, then or now. Raises BenchError."""
        self.path.mkdir(parents=True, exist_ok=True)
        said = self._read("filled.json")
        if said is None:
            shutil.rmtree(self.path / "store", ignore_errors=True)  # of a run that was ended while it filled
            said = {"rows": self.rows, "s": run_apart("fill", self.path / "store", self.rows)["s"]}
            self._write("filled.json", said)
        if said["rows"] != self.rows:
            raise BenchError(f"{self.path} has a store of --rows {said['rows']}. Take these, or another folder")
        return float(said["s"])

    def found(self, workers: int) -> Contender | None:
        """What a contender found in an earlier run. Raises BenchError where it had another memory."""
        said = self._read(f"found-{workers}.json")
        if said is None:
            return None
        if workers and said["memory_mib"] != self.memory_mib:
            raise BenchError(
                f"{self.path} has {name_of(workers)} with --memory-mib {said['memory_mib']}. Take it, or another folder"
            )
        return Contender(**said["contender"])

    def note(self, one: Contender) -> None:
        """Keep what a contender found."""
        self._write(f"found-{one.workers}.json", {"memory_mib": self.memory_mib, "contender": asdict(one)})

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self.path / name
        if not path.exists():
            return None
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return said

    def _write(self, name: str, said: Mapping[str, Any]) -> None:
        new = self.path / f"{name}.new"
        new.write_text(json.dumps(said), encoding="utf-8")
        new.replace(self.path / name)
