"""A process that publishes batches as many sensors, each by its own connection: `python -m tools.bench.publisher JOB`.

It makes and signs everything, has a first batch of each sensor answered, says "ready", waits for a line, and then only
sends. Two ways: a backlog, so many batches in flight a sensor, the next as the collector's word comes; or one batch a
window each, spread over it. The last line it prints is JSON.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

from pydantic import TypeAdapter

from collector import calendar
from footfall_sensor import keys, signing
from footfall_sensor.window import WINDOW_MS
from footfall_sensor.wire import batch as batch_wire
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.messages import Ack
from tools.bench.batches import batch_of, sightings
from tools.bench.intake_work import as_json
from tools.errors import ToolError
from tools.load.line import Broker, Line, Who
from tools.load.lines import Lines

ACK = "ack"
DIALLING_MAX = 32  # connections that are being made at once
BODIES = 400  # different ones; a sensor comes to the same one again after so many windows
PATIENCE_S = 60.0  # without a word
WARMING = 1  # batches a sensor before the clock runs: what a start costs is not what a batch costs


@dataclass(frozen=True, slots=True)
class Load:
    """What one process is to send. Paths and keys of sensor `n` are at place n."""

    host: str
    port: int
    authority: str
    certificates: tuple[str, ...]
    keys: tuple[str, ...]  # PEM files for TLS
    names: tuple[str, ...]
    seeds: tuple[str, ...]  # hex; what batches are signed with
    boot: str  # hex
    first: int  # number of the first batch, one that warms
    first_ms: int  # UTC begin of the window of number 0
    batches: int  # a sensor, and WARMING more
    a_batch: int  # sightings
    inflight: int  # a sensor
    window_s: float = 0.0  # instead of that: one batch each in so many seconds
    plain: bool = False  # as JSON, unsigned

    def write(self, path: Path) -> None:
        """For the process, which is started with the path."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it. Times by the machine's monotonic clock, in seconds."""

    began_s: float
    ended_s: float  # the last word
    answered: int  # batches
    unanswered: int
    took_s: tuple[float, ...]  # from publishing to the word, of each answered batch
    cpu_s: float = 0.0  # of this process, meanwhile


class Publisher:
    """Plays one load."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._lines = Lines(self)
        self._rows = [sightings(load.a_batch, seed) for seed in range(BODIES)]
        self._windows = [] if load.plain else [batch_of(rows) for rows in self._rows]
        self._all = [self._line(place) for place in range(len(load.names))]
        self._waiting = {line.who.user: iter(self._sealed(place)) for place, line in enumerate(self._all)}
        self._since_s: dict[tuple[str, int], float] = {}
        self._next = dict.fromkeys(self._waiting, load.first)
        self._took_s: list[float] = []
        self._word_s = 0.0
        self._inflight = 0  # to be kept up
        self._connect()

    def warm(self) -> None:
        """Have the first batches of every sensor answered. Raises ToolError where they are not."""
        self._word_s = time.monotonic()
        for line in self._all:
            self._publish(line, WARMING)
        self._drain()
        if self._since_s:
            raise ToolError(f"{len(self._since_s)} of the first batches were not answered in {PATIENCE_S:.0f} s")
        self._took_s.clear()

    def play(self) -> Sent:
        """Send, until everything is answered or nothing has come for PATIENCE_S."""
        began_s, cpu_s = time.monotonic(), time.process_time()
        self._word_s = began_s
        self._inflight = self._load.inflight
        if self._inflight:
            for line in self._all:
                self._publish(line, self._inflight)
        else:
            self._pace(began_s)
        self._drain()
        spent_s = time.process_time() - cpu_s
        return Sent(began_s, self._word_s, len(self._took_s), len(self._since_s), tuple(self._took_s), spent_s)

    def _drain(self) -> None:
        while self._since_s and time.monotonic() < self._word_s + PATIENCE_S:
            self._lines.turn(0.5)

    def _pace(self, began_s: float) -> None:
        """A batch of each sensor in every window, spread evenly over it."""
        count = len(self._all)
        for place in range(count * self._load.batches):
            due_s = began_s + place / count * self._load.window_s
            while (left_s := due_s - time.monotonic()) > 0:
                self._lines.turn(left_s)
            self._publish(self._all[place % count], 1)

    def _publish(self, line: Line, count: int) -> None:
        payloads = list(islice(self._waiting[line.who.user], count))
        now_s = time.monotonic()
        for _ in payloads:
            self._since_s[line.who.user, self._next[line.who.user]] = now_s
            self._next[line.who.user] += 1
        self._lines.publish(line, "batch", payloads)

    def came_up(self, line: Line) -> None:
        """See line.Hearer."""

    def went(self, line: Line, why: str) -> None:
        """Nothing is cut here by intention, so the measurement is over. Raises ToolError."""
        raise ToolError(f"{line.who.user} has no connection: {why}")

    def taken(self, line: Line, leaf: str, payload: bytes) -> None:
        """The collector's word: some of the batches are stored."""
        now_s = self._word_s = time.monotonic()
        settled = 0
        for number in self._numbers(payload):
            since_s = self._since_s.pop((line.who.user, number), None)
            if since_s is not None:
                self._took_s.append(now_s - since_s)
                settled += 1
        if self._inflight and settled:
            self._publish(line, settled)

    def _numbers(self, payload: bytes) -> Iterator[int]:
        if self._load.plain:
            yield from json.loads(payload)
            return
        for acked in Ack.decode(envelope.unpack(payload).body).boots:
            for first, last in acked.committed:
                yield from range(first, last + 1)

    def _line(self, place: int) -> Line:
        load = self._load
        who = Who(f"default/{load.names[place]}", load.certificates[place], load.keys[place])
        return Line(who, Broker(load.host, load.port, load.authority), (ACK,))

    def _connect(self) -> None:
        """Open all of them, a few at a time."""
        left = list(self._all)
        dialling: list[Line] = []
        while left or dialling:
            dialling = [line for line in dialling if not line.up]
            while left and len(dialling) < DIALLING_MAX:
                dialling.append(left.pop())
                self._lines.open(dialling[-1])
            self._lines.turn(0.5)

    def _sealed(self, place: int) -> list[bytes]:
        """All that this sensor will send. The plain way has no key, and an unsigned list of objects."""
        load, backend, name = self._load, signing.backend(), self._load.names[place]
        numbers = range(load.first, load.first + WARMING + load.batches)
        if load.plain:
            return [as_json(self._rows[number % BODIES], name, number) for number in numbers]
        seed = bytes.fromhex(load.seeds[place])
        secret = keys.SecretKey(bytes(keys.ID_BYTES), seed, b"")
        made = []
        for number in numbers:
            start_ms = load.first_ms + number * WINDOW_MS
            epoch = calendar.epoch_of(start_ms, "UTC", 4, 1).name
            window = replace(self._windows[(number + place) % BODIES], start_ms=start_ms, epoch=epoch)
            body = batch_wire.encode(window)
            packed = Envelope(Kind.BATCH, name, bytes.fromhex(load.boot), number, body)
            made.append(envelope.seal(packed, lambda message: backend.sign(secret, message)))
        return made


def main(path: str) -> None:
    """Get ready, wait for a line, play, print."""
    publisher = Publisher(TypeAdapter(Load).validate_json(Path(path).read_bytes()))
    publisher.warm()
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(asdict(publisher.play())), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
