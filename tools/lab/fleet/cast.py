"""A process of the lab's sensors: `python -m tools.lab.fleet.cast JOB`.

Each has a connection of its own by mutual TLS. By itself each says once a minute how it is; with `by_hand` only when it
is told to. Lines of JSON come in, one answer goes out for each: {"do": "say" | "away" | "deaf", "names": [...]}.
"""

import json
import queue
import sys
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from pydantic import TypeAdapter

from footfall_sensor.wire import envelope
from footfall_sensor.wire.settings import Command, Verb
from tools.lab.fleet.actor import Actor
from tools.lab.fleet.clock import LabClock
from tools.load.line import Broker, Line, Who
from tools.load.lines import Lines

LEAVES = ("command", "config", "epoch")
DIALLING_MAX = 24
HEALTH_MS = 60_000
TURN_S = 0.05


@dataclass(frozen=True, slots=True)
class Job:
    """What a process plays. Lists have a place for each of its sensors; seeds in hex; fails: names."""

    broker: Broker
    tenant: str
    names: tuple[str, ...]
    certificates: tuple[str, ...]
    keys: tuple[str, ...]
    seeds: tuple[str, ...]
    fails: tuple[str, ...]
    clock: str
    by_hand: bool
    seed: int

    def write(self, path: Path) -> None:
        """For the process."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


class Cast:
    """Plays one job; told what becomes of connections, see line.Hearer."""

    def __init__(self, job: Job) -> None:
        self._clock, self._by_hand = LabClock(Path(job.clock)), job.by_hand
        self._lines, self._chance = Lines(self), Random(job.seed)
        self._actors = [self._actor(job, number) for number in range(len(job.names))]
        self._by_name = {one.name: one for one in self._actors}
        self._due_ms = [0] * len(self._actors)
        self._dial = deque(self._actors)
        self._dialling: set[int] = set()
        self._orders = 0

    def connect(self, give_up_s: float) -> None:
        """Until all are there. Raises TimeoutError."""
        for one in self._actors:
            one.start(time.monotonic())
        while not all(one.line.up for one in self._actors):
            self.turn()
            if time.monotonic() > give_up_s:
                up = sum(one.line.up for one in self._actors)
                raise TimeoutError(f"{up} of {len(self._actors)} sensors could connect")

    def turn(self) -> None:
        """Hear what comes, and do what is due."""
        while self._dial and len(self._dialling) < DIALLING_MAX:
            one = self._dial.popleft()
            self._dialling.add(one.line.number)
            self._lines.open(one.line)
        self._lines.turn(TURN_S)
        now_ms = self._clock.now_ms()
        for one in self._actors:
            if one.order is not None and now_ms >= one.back_ms:
                self._restart(one)
            if not self._by_hand and one.line.up and now_ms >= self._due_ms[one.line.number]:
                self._say(one, now_ms)
                self._due_ms[one.line.number] = now_ms + HEALTH_MS

    def do(self, what: str, names: list[str]) -> dict[str, object]:
        """What the lab wants; the answer."""
        chosen = [self._by_name[name] for name in names if name in self._by_name]
        for one in chosen:
            one.away, one.deaf = one.away or what == "away", one.deaf or what == "deaf"
        if what == "say":
            now_ms = self._clock.now_ms()
            for one in self._actors:
                self._say(one, now_ms)
        there = sum(one.line.up and not one.away for one in self._actors)
        return {"did": what, "of": len(chosen), "there": there, "orders": self._orders}

    def came_up(self, line: Line) -> None:
        """It says who it is, what came of an order it had, and how it is."""
        one, now_ms = self._actors[line.number], self._clock.now_ms()
        self._dialling.discard(line.number)
        self._lines.publish(line, "birth", [one.birth(now_ms)])
        self._say(one, now_ms)
        self._due_ms[line.number] = now_ms + self._chance.randrange(
            1000, HEALTH_MS
        )  # spread over the minute from here on

    def went(self, line: Line, why: str) -> None:
        """Again, as soon as there is room."""
        self._dialling.discard(line.number)
        one = self._actors[line.number]
        if not one.away:
            self._dial.append(one)

    def taken(self, line: Line, leaf: str, payload: bytes) -> None:
        """The collector's word."""
        one = self._actors[line.number]
        if leaf != "command" or one.away:
            return
        order = Command.decode(envelope.unpack(payload).body)
        if order.verb == Verb.UPGRADE:
            self._orders += 1
            one.told(order, self._clock.now_ms())

    def _say(self, one: Actor, now_ms: int) -> None:
        if one.line.up and not one.away:
            self._lines.publish(one.line, "health", [one.health(time.monotonic(), now_ms)])

    def _restart(self, one: Actor) -> None:
        """What an upgrade ends with: another start of the agent, and the result where it did not go."""
        said = one.installed()
        one.start(time.monotonic())
        if said is not None:
            self._lines.publish(one.line, "result", [one.result(said)])
            return
        self._lines.cut(one.line, reset=False)
        self._dial.append(one)

    def _actor(self, job: Job, number: int) -> Actor:
        who = Who(f"{job.tenant}/{job.names[number]}", job.certificates[number], job.keys[number])
        line = Line(who, job.broker, LEAVES, number)
        name = job.names[number]
        return Actor(name, bytes.fromhex(job.seeds[number]), line, 1.0, fails=name in job.fails)


def _read(wanted: "queue.SimpleQueue[str]") -> None:
    for line in sys.stdin:
        wanted.put(line)
    wanted.put("")


def main(path: str) -> None:
    """Connect, say so, and do what is wanted until the end of the input."""
    cast = Cast(TypeAdapter(Job).validate_json(Path(path).read_bytes()))
    cast.connect(time.monotonic() + 300)
    print(json.dumps({"ready": True}), flush=True)
    wanted: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(wanted,), daemon=True).start()
    while True:
        cast.turn()
        while not wanted.empty():
            line = wanted.get()
            if not line:
                return
            said = json.loads(line)
            print(json.dumps(cast.do(said["do"], said.get("names", []))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
