"""The crew: worker processes beside the chief. It starts them, starts them again, and adds up what they count.

Each worker shows its figures in a file, workers/<number>.json, every second; a worker of another machine does so in the
same folder, shared. What a killed worker counted in its last second is not in the sums.
"""

import logging
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from footfall_sensor import durable

log = logging.getLogger(__name__)

FOLDER_NAME = "workers"
FRESH_MS = 15_000  # figures older than that are of a worker that is gone or stuck
MISSING_S = 30.0  # without a sign of life: twice as long as a worker takes to be started again on a busy machine
PAUSE_S = 2.0  # before one that has ended is started again
STOP_WAIT_S = 15.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a worker shows of itself."""

    pid: int
    at_ms: int
    state: str
    waiting: int
    messages: int
    counters: dict[str, int] = field(default_factory=dict)


FORM = TypeAdapter(Figures)


def path_of(folder: Path, number: int) -> Path:
    """Where a worker shows its figures."""
    return folder / FOLDER_NAME / f"{number}.json"


def show(folder: Path, number: int, figures: Figures) -> None:
    """Put a worker's figures in place. Raises OSError."""
    path = path_of(folder, number)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    durable.show(path, FORM.dump_json(figures).decode())


class Crew:
    """Workers 1 to `count`, of which the first `here` are processes of this one."""

    def __init__(
        self,
        folder: Path,
        count: int,
        here: int,
        environment: Mapping[str, str],
        now_ms: Callable[[], int],
        log_form: str = "text",
    ) -> None:
        """environment: of the processes."""
        self._folder = folder
        self._count = count
        self._here = here
        self._environment = dict(environment)
        self._now_ms = now_ms
        self._log_form = log_form
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._stopping = False
        self._ended_s: dict[int, float] = {}
        self._figures: dict[int, Figures] = {}
        self._before: Counter[str] = Counter()  # what earlier processes of the same numbers counted
        self._messages_before = 0
        self._alive_s: dict[int, float] = {}  # when each last showed something new

    def start(self) -> None:
        """Start every worker that belongs here."""
        self._alive_s = dict.fromkeys(range(1, self._count + 1), time.monotonic())
        for number in range(1, self._count + 1):
            path_of(self._folder, number).unlink(missing_ok=True)
        for number in range(1, self._here + 1):
            self._launch(number)

    def tend(self, _now_ms: int) -> None:
        """Start again what has ended, and read what all of them show."""
        for number, process in list(self._processes.items()):
            if process.poll() is None or self._stopping:
                continue
            ended_s = self._ended_s.setdefault(number, time.monotonic())
            if time.monotonic() - ended_s >= PAUSE_S:
                log.warning("worker %d has ended with %s; started again", number, process.returncode)
                self._launch(number)
        self._read()

    def stop(self) -> None:
        """End all of them, in good order where they can."""
        self._stopping = True
        for process in self._processes.values():
            process.terminate()
        give_up_s = time.monotonic() + STOP_WAIT_S
        for process in self._processes.values():
            try:
                process.wait(max(0.0, give_up_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def states(self) -> dict[int, str]:
        """What each worker says of its connection to the broker, by number; `gone` where it says nothing."""
        return {number: self._state(number) for number in range(1, self._count + 1)}

    def missing(self) -> frozenset[int]:
        """Workers that have shown nothing for MISSING_S."""
        since_s = time.monotonic() - MISSING_S
        return frozenset(number for number, alive_s in self._alive_s.items() if alive_s < since_s)

    @property
    def messages_total(self) -> int:
        """Messages that workers have settled since the start."""
        return self._messages_before + sum(one.messages for one in self._figures.values())

    @property
    def waiting(self) -> int:
        """Messages that wait in workers for a commit."""
        return sum(one.waiting for one in self._figures.values())

    def counters(self) -> dict[str, int]:
        """What workers did not take or count, added up; see Intake.counters."""
        found = Counter(self._before)
        for one in self._figures.values():
            found.update(one.counters)
        return dict(found)

    def _state(self, number: int) -> str:
        shown = self._figures.get(number)
        return shown.state if shown and abs(self._now_ms() - shown.at_ms) <= FRESH_MS else "gone"

    def _read(self) -> None:
        for number in range(1, self._count + 1):
            try:
                shown = FORM.validate_json(path_of(self._folder, number).read_bytes())
            except (OSError, ValidationError):
                continue  # not there yet, or the disk is full
            before = self._figures.get(number)
            if before is not None and before.pid != shown.pid:
                self._before.update(before.counters)
                self._messages_before += before.messages
            if shown != before:
                self._alive_s[number] = time.monotonic()
            self._figures[number] = shown

    def _launch(self, number: int) -> None:
        self._ended_s.pop(number, None)
        words = [str(self._folder), str(number), str(os.getpid()), self._log_form]
        command = [sys.executable, "-m", "collector.service.worker", *words]
        self._processes[number] = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=self._environment)
