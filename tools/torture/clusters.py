"""A cluster of NATS nodes under a simulated fleet: nodes and the second of two collectors are killed, at last for good.

Sensors are light ones, with mutual TLS, real envelopes and signatures. What they emitted is held against ledger and
files by the fleet's own account (tools/simulate/fleet/account.py).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from collector.brokering import identities
from collector.options.settings import Settings
from tools.load.cluster import ClusterStage, find_nats
from tools.load.stage import READY_WAIT_S
from tools.run.child import Child, module, wait_until
from tools.simulate.fleet import run
from tools.simulate.fleet.outcome import Outcome as FleetOutcome
from tools.simulate.fleet.plan import NO_FAILURES, FleetPlan
from tools.simulate.fleet.troupe import Now

from . import postgres
from .chaos import Say
from .oracle import Verdict
from .outcome import Outcome
from .postgres import Postgres

WORKER = 1
SLACK_S = 2.0  # for a busy machine
STEADY_S = 4.0  # so long all must be as before to be believed


@dataclass(frozen=True, slots=True)
class Strike:
    """A kill, so many seconds after the sensors began."""

    at_s: float
    name: str
    deal: Callable[[], None]


@dataclass(slots=True)
class Strikes:
    """Deals the kills while a fleet plays, and takes the time until all is as before.

    That is: all connections stand, and no batch waits for the collector's word by SLACK_S longer than any did before
    the first kill. It is the time from a kill to the last moment when it was not so. Sensors tell how they stand once
    a second, and times are that coarse.
    """

    planned: list[Strike]
    sensors: int
    say: Say
    recovery_s: dict[str, float] = field(default_factory=dict)
    usual_s: float = 0.0
    _began_s: float = 0.0
    _open: tuple[str, float] | None = None
    _last_s: float = 0.0

    def look(self, now: Now) -> None:
        """What the sensors tell."""
        at_s = time.monotonic()
        self._began_s = self._began_s or at_s
        if self._open is not None:
            self._follow(now, at_s)
        elif not self.recovery_s:
            self.usual_s = max(self.usual_s, now.age_s)
        if self._open is None and self.planned and at_s >= self._began_s + self.planned[0].at_s:
            strike = self.planned.pop(0)
            strike.deal()
            self.say(f"cluster: {strike.name}")
            self._open, self._last_s = (strike.name, at_s), at_s

    @property
    def left(self) -> tuple[str, ...]:
        """What was not done to the end."""
        never = [f"{one.name}: was not dealt" for one in self.planned]
        return (*([f"{self._open[0]}: nothing was as before afterwards"] if self._open else []), *never)

    def _follow(self, now: Now, at_s: float) -> None:
        assert self._open is not None
        if now.up < self.sensors or now.age_s > self.usual_s + SLACK_S:
            self._last_s = at_s
        elif at_s - self._last_s > STEADY_S:
            self.close()

    def close(self) -> None:
        """All is as before, or the run has ended with every batch answered."""
        if self._open is None:
            return
        name, struck_s = self._open
        self.recovery_s[name] = round(self._last_s - struck_s, 1)
        self.say(f"cluster: {name}: as before after {self.recovery_s[name]} s")
        self._open = None


def can_play() -> bool:
    """Whether there is a nats-server."""
    return find_nats() is not None


class TwoMachines(ClusterStage):
    """The cluster, a chief, and a worker that the chief does not start: as on another machine, on the same PostgreSQL.

    Without PostgreSQL here, on the same SQLite.
    """

    def __init__(self, folder: Path, sensors: int) -> None:
        super().__init__(folder, sensors, Settings(workers_elsewhere=1))
        self.worker: Child | None = None

    def serve(self, workers: int = 0) -> Child:
        """Chief and worker, until both are connected."""
        chief = self._launch(workers)
        certificate = identities.of_ingest(self.home, WORKER).certificate
        wait_until(certificate.exists, chief, READY_WAIT_S, "the worker's certificate")
        self.start_worker()
        wait_until(self._ready, chief, READY_WAIT_S, "the collector")
        return chief

    def start_worker(self) -> None:
        """Start it, also again."""
        words = ("collector", "work", "--number", str(WORKER), "--dir", str(self.home))
        self.worker = Child("the worker", module("tools.cli", *words), self.folder / "worker.log")
        self.until_stopped(self.worker.stop)

    def kill_worker(self) -> None:
        """With -9."""
        assert self.worker is not None
        self.worker.kill()

    def _start(self) -> None:
        if postgres.BIN is not None:
            database = Postgres(self.folder / "postgresql")
            self.until_stopped(database.stop)
            self._said = self._said.model_copy(update={"database_url": database.database("footfall")})
        super()._start()


def killed(folder: Path, sensors: int, seconds: float, say: Say) -> Outcome:
    """Kill a node under load, then a worker, then another node and the worker at once; this time it stays away."""
    with TwoMachines(folder, sensors) as stage:

        def worker() -> None:
            stage.kill_worker()
            stage.start_worker()

        def both() -> None:
            stage.start_node(1)
            stage.nodes[1].kill()
            stage.kill_worker()

        planned = [
            Strike(seconds * 0.1, "node_killed", stage.nodes[0].kill),
            Strike(seconds * 0.3, "worker_killed", worker),
            Strike(seconds * 0.5, "node_killed_and_worker_for_good", both),
        ]
        strikes = Strikes(planned, sensors, say)
        offices = 1 if sensors < 50 else 2
        plan = FleetPlan(sensors, seconds, 20, 1.0, health_s=5.0, hour=17, failures=NO_FAILURES, processes=offices)
        found = run.on_stage(stage, plan, 2, lambda _says: None, watch=strikes.look)
        if not found.unanswered:
            strikes.close()
        return Outcome("cluster", _verdict(found), {"sensors": sensors, **_figures(found, strikes)}, strikes.left)


def _figures(found: FleetOutcome, strikes: Strikes) -> dict[str, object]:
    told = found.figures()
    names = ("batches", "duplicates", "connects", "lag_s_p50", "lag_s_p99")
    times = {"recovery_s": strikes.recovery_s, "usual_age_s": round(strikes.usual_s, 1)}
    return {**times, **{name: told[name] for name in names if name in told}}


def _verdict(found: FleetOutcome) -> Verdict:
    """In the oracle's words; `emitted` and `stored` are batches, the others sightings."""
    account = found.account
    missing = 0 if found.ok else max(account.lost, 1)
    return Verdict(
        emitted=account.batches,
        stored=account.batches - found.unanswered,
        waiting=found.unanswered,
        dropped=found.refused,
        poisoned=0,
        lost=account.lost,
        doubled=account.doubled,
        conservation_error=missing if not (account.lost or account.doubled) else 0,
        says=() if found.ok else (found.sentences(),),
    )
