"""How much is sent through the broker."""

from dataclasses import dataclass

from footfall_sensor.window import WINDOW_MS

SENSORS = 2500  # registered, and each with a certificate
SENDING = 200  # of them, where it is about how much goes through
INFLIGHT = 20  # batches a sensor: its own default
BATCH = 200  # sightings


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is sent."""

    sensors: int = SENSORS
    sending: int = SENDING
    batches: int = 100  # a sensor and turn, of those that send a backlog
    plain_batches: int = 5
    windows: int = 2  # of the whole fleet
    window_s: float = WINDOW_MS / 1000


WHOLE = Scale()
