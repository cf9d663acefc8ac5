"""A contender's turn, and the whole fleet's load, each with a collector of its own."""

import os
import time
from dataclasses import dataclass
from statistics import median

from tools.bench.publisher import Sent
from tools.bench.through.looks import Looks
from tools.bench.through.owed import fold_s
from tools.bench.through.result import Costs
from tools.bench.through.scale import Scale
from tools.bench.through.stage import Stage
from tools.load.processes import Meter
from tools.run.child import Child

KEEPER = "keeper"
FOLDS = 3  # looks at the fleet's windows while they come


@dataclass(frozen=True, slots=True)
class Waited:
    """How the whole fleet fared."""

    took_s: list[float]  # to the word, of each batch
    fold_s: float  # a fold meanwhile, median
    cores: float  # that the collector's process took
    unanswered: int


def turn(stage: Stage, child: Child, batches: int, sensors: int, *, plain: bool = False) -> tuple[list[Sent], Costs]:
    """One contender's turn: what was sent, and what it cost."""
    meters: list[Meter] = []
    try:
        sent = stage.send(
            batches,
            sensors=sensors,
            plain=plain,
            begins=lambda: meters.extend((Meter(child.pid), Meter(stage.broker_pids[0]), Meter(child.pid, KEEPER))),
        )
        collector_us, broker_us, keeper_us = (meter.spent_us() for meter in meters)
    finally:
        child.stop()
    senders_us = sum(one.cpu_s for one in sent) * 1e6
    took_us = (max(one.ended_s for one in sent) - min(one.began_s for one in sent)) * 1e6
    busy = (collector_us + broker_us + senders_us) / took_us / (os.cpu_count() or 1)
    answered = max(1, sum(one.answered for one in sent))
    return sent, Costs(collector_us / answered, keeper_us / answered, broker_us / answered, senders_us / answered, busy)


def whole_fleet(stage: Stage, scale: Scale) -> Waited:
    """The whole fleet's load: each sensor a batch in every window, while reports are asked for."""
    child = stage.serve()
    folds: list[float] = []
    meters: list[Meter] = []
    began_s: list[float] = []

    def begins() -> None:
        meters.append(Meter(child.pid))
        began_s.append(time.monotonic())
        looks.start()

    looks = Looks(lambda: folds.append(fold_s(stage.home)), FOLDS, scale.windows * scale.window_s / (FOLDS + 1))
    try:
        sent = stage.send(scale.windows, sensors=scale.sensors, window_s=scale.window_s, begins=begins)
        cores = meters[0].spent_us() / 1e6 / (time.monotonic() - began_s[0])
    finally:
        looks.stop()
        child.stop()
    took_s = [seconds for one in sent for seconds in one.took_s]
    return Waited(took_s, median(folds), cores, sum(one.unanswered for one in sent))
