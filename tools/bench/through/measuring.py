"""The measurement: the contenders in turns, what they leave, and the whole fleet."""

import tempfile
from dataclasses import astuple
from pathlib import Path
from statistics import median

from tools.bench.flood import quantile
from tools.bench.measure import Tick
from tools.bench.through.ceiling import Ceiling
from tools.bench.through.owed import pay
from tools.bench.through.result import Costs, ThroughResult
from tools.bench.through.scale import WHOLE, Scale
from tools.bench.through.sender import per_second
from tools.bench.through.stage import Stage
from tools.bench.through.turns import turn, whole_fleet


def measure(rounds: int, tick: Tick, scale: Scale = WHOLE, *, workers: bool = True) -> ThroughResult:
    """Let the contenders take turns in a temporary folder of the working directory's disk. Raises ToolError."""
    with (
        tempfile.TemporaryDirectory(prefix="footfall-bench-", dir=Path.cwd()) as name,
        Stage(Path(name), scale.sensors) as stage,
    ):
        ceiling = Ceiling(stage)
        one, two, plain, costs, unanswered = [], [], [], [], 0
        for _ in range(rounds):
            ceiling.look()
            sent, cost = turn(stage, stage.serve(), scale.batches, scale.sending)
            one.append(per_second(sent))
            costs.append(cost)
            unanswered += sum(part.unanswered for part in sent)
            if workers:
                sent, _ = turn(stage, stage.serve(1), scale.batches, scale.sending)
                two.append(per_second(sent))
                unanswered += sum(part.unanswered for part in sent)
            ceiling.look()
            sent, _ = turn(stage, stage.plain(), scale.plain_batches, scale.sending, plain=True)
            plain.append(per_second(sent))
            tick()
        owed = pay(stage.home)
        waited = whole_fleet(stage, scale)
        tick()
        return ThroughResult(
            one=median(one),
            two=median(two) if two else None,
            ceiling=median(ceiling.per_s),
            plain=median(plain),
            cpu=Costs(*map(median, zip(*(astuple(cost) for cost in costs), strict=True))),
            ceiling_cpu_us=median(ceiling.cpu_us),
            owed=owed,
            fleet_cores=waited.cores,
            queryable_p50_s=quantile(waited.took_s, 0.5),
            queryable_p99_s=quantile(waited.took_s, 0.99),
            fold_s=waited.fold_s,
            unanswered=unanswered + waited.unanswered,
            fleet=scale,
            rounds=rounds,
        )
