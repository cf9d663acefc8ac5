"""What storing a sighting costs: verified, deduplicated and durable, in one collector process without the broker."""

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import pyarrow as pa
import pyarrow.parquet as pq

from collector import durable
from collector.admission.door import Admitted, Arrived, Door, Limits
from collector.ingest.intake import Intake, Message
from collector.storage import tables
from footfall_sensor.wire.batch import WIDTHS
from tools.bench.intake_work import collector_in, json_messages, messages
from tools.bench.measure import Clock, Contender, Tick, interleaved, settled_heap
from tools.bench.result import Figure, Group, Line, Target, rounded

BATCH = 200  # sightings
COMMIT = 1000  # batches
PLAIN_COMMIT = 25  # the plain way is slow: a smaller share tells as much
CEILING_SHARE_MIN = 0.5
NOW_MS = 1_772_359_300_000


@dataclass(frozen=True, slots=True)
class IngestResult:
    """Sightings a second of each contender."""

    ours: float
    ceiling: float  # verify and decode, and nothing else
    parquet: float  # write a finished table, and nothing else
    plain: float  # JSON in, a row an insert into SQLite
    rounds: int

    def figures(self) -> dict[str, Figure]:
        """See result.Result."""
        return rounded(
            {
                "sightings_per_s": self.ours,
                "ceiling_sightings_per_s": self.ceiling,
                "parquet_sightings_per_s": self.parquet,
                "sqlite_json_sightings_per_s": self.plain,
                "ceiling_share": self.ours / self.ceiling,
                "parquet_share": self.ours / self.parquet,
                "sqlite_json_speedup": self.ours / self.plain,
                "sightings_per_batch": BATCH,
                "batches_per_commit": COMMIT,
                "rounds": self.rounds,
            }
        )

    def groups(self) -> tuple[Group, ...]:
        """See result.Result."""
        return (
            Group(
                "sightings a second",
                (
                    Line("Footfall", self.ours),
                    Line("verify and decode only", self.ceiling),
                    Line("bare Parquet writer", self.parquet),
                    Line("JSON, SQLite, a row an insert", self.plain),
                ),
            ),
        )

    def targets(self) -> tuple[Target, ...]:
        """See result.Result."""
        share = self.ours / self.ceiling
        return (Target("of the verify-and-decode ceiling, at least 0.5", share, CEILING_SHARE_MIN, at_most=False),)

    def notes(self) -> tuple[str, ...]:
        """See result.Result."""
        return (
            f"{COMMIT} batches of {BATCH} sightings a commit, from 20 sensors; {self.rounds} rounds in turns, medians. "
            "Footfall's figure goes from sealed bytes to files and manifest synced to disk and the acknowledgements "
            "signed; the broker is left out.",
            "The Parquet writer gets a finished Arrow table and does not sync. The plain way checks no signature; it "
            f"commits once for {PLAIN_COMMIT} batches, synced, and refuses duplicates by a primary key.",
        )


def measure(rounds: int, tick: Tick, clock_s: Clock = perf_counter) -> IngestResult:
    """Let the contenders take turns in a temporary folder of the working directory's disk."""
    with tempfile.TemporaryDirectory(prefix="footfall-bench-", dir=Path.cwd()) as name:
        contenders = _contenders(Path(name), rounds + 1)
        with settled_heap():
            timings = interleaved(contenders, rounds, clock_s, tick)
    ours, ceiling, parquet, plain = (1e6 / timing.us_median for timing in timings)
    return IngestResult(ours, ceiling, parquet, plain, rounds)


def _contenders(folder: Path, turns: int) -> list[Contender]:
    opened, senders = collector_in(folder)
    endless = messages(senders, COMMIT, BATCH)
    ready = [next(endless) for _ in range(turns)]  # sealing is the sensors' work: done before the clock runs
    door = Door(Limits(rate_per_s=None, late_ms=None, ahead_ms=None))
    door.know(opened.registry.sensors())
    admitted = admit_all(door, ready[0])
    table = tables.sightings(admitted)
    plain_endless = json_messages(PLAIN_COMMIT, BATCH)
    plain_ready = [next(plain_endless) for _ in range(turns)]
    return [
        Contender("Footfall", _take(opened.intake(), iter(ready)), COMMIT * BATCH),
        Contender("ceiling", lambda: admit_all(door, ready[0]), COMMIT * BATCH),
        Contender("parquet", lambda: _write(table, folder / "bare.parquet"), COMMIT * BATCH),
        Contender("plain", _insert(folder / "plain.sqlite", iter(plain_ready)), PLAIN_COMMIT * BATCH),
    ]


def _take(intake: Intake, sets: Iterator[list[Message]]) -> Callable[[], None]:
    def run() -> None:
        intake.take(next(sets), NOW_MS)

    return run


def admit_all(door: Door, set_: list[Message]) -> list[Admitted]:
    """Verify and decode a set of messages. Raises RuntimeError where one is refused."""
    found = []
    for message in set_:
        arrived = door.check(*message)
        if isinstance(arrived, Arrived):
            outcome = door.admit(arrived, NOW_MS)
            if isinstance(outcome, Admitted):
                found.append(outcome)
    if len(found) != len(set_):
        raise RuntimeError("the benchmark's own batches were refused")
    return found


def _write(table: "pa.Table", path: Path) -> None:
    pq.write_table(table, path, compression=durable.COMPRESSION, compression_level=durable.COMPRESSION_LEVEL)


def _insert(path: Path, sets: Iterator[list[bytes]]) -> Callable[[], None]:
    connection = sqlite3.connect(path, isolation_level=None)
    statement = plain_table(connection)

    def run() -> None:
        connection.execute("BEGIN")
        for payload in next(sets):
            said = json.loads(payload)
            for place, row in enumerate(said["sightings"]):
                row["token"] -= 1 << 63  # SQLite's integers are signed
                connection.execute(statement, (said["sensor"], said["number"], place, *row.values()))
        connection.execute("COMMIT")

    return run


def plain_table(connection: sqlite3.Connection) -> str:
    """Make the plain way's table, synced at each commit. Returns the statement that inserts a row."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    columns = ", ".join(WIDTHS)
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS sightings (sensor, number, place, {columns}, PRIMARY KEY (sensor, number, place))"
    )
    marks = ", ".join("?" * (3 + len(WIDTHS)))
    return f"INSERT OR IGNORE INTO sightings VALUES ({marks})"  # noqa: S608 - made of constants
