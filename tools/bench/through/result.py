"""What a run through the broker found, and what is promised of it."""

from dataclasses import dataclass

from collector.service.upkeep import PUT_OFF_S
from tools.bench.result import Figure, Group, Line, Target, rounded
from tools.bench.through.scale import BATCH, INFLIGHT, Scale

CEILING_SHARE_MIN = 0.6
PLAIN_TIMES_MIN = 10.0
QUERYABLE_S_MAX = 2.0


@dataclass(frozen=True, slots=True)
class Costs:
    """Microseconds of processor time a batch, of each process that had a part in it."""

    collector_us: float  # its workers are not in it
    keeper_us: float  # of it: the keeper's thread, which folds, counts and compacts what earlier rounds have left
    broker_us: float
    senders_us: float  # both together
    busy_share: float  # of all cores of the machine, all of them together


@dataclass(frozen=True, slots=True)
class Owed:
    """What the rounds have left to the keeper, and what it takes of a batch when it comes, in one thread."""

    batches: float  # that were not folded
    fold_us: float
    signs_us: float  # each of those that were left to it
    compact_us: float


@dataclass(frozen=True, slots=True)
class ThroughResult:
    """Rates are sightings a second; the median over the rounds."""

    one: float  # one collector process
    two: float | None  # one with a worker; None: not measured
    ceiling: float  # verify and decode in this process, with nothing else of ours running
    plain: float
    cpu: Costs
    ceiling_cpu_us: float
    owed: Owed
    fleet_cores: float  # that the collector's process took of the whole fleet's load
    queryable_p50_s: float  # from publishing to the word that it is in the manifest, whole fleet
    queryable_p99_s: float
    fold_s: float  # what a report waits for the newest sightings to be folded, median
    unanswered: int
    fleet: Scale
    rounds: int

    @property
    def ingest_us(self) -> float:
        """Microseconds a batch of the collector's process without its keeper."""
        return self.cpu.collector_us - self.cpu.keeper_us

    def figures(self) -> dict[str, Figure]:
        """See result.Result."""
        said = {
            "sightings_per_s": self.one,
            "ceiling_sightings_per_s": self.ceiling,
            "ceiling_share": self.one / self.ceiling,
            "sqlite_json_sightings_per_s": self.plain,
            "sqlite_json_speedup": self.one / self.plain,
            "collector_cpu_us_a_batch": self.cpu.collector_us,
            "ingest_cpu_us_a_batch": self.ingest_us,
            "keeper_cpu_us_a_batch": self.cpu.keeper_us,
            "fold_owed_batches": self.owed.batches,
            "fold_owed_cpu_us_a_batch": self.owed.fold_us,
            "signs_owed_cpu_us_a_batch": self.owed.signs_us,
            "compact_owed_cpu_us_a_batch": self.owed.compact_us,
            "ceiling_cpu_us_a_batch": self.ceiling_cpu_us,
            "ceiling_cpu_share": self.ceiling_cpu_us / self.ingest_us,
            "broker_cpu_us_a_batch": self.cpu.broker_us,
            "senders_cpu_us_a_batch": self.cpu.senders_us,
            "machine_busy_share": self.cpu.busy_share,
            "fleet_batches_per_s": self.fleet.sensors / self.fleet.window_s,
            "fleet_collector_cores": self.fleet_cores,
            "heard_to_queryable_p50_s": self.queryable_p50_s,
            "heard_to_queryable_p99_s": self.queryable_p99_s,
            "fold_s": self.fold_s,
            "unanswered": self.unanswered,
            "sightings_per_batch": BATCH,
            "rounds": self.rounds,
        }
        grown = {"two_processes_sightings_per_s": self.two, "growth": self.two / self.one} if self.two else {}
        scale = {
            "backlog_sensors": self.fleet.sending,
            "backlog_batches": self.fleet.batches,
            "backlog_batches_plain": self.fleet.plain_batches,
            "fleet_sensors": self.fleet.sensors,
            "fleet_windows": self.fleet.windows,
            "fleet_window_s": self.fleet.window_s,
        }
        return rounded(said | grown | scale)

    def groups(self) -> tuple[Group, ...]:
        """See result.Result."""
        return (
            Group(
                "sightings a second through mosquitto",
                (
                    Line("one collector process", self.one),
                    *((Line("and a worker", self.two),) if self.two else ()),
                    Line("verify and decode only", self.ceiling),
                    Line("JSON, SQLite, a row an insert", self.plain),
                ),
            ),
            Group(
                "us of processor time a batch",
                (
                    Line("one collector process: ingest", self.ingest_us),
                    Line("its keeper meanwhile, for earlier batches", self.cpu.keeper_us),
                    Line("the fold of a batch, when it comes", self.owed.fold_us),
                    Line("its signs of people", self.owed.signs_us),
                    Line("its compaction", self.owed.compact_us),
                    Line("verify and decode only", self.ceiling_cpu_us),
                    Line("mosquitto", self.cpu.broker_us),
                    Line("senders", self.cpu.senders_us),
                ),
            ),
            Group(
                "s from published to the manifest",
                (Line("99th percentile", self.queryable_p99_s), Line("median", self.queryable_p50_s)),
            ),
        )

    def targets(self) -> tuple[Target, ...]:
        """See result.Result."""
        share, times = self.one / self.ceiling, self.one / self.plain
        of_cpu = self.ceiling_cpu_us / self.ingest_us
        return (
            Target("of the verify-and-decode ceiling, at least 0.6", share, CEILING_SHARE_MIN, at_most=False),
            Target("the same by ingest's processor time, at least 0.6", of_cpu, CEILING_SHARE_MIN, at_most=False),
            Target("times the plain way, at least 10", times, PLAIN_TIMES_MIN, at_most=False),
            Target("s to queryable, p99, at most 2", self.queryable_p99_s, QUERYABLE_S_MAX, at_most=True, is_time=True),
            Target("batches left unanswered, at most 0", self.unanswered, 0, at_most=True),
        )

    def notes(self) -> tuple[str, ...]:
        """See result.Result."""
        return (
            f"{self.fleet.sending} sensors, a TLS connection each, with {INFLIGHT} batches of {BATCH} sightings in "
            f"flight (a sensor's own default), signed beforehand; {self.rounds} rounds, medians. After one batch of "
            "each the clock runs, from the first published to the last signed word that one is on disk. A sensor may "
            "send more a second than it usually may.",
            f"Broker, senders and collector share the machine and kept {self.cpu.busy_share:.0%} of its cores busy. "
            "Where that is near 100 % the rates tell of the machine, and processor time tells of the collector.",
            f"The collector keeps house as always: behind ingest, and put off for {PUT_OFF_S:.0f} s at most while a "
            f"backlog waits. {self.owed.batches:,.0f} batches were left to be folded after the rounds. Ingest, fold, "
            "signs and compaction together are what a batch costs.",
            "The ceiling is verifying and decoding in one thread with no broker. The plain way is JSON through the "
            "same broker, a row an insert and a synced transaction a message; no signature is checked.",
            f"To queryable: {self.fleet.sensors} simulated sensors, a batch each in every window of "
            f"{self.fleet.window_s:.0f} s ({self.fleet.sensors / self.fleet.window_s:.0f} batches a second; the "
            f"collector took {self.fleet_cores:.2f} of a core for them), from published to the collector's word; the "
            "window itself is not in it. A report folds what is new when it is asked for: fold_s more.",
        )
