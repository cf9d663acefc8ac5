"""Whole lines for tests: plans over the simulated small shop, and what came of them; and an intake that only notes."""

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from collector import folder as folders
from collector.folder import Collector
from collector.ingest.intake import Message
from collector.ingest.lag import Lag
from collector.records.registry import Site
from tools.run import summary
from tools.run.broker import free_port
from tools.run.line import TENANT, Line, Plan, SensorPlan, ledger_of
from tools.simulate import files
from tools.simulate.shop import ShopPlan, simulate

WAIT_S = 60.0


def small_captures(folder: Path, seed: int = 1) -> tuple[Path, ...]:
    """The captures of a simulated shop's two hours, a file a sensor."""
    return files.write(simulate(ShopPlan.small(seed=seed)), folder).captures


def plan(folder: Path, captures: tuple[Path, ...], speed: float = 0.0, broker_kind: str = "mosquitto") -> Plan:
    """One sensor that hears all captures; a real mosquitto unless said otherwise."""
    return Plan(
        folder=folder,
        site=Site(TENANT, "shop"),
        sensors=(SensorPlan("sensor-1", captures),),
        speed=speed,
        http_port=free_port(),
        broker_port=free_port(),
        broker_kind=broker_kind,
    )


def finish(line: Line) -> summary.Summary:
    """Wait until the sensors have ended, and sum up."""
    wait_for(lambda: all(child.exit_code is not None for child in line.sensors), "the sensors' end")
    results = [line.sensor_result(child) for child in line.sensors]
    return summary.of(results, ledger_of(line.open(), [result["boot"] for result in results]))


def wait_for(ready: Callable[[], bool], what: str, wait_s: float = WAIT_S) -> None:
    """Poll until it is so; AssertionError after `wait_s`."""
    give_up_s = time.monotonic() + wait_s
    while not ready():
        assert time.monotonic() < give_up_s, f"{what} did not come within {wait_s} s"
        time.sleep(0.02)


def stored(line: Line) -> int:
    """Batches that the collector has committed so far."""
    return sum(row.batches for row in opened(line.plan.folder).store.manifest.ledger())


@lru_cache(maxsize=1)
def opened(folder: Path) -> Collector:
    """The collector of a folder, kept open for whoever asks it again and again."""
    return folders.open_folder(folder)


class Noting:
    """FAKE intake: notes what it is given, and answers nothing."""

    def __init__(self) -> None:
        self.took: list[Message] = []
        self.lag = Lag()

    def take(self, messages: Sequence[Message], _now_ms: int) -> list[object]:
        self.took += messages
        return []

    def due(self, _now_ms: int) -> list[object]:
        return []

    def refresh(self, _now_ms: int) -> None:
        """Nothing: it knows of nobody. Ingest asks for it every few seconds."""

    def announcements(self, _now_ms: int) -> list[object]:
        return []
