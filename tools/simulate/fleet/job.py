"""The job of a process of sensors, as it is handed over."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.load.line import Broker
from tools.simulate.fleet.plan import FleetPlan


@dataclass(frozen=True, slots=True)
class Job:
    """What one process plays. Lists have a place for each of its sensors; seeds in hex."""

    plan: FleetPlan
    broker: Broker
    tenant: str
    names: tuple[str, ...]
    certificates: tuple[str, ...]
    keys: tuple[str, ...]
    seeds: tuple[str, ...]
    office: int

    def write(self, path: Path) -> None:
        """For the process."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
