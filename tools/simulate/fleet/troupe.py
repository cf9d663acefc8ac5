"""The offices of a run as processes: started, made ready, let go, watched."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.errors import ToolError
from tools.load.enrolling import Member
from tools.load.line import Broker
from tools.run.child import module
from tools.simulate.fleet.job import Job
from tools.simulate.fleet.office import PATIENCE_S
from tools.simulate.fleet.plan import FleetPlan

Look = Callable[[str], None]  # told once a second, with a line about how it goes


@dataclass(frozen=True, slots=True)
class Target:
    """Where the sensors of a run send to, and who they are."""

    broker: Broker
    tenant: str
    members: Sequence[Member]


@dataclass(frozen=True, slots=True)
class Now:
    """How sensors stand: connections, batches emitted, batches that wait for the collector's word, and how long the
    oldest of them has waited."""

    up: int = 0
    emitted: int = 0
    waiting: int = 0
    age_s: float = 0.0


class Troupe:
    """A context manager over the processes of one run."""

    def __init__(self, plan: FleetPlan, target: Target, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._plan = plan
        self._paths = [folder / f"office-{number}.json" for number in range(plan.processes)]
        for number, path in enumerate(self._paths):
            _job(plan, target, number).write(path)
        self._offices: list[_Office] = []

    def __enter__(self) -> "Troupe":
        self._offices = [_Office(path) for path in self._paths]
        return self

    def __exit__(self, *_: object) -> None:
        for office in self._offices:
            office.stop()

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes."""
        return tuple(office.pid for office in self._offices)

    def wait_ready(self, look: Look) -> None:
        """Until all sensors are connected. Raises ToolError."""
        while not all(office.ready for office in self._offices):
            self._pause(look, "connecting")

    @property
    def now(self) -> Now:
        """As they told last, each within a second."""
        told = [office.now for office in self._offices]
        return Now(
            sum(one.up for one in told),
            sum(one.emitted for one in told),
            sum(one.waiting for one in told),
            max(one.age_s for one in told),
        )

    def play(self, look: Look, watch: Callable[[Now], None] | None = None) -> list[Mapping[str, object]]:
        """Let them play to the end, and give what each says is true; watch: is told how they stand.

        Raises ToolError.
        """
        for office in self._offices:
            office.go()
        give_up_s = time.monotonic() + self._plan.seconds + 10 * PATIENCE_S
        while not all(office.ended for office in self._offices):
            self._pause(look, " ".join(office.says for office in self._offices))
            if watch is not None and all(office.says for office in self._offices):
                watch(self.now)
            if time.monotonic() > give_up_s:
                raise ToolError("the simulated sensors do not come to an end; the machine is too small for so many")
        return [json.loads(path.with_suffix(".truth").read_bytes()) for path in self._paths]

    def _pause(self, look: Look, says: str) -> None:
        for office in self._offices:
            office.check()
        look(says)
        time.sleep(0.5)


class _Office:
    def __init__(self, path: Path) -> None:
        self.ready = False
        self.says = ""
        self.now = Now()
        self._log = path.with_suffix(".log")
        with self._log.open("wb") as errors:
            self._process = subprocess.Popen(
                module("tools.simulate.fleet.office", str(path)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self._process.stdout is not None
        self._reading = threading.Thread(target=self._read, args=(self._process.stdout,), name="office", daemon=True)
        self._reading.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.poll() == 0

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def check(self) -> None:
        if self._process.poll() not in (None, 0):
            said = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise ToolError(f"a process of simulated sensors has ended: {said[-1] if said else 'it said nothing'}")

    def stop(self) -> None:
        self._process.kill()
        self._reading.join()
        self._process.communicate()

    def _read(self, said: "IO[str]") -> None:
        for line in said:
            if line.strip() == "ready":
                self.ready = True
            else:
                told = json.loads(line)
                now = self.now = Now(told["up"], told["emitted"], told["waiting"], told["age_s"])
                self.says = f"{now.up:,} up, {now.emitted:,} batches, {now.waiting:,} waiting;"


def _job(plan: FleetPlan, target: Target, number: int) -> Job:
    members = target.members[number : plan.sensors : plan.processes]
    return Job(
        plan=plan,
        broker=target.broker,
        tenant=target.tenant,
        names=tuple(one.name for one in members),
        certificates=tuple(one.certificate for one in members),
        keys=tuple(one.tls_key for one in members),
        seeds=tuple(one.secret.seed.hex() for one in members),
        office=number,
    )
