"""A cluster of NATS nodes under a simulated fleet: a node is killed, then a collector's worker, then both at once.

Sensors are light ones, with mutual TLS, real envelopes and signatures. What they emitted is held against ledger and
files by the fleet's own account (tools/simulate/fleet/account.py).
"""

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from collector import crew
from tools.load.cluster import ClusterStage, find_nats
from tools.simulate.fleet import run
from tools.simulate.fleet.outcome import Outcome as FleetOutcome
from tools.simulate.fleet.plan import NO_FAILURES, FleetPlan
from tools.simulate.fleet.troupe import Now

from .chaos import Say
from .oracle import Verdict
from .outcome import Outcome

WORKER = 1
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

    That is: all connections stand, and no batch waits for the collector's word for longer than any did before the first
    kill. It is the time from a kill to the last moment when it was not so. Sensors tell how they stand once a second,
    and times are that coarse.
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
        name, struck_s = self._open
        if now.up < self.sensors or now.age_s > self.usual_s:
            self._last_s = at_s
        elif at_s - self._last_s > STEADY_S:
            self.recovery_s[name] = round(self._last_s - struck_s, 1)
            self.say(f"cluster: {name}: as before after {self.recovery_s[name]} s")
            self._open = None


def can_play() -> bool:
    """Whether there is a nats-server."""
    return find_nats() is not None


def killed(folder: Path, sensors: int, seconds: float, say: Say) -> Outcome:
    """Kill a node under load, then a worker, then another node and the worker at once."""
    with ClusterStage(folder, sensors) as stage:

        def node(number: int) -> None:
            stage.nodes[number - 1].kill()

        def worker() -> None:
            os.kill(json.loads(crew.path_of(stage.home, WORKER).read_bytes())["pid"], signal.SIGKILL)

        def both() -> None:
            stage.start_node(1)
            node(2)
            worker()

        planned = [
            Strike(seconds * 0.15, "node_killed", lambda: node(1)),
            Strike(seconds * 0.4, "worker_killed", worker),
            Strike(seconds * 0.65, "node_and_worker_killed", both),
        ]
        strikes = Strikes(planned, sensors, say)
        plan = FleetPlan(
            sensors, seconds, 20, 1.0, health_s=5.0, hour=17, failures=NO_FAILURES, processes=1 if sensors < 50 else 2
        )
        found = run.on_stage(stage, plan, 2, lambda _says: None, watch=strikes.look)
        broken = strikes.left
        return Outcome("cluster", _verdict(found), {"sensors": sensors, **_figures(found, strikes)}, broken)


def _figures(found: FleetOutcome, strikes: Strikes) -> dict[str, object]:
    told = found.figures()
    names = ("batches", "duplicates", "connects", "lag_s_p50", "lag_s_p99", "rss_mib", "broker_rss_mib")
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
