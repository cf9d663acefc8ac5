"""What an office counts."""

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """What an office counts while it plays."""

    emitted: int = 0  # batches
    answered: int = 0
    connects: int = 0
    failed_connects: int = 0
    cuts: int = 0
    restarts: int = 0
    silenced: int = 0
    reconnected_s: float = 0.0  # after the storm: all lines stood
    drained_s: float = 0.0  # after the storm: all that was emitted up to its end was answered
    first_s: float = 0.0  # monotonic
    last_s: float = 0.0
