"""Who is on a stage, and how much they do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is on the stage."""

    processes: int = 2
    senders: int = 60  # light ones, over all processes
    whole: int = 0  # footfall-sensor processes that play a capture again and again
    units: int = 0  # footfall-sensor processes that listen to an interface, and hear something new all the time
    batches_a_s: float = 30.0
    poison_every: int = 1000
    seed: int = 1
    ack_timeout_s: int = 6
    keepalive_s: int = 60
    spool_kib: int = 4096
    health_s: int = 60
    workers: int = 0  # of the collector's, beside it
