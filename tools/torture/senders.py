"""A process of many light senders: python -m tools.torture.senders JOB. SIGUSR1: emit no more; SIGUSR2: go on.

It never ends by itself: it is there to be killed.
"""

import json
import logging
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from footfall_sensor import config_file

from .journal import Journal
from .sender import LightSender

TICK_S = 0.05
STACK_BYTES = 256 << 10  # two threads a sender


@dataclass(frozen=True, slots=True)
class Job:
    """What a process of senders does."""

    configs: tuple[str, ...]  # UCI files, one a sender
    journal: str
    seed: int
    batches_a_s: float  # of all senders together
    poison_every: int = 1000  # 0 = none

    def write(self, path: Path) -> None:
        """Leave it for the process."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Job":
        """The job in a file."""
        said = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**said, "configs": tuple(said["configs"])})


class Office:
    """The senders of one process."""

    def __init__(self, job: Job) -> None:
        self.emitting = True
        self._job = job
        journal = Journal(Path(job.journal))
        self._chance = Random(f"{job.seed} {time.monotonic_ns()}")
        self._senders = [LightSender(config_file.load(Path(path)), journal, self._chance) for path in job.configs]
        self._due_s = time.monotonic()
        self._turn: list[LightSender] = []

    def run(self) -> None:
        """Connect all of them and work until killed."""
        for sender in self._senders:
            sender.courier.start()
        while True:
            self._emit()
            for sender in self._senders:
                sender.pump()
            time.sleep(TICK_S)

    def _emit(self) -> None:
        now_s = time.monotonic()
        self._due_s = max(self._due_s, now_s - 1.0)  # a process that was starved does not make up for it
        while self._due_s < now_s:
            self._due_s += self._chance.expovariate(self._job.batches_a_s)
            if not self.emitting:
                continue
            sender = self._next()
            if self._job.poison_every and not self._chance.randrange(self._job.poison_every):
                sender.poison()
            else:
                sender.emit(time.time_ns() // 1_000_000)

    def _next(self) -> LightSender:
        """Each sender once a round, in an order drawn anew."""
        if not self._turn:
            self._turn = self._chance.sample(self._senders, len(self._senders))
        return self._turn.pop()


def main() -> None:
    """Entry point of the process."""
    logging.basicConfig(level=logging.WARNING)
    threading.stack_size(STACK_BYTES)
    office = Office(Job.read(Path(sys.argv[1])))

    def order(number: int, _frame: object) -> None:
        office.emitting = number == signal.SIGUSR2

    signal.signal(signal.SIGUSR1, order)
    signal.signal(signal.SIGUSR2, order)
    office.run()


if __name__ == "__main__":
    main()
