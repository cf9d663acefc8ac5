"""One run: a plan, a target, meters on what takes part, and the account at the end."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from collector.folder import Collector
from tools.load.processes import TreeMeter
from tools.load.stage import Stage
from tools.simulate.fleet import account
from tools.simulate.fleet.account import Stored
from tools.simulate.fleet.lag import Lag
from tools.simulate.fleet.outcome import Cost, Outcome
from tools.simulate.fleet.plan import FleetPlan
from tools.simulate.fleet.tally import Tally
from tools.simulate.fleet.troupe import Look, Now, Target, Troupe

TENANT = "default"
Watch = Callable[[Now], None]


@dataclass(frozen=True, slots=True)
class Meters:
    """On the processes of a run; None where they are not ours."""

    collector: TreeMeter | None
    brokers: Sequence[TreeMeter]
    sensors: Sequence[TreeMeter]

    def look(self) -> None:
        """Take note of all."""
        for one in (self.collector, *self.brokers, *self.sensors):
            if one is not None:
                one.look()

    def cost(self, seconds: float) -> Cost:
        """What they spent."""
        return Cost(
            seconds,
            self.collector.spent_s if self.collector else None,
            sum(one.spent_s for one in self.brokers) if self.brokers else None,
            sum(one.spent_s for one in self.sensors),
            self.collector.rss_mib_max if self.collector else None,
            sum(one.rss_mib_max for one in self.brokers) if self.brokers else None,
            sum(one.rss_mib_max for one in self.sensors),
        )


def on_stage(
    stage: Stage, plan: FleetPlan, collectors: int, look: Look, name: str = "run", watch: Watch | None = None
) -> Outcome:
    """A run on a stage of our own, with so many collector processes. watch: see Troupe.play. Raises ToolError."""
    child = stage.serve(collectors - 1)
    try:
        target = Target(stage.lines_to, TENANT, stage.members)
        opened = stage.opened()
        try:
            return play(
                plan, target, opened, stage.folder / name, look, (child.pid, stage.broker_pids), collectors, watch
            )
        finally:
            opened.close()
    finally:
        child.stop()


def play(
    plan: FleetPlan,
    target: Target,
    opened: Collector,
    folder: Path,
    look: Look,
    pids: tuple[int | None, Sequence[int]] = (None, ()),
    collectors: int | None = None,
    watch: Watch | None = None,
) -> Outcome:
    """A run against what is there. pids: of collector and brokers, where they are ours. Raises ToolError."""
    names = [one.name for one in target.members]
    before = Stored.read(opened, target.tenant, names)
    began_s = time.monotonic()
    with Troupe(plan, target, folder) as troupe:
        troupe.wait_ready(look)
        connect_s = time.monotonic() - began_s
        collector = None if pids[0] is None else TreeMeter(pids[0])
        meters = Meters(collector, [TreeMeter(pid) for pid in pids[1]], [TreeMeter(pid) for pid in troupe.pids])
        went_s = time.monotonic()
        truths = troupe.play(partial(_watch, meters, look), watch)
        meters.look()
        cost = meters.cost(time.monotonic() - went_s)
    after = Stored.read(opened, target.tenant, names)
    frames = sum(_count(truth, "frames") for truth in truths)
    return Outcome(
        sensors=plan.sensors,
        collectors=collectors,
        window_s=plan.window_s,
        connect_s=connect_s,
        account=account.settle(account.emitted_of(truths), frames, before, after),
        tally=_joined([truth["tally"] for truth in truths]),
        unanswered=sum(_count(truth, "unanswered") for truth in truths),
        refused=sum(_count(truth, "refused") for truth in truths),
        lag=_lag(truths, "lag"),
        delayed=_lag(truths, "delayed"),
        late=_lag(truths, "late"),
        cost=cost,
        storm=plan.storm,
    )


def _watch(meters: Meters, look: Look, says: str) -> None:
    meters.look()
    look(says)


def _joined(tallies: Sequence[object]) -> Tally:
    """Sums, but of moments: of several offices the last one counts, of beginnings the first."""
    form = TypeAdapter(Tally)
    told = [form.validate_python(tally) for tally in tallies]
    sums = {name: sum(getattr(one, name) for one in told) for name in _COUNTS}
    latest = {name: max(getattr(one, name) for one in told) for name in ("reconnected_s", "drained_s", "last_s")}
    return form.validate_python(sums | latest | {"first_s": min(one.first_s for one in told)})


_COUNTS = [field.name for field in fields(Tally) if field.type is int]


def _count(truth: Mapping[str, object], name: str) -> int:
    value = truth[name]
    assert isinstance(value, int)
    return value


def _lag(truths: Sequence[Mapping[str, object]], name: str) -> Lag:
    return Lag.joined([flat for truth in truths if isinstance(flat := truth[name], dict)])
