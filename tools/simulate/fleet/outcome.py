"""What a run of a simulated fleet found, for programs and for people."""

from dataclasses import asdict, dataclass

from tools.simulate.fleet.account import Account
from tools.simulate.fleet.lag import Lag
from tools.simulate.fleet.tally import Tally

DIGITS = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds, from the moment that all were connected to the last answer; memory at its highest."""

    seconds: float
    collector_cpu_s: float | None = None  # None: it runs elsewhere
    broker_cpu_s: float | None = None
    sensors_cpu_s: float = 0.0
    rss_mib: float | None = None  # all collector processes together
    broker_rss_mib: float | None = None
    sensors_rss_mib: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run."""

    sensors: int
    collectors: int | None
    window_s: float
    connect_s: float  # until all stood and had their epoch key, at the beginning
    account: Account
    tally: Tally
    unanswered: int  # batches
    refused: int
    lag: Lag  # of batches that went out at once
    delayed: Lag  # of those that waited in a spool, or were sent again
    late: Lag  # how late the simulation itself was with a window
    cost: Cost
    storm: bool

    @property
    def ok(self) -> bool:
        """Whether everything that was emitted is stored, once."""
        wrong = self.account.lost or self.account.doubled or self.account.frames_differ
        return not (wrong or self.unanswered or self.refused)

    @property
    def sightings_per_s(self) -> float:
        """Committed, from the first window to the last answer."""
        return self.account.committed / max(self.tally.last_s - self.tally.first_s, 1e-9)

    def figures(self) -> dict[str, object]:
        """For JSON."""
        a_million = self.account.committed / 1e6
        told: dict[str, object] = {
            "simulated": True,
            "sensors": self.sensors,
            "collectors": self.collectors,
            **asdict(self.account),
            "unanswered_batches": self.unanswered,
            "refused_batches": self.refused,
            "sightings_per_s": self.sightings_per_s,
            **_quantiles("lag_s", self.lag),
            **_quantiles("delayed_s", self.delayed),
            "delayed_batches": len(self.delayed),
            "simulation_late_s_p99": self.late.quantile(0.99),
            "cpu_s_per_million": _over(self.cost.collector_cpu_s, a_million),
            "broker_cpu_s_per_million": _over(self.cost.broker_cpu_s, a_million),
            "sensors_cpu_s_per_million": _over(self.cost.sensors_cpu_s, a_million),
            **asdict(self.cost),
            "connect_s": self.connect_s,
            "window_s": self.window_s,
            "connects": self.tally.connects,
            "failed_connects": self.tally.failed_connects,
            "cuts": self.tally.cuts,
            "restarts": self.tally.restarts,
            "silenced": self.tally.silenced,
        }
        if self.storm:
            told |= {"storm_reconnected_s": self.tally.reconnected_s, "storm_drained_s": self.tally.drained_s}
        told["ok"] = self.ok
        return {name: round(value, DIGITS) if isinstance(value, float) else value for name, value in told.items()}

    def sentences(self) -> str:
        """For people."""
        said = self.figures()
        lines = [
            f"SIMULATED: {self.sensors:,} sensors, {self.account.batches:,} batches, "
            f"{self.account.sent:,} sightings sent, {self.account.committed:,} committed, "
            f"{self.account.lost:,} lost, {self.account.doubled:,} doubled.",
            f"{self.sightings_per_s:,.0f} sightings a second. From sent to the collector's word: median "
            f"{_shown(said['lag_s_p50'])} s, p99 {_shown(said['lag_s_p99'])} s; {len(self.delayed):,} batches waited "
            f"in spools, at most {self.delayed.longest_s:.1f} s.",
            f"Failures: {self.tally.cuts} lines cut, {self.tally.restarts} restarts, {self.tally.silenced} fell "
            f"silent; {self.account.duplicates:,} batches came twice and were taken once.",
            f"Collector {_shown(said['cpu_s_per_million'])} CPU seconds a million sightings, "
            f"{_shown(said['rss_mib'])} MiB; broker {_shown(said['broker_cpu_s_per_million'])}, "
            f"{_shown(said['broker_rss_mib'])} MiB; the simulation itself {_shown(said['sensors_cpu_s_per_million'])}.",
        ]
        if self.storm:
            lines.append(
                f"Storm: all lines cut at once; all stood again after {self.tally.reconnected_s:.1f} s, "
                f"and all was answered after {self.tally.drained_s:.1f} s."
            )
        if not self.ok:
            lines.append(f"NOT KEPT: {self.unanswered} batches unanswered, {self.refused} refused; see above.")
        return "\n".join(lines)


def _quantiles(name: str, lag: Lag) -> dict[str, float | None]:
    return {f"{name}_p50": lag.quantile(0.5), f"{name}_p99": lag.quantile(0.99), f"{name}_max": lag.longest_s}


def _over(cost: float | None, count: float) -> float | None:
    return None if cost is None or not count else cost / count


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else "-" if value is None else str(value)
