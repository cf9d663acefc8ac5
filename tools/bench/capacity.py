"""The capacity planner: what a fleet wants of machines, by arithmetic from the measured constants.

docs/scaling.md has it as formulas; names are the same there.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from collector.mosquitto.conf import CONNECTIONS_MAX
from collector.options.settings import Settings
from footfall_sensor.wire.batch import SIGHTINGS_MAX
from tools.bench.constants import Constants
from tools.simulate.crowd import PASSERS_BY_HOUR

SIGHTINGS_PER_S_A_SENSOR = 200 / 30  # the benchmarks' window of the busiest hour
MEAN_SHARE = sum(PASSERS_BY_HOUR) / len(PASSERS_BY_HOUR) / max(PASSERS_BY_HOUR)  # of the busiest hour, over a day
CORE_SHARE = 0.6  # of a core that is planned with: the rest is for what comes in bursts
CONNECTION_SHARE = 0.8  # of the broker's connections
TOKENS_H = 24 + 6  # the running day, and six hours for what comes late
KEYS_DAYS = 2  # collector.housekeeping.ranges: then a range a start is left
WORKERS_MAX = 7  # beside the chief: decisions/045-workers.md
RETENTION_DAYS = Settings().retention_visits_days
WINDOWS_DAYS = Settings().retention_windows_days
RECONNECT_S = 300.0  # over which sensors' own jitter spreads a fleet that comes back
DAY_S = 86_400
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked for. sightings_per_s: of the whole fleet in the busiest hour."""

    sensors: int
    sightings_per_s: float
    retention_days: int = RETENTION_DAYS  # of visits; windows and batch keys are reckoned for windows_days
    windows_days: int = WINDOWS_DAYS
    window_s: float = 30.0
    health_s: float = 60.0

    @property
    def batches_per_s(self) -> float:
        """A window that hears more than fits into a batch makes several."""
        parts = math.ceil(self.sightings_per_s * self.window_s / self.sensors / SIGHTINGS_MAX)
        return self.sensors / self.window_s * max(1, parts)

    @property
    def healths_per_s(self) -> float:
        """Of all sensors."""
        return self.sensors / self.health_s

    @property
    def mean_per_s(self) -> float:
        """Sightings, over a whole day."""
        return self.sightings_per_s * MEAN_SHARE


@dataclass(frozen=True, slots=True)
class Bound:
    """Something that one collector with its broker has only so much of."""

    what: str
    wanted: float  # by the whole fleet
    has: float

    @property
    def cells(self) -> int:
        """How many are wanted for it."""
        return max(1, math.ceil(self.wanted / self.has))


@dataclass(frozen=True, slots=True)
class Capacity:
    """What runs, and how much of it. A cell: a broker, a chief, its workers, a registry, a prefix of the store."""

    demand: Demand
    cells: int
    workers: int  # a cell, beside the chief
    cores: float
    memory_gib: float
    disk_gib: dict[str, float]
    network_mbit_s: dict[str, float]
    intake_cores: float
    fold_cores: float
    broker_cores: float
    reconnect_cores: float  # a cell's broker, while all come back within RECONNECT_S
    breaks_first: str
    bounds: tuple[Bound, ...] = field(repr=False)

    def figures(self) -> dict[str, object]:
        """For JSON."""
        told = {name: value for name, value in asdict(self).items() if name not in ("demand", "bounds")}
        said = asdict(self.demand) | {
            "brokers": self.cells,
            "collector_processes": self.cells * (1 + self.workers),
            "disk_gib_total": sum(self.disk_gib.values()),
            "bounds": {bound.what: round(bound.wanted / bound.has, 3) for bound in self.bounds},
        }
        return {name: _rounded(value) for name, value in (said | told).items()}


