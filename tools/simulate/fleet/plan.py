"""What a simulated fleet does: how many sensors, for how long, how much they hear, and what goes wrong."""

from dataclasses import dataclass, field

from footfall_sensor.wire.batch import SIGHTINGS_MAX, WINDOW_MS_MAX

SENSORS_MAX = 10_000  # mosquitto.conf allows 12,000 connections a listener
SECONDS_MAX = 6 * 3600  # six hours after a day's end its tokens are deleted, and with them the proof
SIGHTINGS_DEFAULT = 200  # a window, in the busiest hour: what the other benchmarks send
STORM_S = 10.0


@dataclass(frozen=True, slots=True)
class Failures:
    """Shares of the sensors to which each of these happens once, at a time drawn at random."""

    cuts: float = 0.1  # the line goes without a word and is back after `away_s`
    restarts: float = 0.05  # the agent starts again: a new boot id, its spool is kept, as on a unit
    silent: float = 0.02  # it hears nothing more, and its line goes when all it had is answered
    away_s: tuple[float, float] = (2.0, 15.0)


NO_FAILURES = Failures(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """One run. Raises ValueError where it is out of bounds."""

    sensors: int
    seconds: float
    sightings: int = SIGHTINGS_DEFAULT  # a sensor and window, mean over the sensors, in the busiest hour
    window_s: float = 30.0
    health_s: float = 60.0
    hour: int | None = None  # of the day, all the time; None: the whole day passes within `seconds`
    failures: Failures = field(default_factory=Failures)
    storm: bool = False  # half way all lines are cut, and all come back within `storm_s`
    storm_s: float = STORM_S
    seed: int = 1
    processes: int = 2  # of sensors

    def __post_init__(self) -> None:
        if not 1 <= self.sensors <= SENSORS_MAX:
            raise ValueError(f"1 to {SENSORS_MAX:,} sensors are wanted")
        if not 0 < self.seconds <= SECONDS_MAX:
            raise ValueError(f"up to {SECONDS_MAX:,} seconds are wanted")
        if not 1 <= self.sightings <= SIGHTINGS_MAX // 2:
            raise ValueError(f"1 to {SIGHTINGS_MAX // 2} sightings a window are wanted: busy sites hear twice as many")
        if not 0.5 <= self.window_s <= WINDOW_MS_MAX / 1000:
            raise ValueError(f"a window lasts 0.5 to {WINDOW_MS_MAX // 1000} s")
