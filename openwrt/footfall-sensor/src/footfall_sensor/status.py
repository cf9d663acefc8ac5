"""The status file: what a running agent last said of itself, for the person beside the unit."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from . import durable
from .errors import SensorError
from .wire.messages import Health


@dataclass(frozen=True, slots=True)
class Status:
    """One look at a running agent."""

    sensor: str
    connection: str
    broker: str
    interface: str
    mode: str
    last_ack_s: float | None  # seconds since the collector's last acknowledgement, when this was written
    written_s: float  # monotonic clock of the machine
    health_s: int  # how often it is written
    running: bool  # False: these were its last words
    health: Health
    trial: bool = False  # the collector's configuration is on probation
    config_last: str = ""  # what became of the newest one
    config_writes: int = 0  # to flash, over the unit's life
    heard: bool = False  # the collector has spoken to this start: what footfall-upgrade waits for


def write(path: Path, status: Status) -> None:
    """Leave the status where `footfall-sensor status` finds it. Raises SensorError."""
    said = asdict(status)
    said |= said.pop("health")
    try:
        durable.show(path, json.dumps(said, indent=1))
    except OSError as exc:
        raise SensorError(f"cannot write {path}: {exc.strerror}; give another place") from exc
