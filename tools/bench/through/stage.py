"""The stage: a collector's folder as `init` makes it, mosquitto, processes."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from collector import calendar
from collector.keys.blinding import LATE_MS
from collector.options.settings import Settings
from footfall_sensor.wire import envelope
from tools.bench.publisher import WARMING, Load, Sent
from tools.bench.through.scale import BATCH, INFLIGHT, SENDING, SENSORS
from tools.bench.through.sender import Sender
from tools.load import stage
from tools.load.enrolling import Member
from tools.load.stage import READY_WAIT_S
from tools.run import broker
from tools.run.child import Child, module, wait_until

PROCESSES = 2  # of senders
AGO_MS = 12 * calendar.HOUR_MS
TAKES_MS = calendar.HOUR_MS // 2  # a measurement, at most
RATE_PER_S = 200.0  # that a sensor may send: a door at its usual 2 would be what is measured


class Stage(stage.Stage):
    """The shared stage, with processes that send a backlog, or a batch a window, and with the plain way."""

    def __init__(self, folder: Path, sensors: int = SENSORS) -> None:
        super().__init__(folder, sensors, Settings(sensor_rate_per_s=RATE_PER_S), prefix="bench")
        self._boot = os.urandom(envelope.BOOT_BYTES).hex()
        self._first_ms = first_ms(time.time_ns() // 1_000_000)
        self._first = 0
        self._loads = 0

    def plain(self) -> Child:
        """The plain way in the collector's place."""
        path = self.folder / f"plain-{self._loads}.sqlite"
        child = Child(
            "the plain way", module("tools.bench.plain_collector", str(self.home), str(path)), self.folder / "plain.log"
        )
        self.until_stopped(child.stop)
        wait_until(lambda: "ready" in child.last_words(), child, READY_WAIT_S, "the plain way")
        return child

    def send(
        self,
        batches: int,
        *,
        sensors: int = SENDING,
        inflight: int = INFLIGHT,
        window_s: float = 0,
        plain: bool = False,
        begins: Callable[[], object] = lambda: None,
    ) -> list[Sent]:
        """Let so many sensors send so many batches each, from PROCESSES processes; `begins` is called before the first.

        window_s: one in each span of so many seconds, instead of so many in flight.
        """
        shares = [self.members[place:sensors:PROCESSES] for place in range(PROCESSES)]
        loads = [self._load(share, batches, 0 if window_s else inflight, window_s, plain) for share in shares]
        if not plain:
            self._first += WARMING + batches
        senders = [Sender(load, self._path()) for load in loads]
        try:
            for sender in senders:
                sender.wait_ready()
            begins()
            for sender in senders:
                sender.go()
            return [sender.result() for sender in senders]
        finally:
            for sender in senders:
                sender.stop()

    def _path(self) -> Path:
        self._loads += 1
        return self.folder / f"load-{self._loads}.json"

    def _load(self, members: Sequence[Member], batches: int, inflight: int, window_s: float, plain: bool) -> Load:
        return Load(
            host=broker.HOST,
            port=self.port,
            authority=self.authority,
            certificates=tuple(one.certificate for one in members),
            keys=tuple(one.tls_key for one in members),
            names=tuple(one.name for one in members),
            seeds=tuple(one.secret.seed.hex() for one in members),
            boot=self._boot,
            first=self._first,
            first_ms=self._first_ms,
            batches=batches,
            a_batch=BATCH,
            inflight=inflight,
            window_s=window_s,
            plain=plain,
        )


def first_ms(now_ms: int) -> int:
    """When the first window begins: twelve hours ago, or with the running day, where the tokens of then are to go soon.

    What has come for a day that is over is taken away by retention; that would be measured too, and at some hours only.
    """
    ago_ms = now_ms - AGO_MS
    day = calendar.epoch_of(ago_ms, "UTC", 4, 1)
    return day.end_ms if day.end_ms + LATE_MS < now_ms + TAKES_MS else ago_ms