def plan(demand: Demand, known: Constants) -> Capacity:
    """The fewest cells that carry the demand, all alike."""
    cost = _Cost(demand, known)
    free = CORE_SHARE - known.collector_process_cores.value  # of a core of a collector process, for what comes
    bounds = (
        Bound("connections of a broker", demand.sensors, CONNECTIONS_MAX * CONNECTION_SHARE),
        Bound("the core of a broker", cost.broker_cores, CORE_SHARE),
        Bound("the core of a chief: fold, compaction, end of day", cost.fold_cores, free),
        Bound(
            "cores of a chief and seven workers",
            cost.intake_cores + cost.fold_cores,
            free * (1 + WORKERS_MAX),
        ),
    )
    cells = max(bound.cells for bound in bounds)
    left = free - cost.fold_cores / cells  # of the chief's core
    workers = math.ceil(max(0.0, cost.intake_cores / cells - left) / free - 1e-9)
    own_cores = cells * (1 + workers) * known.collector_process_cores.value
    return Capacity(
        demand=demand,
        cells=cells,
        workers=workers,
        cores=(cost.intake_cores + cost.fold_cores + cost.broker_cores + own_cores) / CORE_SHARE,
        memory_gib=cost.memory_gib(cells, workers),
        disk_gib=cost.disk_gib(),
        network_mbit_s=cost.network_mbit_s(),
        intake_cores=cost.intake_cores,
        fold_cores=cost.fold_cores,
        broker_cores=cost.broker_cores,
        reconnect_cores=demand.sensors / cells * cost.of("broker_connect_us") / 1e6 / RECONNECT_S,
        breaks_first=_breaks_first(demand, bounds),
        bounds=bounds,
    )


class _Cost:
    """The formulas."""

    def __init__(self, demand: Demand, known: Constants) -> None:
        self._demand = demand
        self.of: Callable[[str], float] = lambda name: getattr(known, name).value
        of = self.of
        # A health costs no more than a batch with nothing in it; it was not measured apart.
        messages_per_s = demand.batches_per_s + demand.healths_per_s
        self.intake_cores = (
            messages_per_s * of("collector_batch_us") + demand.sightings_per_s * of("collector_sighting_us")
        ) / 1e6
        self.broker_cores = (
            messages_per_s * of("broker_batch_us") + demand.sightings_per_s * of("broker_sighting_us")
        ) / 1e6
        self.fold_cores = demand.mean_per_s * of("fold_sighting_us") / 1e6

    def memory_gib(self, cells: int, workers: int) -> float:
        """Of all cells: every process of a collector knows every sensor of its cell."""
        sensors = self._demand.sensors / cells
        collector_mib = self.of("collector_mib") + sensors * self.of("collector_sensor_kib") / 1024
        broker_mib = self.of("broker_mib") + sensors * self.of("broker_connection_kib") / 1024
        return cells * ((1 + workers) * collector_mib + self.of("fold_mib") + broker_mib) / 1024

    def disk_gib(self) -> dict[str, float]:
        """By class of data; not in it: copies, backups, and what compaction has not yet taken away."""
        demand = self._demand
        windows = demand.batches_per_s * DAY_S * demand.windows_days
        return {
            "tokens": demand.mean_per_s * TOKENS_H * 3600 * self.of("stored_sighting_bytes") / GIB,
            "visits": demand.mean_per_s * DAY_S * demand.retention_days * self.of("kept_sighting_bytes") / GIB,
            "windows": windows * self.of("kept_window_bytes") / GIB,
            "batch_keys": windows * min(1.0, KEYS_DAYS / demand.windows_days) * self.of("batch_key_bytes") / GIB,
        }

    def network_mbit_s(self) -> dict[str, float]:
        """In the busiest hour. PUBACKs are not in it."""
        demand, around = self._demand, self.of("wire_message_bytes")
        batches = demand.batches_per_s * (self.of("wire_batch_bytes") + around)
        up = batches + demand.sightings_per_s * self.of("wire_sighting_bytes")
        up += demand.healths_per_s * (self.of("wire_health_bytes") + around)
        down = demand.batches_per_s * (self.of("wire_ack_bytes") + around)
        # Each sighting is committed, and written once more by compaction.
        store = 2 * demand.sightings_per_s * self.of("stored_sighting_bytes")
        return {name: value * 8 / 1e6 for name, value in {"in": up, "out": down, "store": store}.items()}


def _breaks_first(demand: Demand, bounds: tuple[Bound, ...]) -> str:
    """Which bound of one cell a growing fleet of this kind meets first, and with how many sensors."""
    first = max(bounds, key=lambda bound: bound.wanted / bound.has)
    at = math.floor(demand.sensors * first.has / first.wanted)
    return f"{first.what}: one cell carries {at:,} sensors of this kind"


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    return {name: _rounded(one) for name, one in value.items()} if isinstance(value, dict) else value
