"""The measured constants of the capacity planner: constants.toml, each with what it is, its source and its date."""

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from importlib.resources import files
from typing import Any, Self

from pydantic import TypeAdapter

FILE = "constants.toml"


@dataclass(frozen=True, slots=True)
class Constant:
    """One measured number."""

    value: float
    unit: str
    what: str
    source: str  # the command that gives it
    taken: date
    where: str  # the machine, in words


@dataclass(frozen=True, slots=True)
class Constants:
    """All of them, by name."""

    collector_process_cores: Constant
    collector_batch_us: Constant
    collector_sighting_us: Constant
    collector_mib: Constant
    collector_sensor_kib: Constant
    fold_sighting_us: Constant
    fold_mib: Constant
    broker_batch_us: Constant
    broker_sighting_us: Constant
    broker_connect_us: Constant
    broker_mib: Constant
    broker_connection_kib: Constant
    stored_sighting_bytes: Constant
    kept_sighting_bytes: Constant
    kept_window_bytes: Constant
    batch_key_bytes: Constant
    wire_sighting_bytes: Constant
    wire_batch_bytes: Constant
    wire_health_bytes: Constant
    wire_ack_bytes: Constant
    wire_message_bytes: Constant

    @classmethod
    def read(cls) -> Self:
        """Those of the file."""
        told = tomllib.loads(files("tools.bench").joinpath(FILE).read_text(encoding="utf-8"))
        machines: dict[str, str] = told.pop("machines")
        return cls(**{name: _constant(one, machines) for name, one in told.items()})

    def rows(self) -> list[tuple[str, Constant]]:
        """Name and constant, in their order."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


def _constant(told: dict[str, Any], machines: dict[str, str]) -> Constant:
    return TypeAdapter(Constant).validate_python({**told, "where": machines[told["where"]]})
