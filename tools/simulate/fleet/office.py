"""A process of many light sensors: `python -m tools.simulate.fleet.office JOB`.

It connects them all, says "ready", waits for a line, plays its part of the plan, and writes what is true of it beside
the job. While it plays it prints a line of JSON a second.
"""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from random import Random

from pydantic import TypeAdapter

from collector import calendar
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.messages import Ack
from tools.load.line import Line, State, Who
from tools.load.lines import Lines
from tools.simulate.fleet import curve, script
from tools.simulate.fleet.air import Air
from tools.simulate.fleet.dialling import ANSWER_WAIT_S, Dialling
from tools.simulate.fleet.job import Job
from tools.simulate.fleet.lag import Lag
from tools.simulate.fleet.script import Act, Agenda
from tools.simulate.fleet.sensor import ACK_TIMEOUT_S, NOTHING, LightSensor
from tools.simulate.fleet.tally import Tally

LEAVES = ("ack", "command", "config", "epoch", "objections", "trust")
DIALLING_MAX = 24  # at the beginning, at once
PATIENCE_S = 90.0  # at the end, without a word
CLOCK_S = 0.25  # the longest sleep
BUSY = (0.5, 1.5)  # a site's, times the mean


class Office:
    """Plays one job."""

    def __init__(self, job: Job) -> None:
        self._plan, self._tenant = job.plan, job.tenant
        self._chance = Random(f"{job.plan.seed} {job.office}")
        self._air = Air(job.plan.seed + job.office, round(job.plan.window_s * 1000))
        self._lines = Lines(self)
        self._agenda = Agenda()
        self._sensors = [self._sensor(job, number) for number in range(len(job.names))]
        self._dialling = Dialling(self._lines, len(job.names), self._chance)
        self._began_s = self._ends_s = 0.0
        self._storm_s: float | None = None
        self._keyed = 0
        self._said_s = 0.0
        self.tally, self.lag, self.delayed, self.late = Tally(), Lag(), Lag(), Lag()

    def connect(self) -> None:
        """Connect all of them, a few at a time, and wait until each has its epoch key."""
        left = list(reversed(self._sensors))
        give_up_s = time.monotonic() + ANSWER_WAIT_S
        while self._keyed < len(self._sensors):
            now_s = time.monotonic()
            while left and len(self._dialling) < DIALLING_MAX:
                sensor = left.pop()
                sensor.start(now_s)
                self._dialling.open(sensor.line, now_s)
            before = self._dialling.up + self._keyed
            self._turn(CLOCK_S)
            if self._dialling.up + self._keyed > before:
                give_up_s = now_s + ANSWER_WAIT_S
            elif now_s > give_up_s:
                raise TimeoutError(
                    f"of {len(self._sensors)} sensors {self._dialling.up} could connect, "
                    f"{self._keyed} were given an epoch key"
                )

    def play(self) -> None:
        """Play the plan, then wait until everything is answered, or nothing has come for PATIENCE_S."""
        self._began_s = self.tally.first_s = self.tally.last_s = time.monotonic()
        self._ends_s = self._began_s + self._plan.seconds
        script.write(self._agenda, self._plan, len(self._sensors), self._began_s, self._chance)
        while True:
            self._turn(CLOCK_S)
            now_s = time.monotonic()
            if now_s >= self._ends_s and (
                not self._waiting or now_s > max(self.tally.last_s, self._ends_s) + PATIENCE_S
            ):
                return

    def truth(self) -> dict[str, object]:
        """What was emitted, by sensor and start, and what came of it."""
        return {
            "tally": asdict(self.tally),
            "lag": self.lag.flat(),
            "delayed": self.delayed.flat(),
            "late": self.late.flat(),
            "unanswered": self._waiting,
            "refused": sum(one.refused for one in self._sensors),
            "frames": sum(one.frames for one in self._sensors),
            "starts": [
                [one.name, boot.hex(), start.batches, start.sightings]
                for one in self._sensors
                for boot, start in one.starts.items()
                if start.batches
            ],
        }

    @property
    def _waiting(self) -> int:
        return sum(len(one.spool) for one in self._sensors)

    # What connections tell, see line.Hearer.

    def came_up(self, line: Line) -> None:
        """Say who is there, and send what waits."""
        sensor, now_s = self._sensors[line.number], time.monotonic()
        self._dialling.stands(line)
        self.tally.connects += 1
        sensor.sender.disconnected()
        line.publish("birth", [sensor.birth()])
        if self._storm_s is not None:
            self.tally.reconnected_s = max(self.tally.reconnected_s, now_s - self._storm_s)
        self._send(sensor, now_s)

    def went(self, line: Line, why: str) -> None:
        """Try again after a while, as a unit does."""
        if not self._dialling.went(line):
            self.tally.failed_connects += 1
            if not self._began_s and self.tally.failed_connects > len(self._sensors):
                raise ConnectionError(f"{line.who.user} cannot connect: {why}")
        self._spent(self._sensors[line.number])
        self._agenda.add(time.monotonic() + self._dialling.pause_s(line), line.number, Act.OPEN)

    def taken(self, line: Line, leaf: str, payload: bytes) -> None:
        """The collector's word."""
        sensor, now_s = self._sensors[line.number], time.monotonic()
        if leaf == "epoch" and not sensor.keyed:
            sensor.keyed = True  # it opens nothing: what it hears has made-up tokens already
            self._keyed += 1
        if leaf != "ack":
            return
        for word in Ack.decode(envelope.unpack(payload).body).boots:
            for one in sensor.settle(word):
                self.tally.answered += 1
                self.tally.last_s = now_s
                (self.lag if one.sent else self.delayed).add(now_s - one.emitted_s)
                if self._storm_s is not None and one.emitted_s <= self._storm_s + self._plan.storm_s:
                    self.tally.drained_s = max(self.tally.drained_s, now_s - self._storm_s)
        if sensor.spool:
            self._send(sensor, now_s)
        elif sensor.silent:
            self._drop(sensor)

    # What the agenda says.

    def _turn(self, wait_s: float) -> None:
        now_s = time.monotonic()
        self._lines.turn(min(wait_s, self._agenda.next_s - now_s))
        now_s = time.monotonic()
        while (due := self._agenda.take(now_s)) is not None:
            self._act(*due)
        for number in self._dialling.unanswered(now_s):
            self._lines.cut(self._sensors[number].line)
            self.went(self._sensors[number].line, f"no answer within {ANSWER_WAIT_S:.0f} s")
        if self._began_s and now_s > self._said_s + 1:
            self._said_s = now_s
            oldest_s = min((one.oldest_s for one in self._sensors if one.spool), default=now_s)
            now = {
                "up": self._dialling.up,
                "emitted": self.tally.emitted,
                "waiting": self._waiting,
                "age_s": now_s - oldest_s,
            }
            print(json.dumps(now), flush=True)

    def _act(self, at_s: float, number: int, act: Act) -> None:
        now_s = time.monotonic()
        if act is Act.STORM:
            self._storm(now_s)
            return
        sensor = self._sensors[number]
        if act is Act.WINDOW:
            self._window(sensor, at_s, now_s)
        elif act is Act.HEALTH:
            self._health(sensor, at_s, now_s)
        elif act is Act.SEND:
            self._send(sensor, now_s)
        elif act is Act.OPEN:
            if sensor.line.state is State.DOWN and not (sensor.silent and not sensor.spool):
                self._dialling.open(sensor.line, now_s)
        elif act is Act.CUT:
            self.tally.cuts += 1
            self._drop(sensor)
            self._agenda.add(now_s + self._chance.uniform(*self._plan.failures.away_s), number, Act.OPEN)
        elif act is Act.RESTART:
            self.tally.restarts += 1
            self._drop(sensor)
            sensor.start(now_s)
            self._agenda.add(now_s + self._chance.uniform(*self._plan.failures.away_s), number, Act.OPEN)
        else:
            self.tally.silenced += 1
            sensor.silent = True
            if not sensor.spool:
                self._drop(sensor)

    def _window(self, sensor: LightSensor, at_s: float, now_s: float) -> None:
        if sensor.silent or at_s >= self._ends_s:
            return
        self.late.add(now_s - at_s)
        now_ms = time.time_ns() // 1_000_000
        start_ms = now_ms - round((now_s - at_s + self._plan.window_s) * 1000)
        mean = self._plan.sightings * sensor.busy * curve.share_at(self._plan, at_s - self._began_s)
        count = max(1, min(2 * self._plan.sightings, round(mean * self._chance.uniform(0.8, 1.2))))
        epoch = calendar.epoch_of(start_ms, "UTC", 4, 1).name
        heard = self._air.hear(self._chance, count, start_ms, epoch, sensor.lasting)
        sensor.emit(heard, now_s)
        self.tally.emitted += 1
        self._send(sensor, now_s)
        self._agenda.add(at_s + self._plan.window_s, sensor.line.number, Act.WINDOW)

    def _health(self, sensor: LightSensor, at_s: float, now_s: float) -> None:
        if at_s >= self._ends_s or sensor.silent:
            return
        if sensor.line.up:
            self._lines.publish(sensor.line, "health", [sensor.health(now_s, time.time_ns() // 1_000_000)])
        self._agenda.add(at_s + self._plan.health_s, sensor.line.number, Act.HEALTH)

    def _send(self, sensor: LightSensor, now_s: float) -> None:
        if not sensor.line.up:
            return
        if payloads := sensor.due(now_s):
            self._lines.publish(sensor.line, "batch", payloads)
            self._look_again(sensor, now_s, ACK_TIMEOUT_S + 0.1)
        elif sensor.spool:
            self._look_again(sensor, now_s, 1.0)  # the rate is used up, or all is in flight

    def _look_again(self, sensor: LightSensor, now_s: float, wait_s: float) -> None:
        if not now_s < sensor.look_s <= now_s + wait_s:  # else a look is on the agenda that comes in time
            sensor.look_s = now_s + wait_s
            self._agenda.add(sensor.look_s, sensor.line.number, Act.SEND)

    def _storm(self, now_s: float) -> None:
        self._storm_s = now_s
        for sensor in self._sensors:
            if sensor.line.state is not State.DOWN:
                self._drop(sensor)
                self._agenda.add(now_s + self._chance.uniform(0, self._plan.storm_s), sensor.line.number, Act.OPEN)

    def _drop(self, sensor: LightSensor) -> None:
        """Its line goes, as by a cut cable; it comes back only where somebody puts that on the agenda."""
        self._dialling.cut(sensor.line)
        self._spent(sensor)

    def _spent(self, sensor: LightSensor) -> None:
        """The will is used up; nothing is in flight."""
        sensor.reconnects += 1
        sensor.line.will = sensor.seal(Kind.DEATH, NOTHING)
        sensor.sender.disconnected()
        for waiting in sensor.spool.values():
            waiting.sent = False

    def _sensor(self, job: Job, number: int) -> LightSensor:
        who = Who(f"{job.tenant}/{job.names[number]}", job.certificates[number], job.keys[number])
        line = Line(who, job.broker, LEAVES, number)
        return LightSensor(job.names[number], bytes.fromhex(job.seeds[number]), line, self._chance.uniform(*BUSY))


def main(path: str) -> None:
    """Connect, wait for a line, play, write, print."""
    job = TypeAdapter(Job).validate_json(Path(path).read_bytes())
    office = Office(job)
    office.connect()
    print("ready", flush=True)
    sys.stdin.readline()
    office.play()
    Path(path).with_suffix(".truth").write_text(json.dumps(office.truth()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
