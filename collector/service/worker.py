"""A worker: a process that takes batches from the shared subscription beside the chief, stores and acknowledges them.

Everything else is the chief's: births and healths, keys, configuration, the page, keeping house. Started by the chief
(`python -m collector.service.worker`), a worker ends when the chief is gone.
"""

import ctypes
import logging
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from footfall_sensor.errors import SensorError

from ..admission.doubt import Doubt
from ..brokering import addresses, identities
from ..clock import now_ms
from ..downlink import numbering
from ..errors import CollectorError
from ..folder import Collector, open_folder
from ..ingest import crew
from ..ingest.duty import duty_of
from ..ingest.intake import Intake
from ..ingest.mqtt import Ingest
from ..options.sources import Outside
from ..storage.writers import Writers
from . import garbage, logs

log = logging.getLogger(__name__)

STEP_S = 1.0
NUMBER_S = 10.0  # how often numbers of the downlink are brought together; sensors let another process's lag by a minute
CERTIFICATE_S = 60.0
PR_SET_PDEATHSIG = 1  # prctl(2)


def work(folder: Path, number: int, stopping: threading.Event, outside: Outside | None = None, chief: int = 0) -> None:
    """Take batches as worker `number` until `stopping`, or until process `chief` is no longer our parent (0: none is).

    Raises CollectorError where it cannot start or go on.
    """
    collector = open_folder(folder, outside)
    writers = Writers(folder)
    writers.join()
    doubt = Doubt(now_ms(), time.monotonic)
    intake = collector.intake(doubt, batches_only=True)
    chosen = collector.settings
    ingest = Ingest(addresses.of_ingest(folder, chosen, number), intake, now_ms, duty_of(chosen, number))
    ingest.start()
    upkeep = _Upkeep(collector, intake, ingest, doubt, number)
    log.info("worker %d takes batches", number)
    garbage.settle()
    try:
        while ingest.ok and not stopping.wait(STEP_S) and (not chief or os.getppid() == chief):
            upkeep.turn()
        lives = ingest.ok
    finally:
        ingest.stop()
        upkeep.keep_number()
        collector.close()
        writers.leave()
    if not lives:
        raise CollectorError("ingest has died of a fault; its last words are above. Start the worker again")


@dataclass(slots=True)
class _Upkeep:
    """What a worker does beside taking batches, a turn a second."""

    collector: Collector
    intake: Intake
    ingest: Ingest
    doubt: Doubt
    number: int
    _numbered_s: float = field(default_factory=time.monotonic)
    _certified_s: float = field(default_factory=time.monotonic)

    def turn(self) -> None:
        """Look after key, numbers, certificate and figures. What fails is said, and tried again at the next turn."""
        self.doubt.about(now_ms())
        try:
            self.intake.use(self.collector.identity.secret())
            if time.monotonic() - self._numbered_s >= NUMBER_S:
                self._numbered_s = time.monotonic()
                self.keep_number()
            if time.monotonic() - self._certified_s >= CERTIFICATE_S:
                self._certified_s = time.monotonic()
                identities.renew(self.collector.folder, self.ingest.address, self.number)
            crew.show(self.collector.folder, self.number, self._figures())
        except (CollectorError, SensorError, OSError) as exc:
            log.error("worker %d: %s; tried again in %g s", self.number, exc, STEP_S)

    def keep_number(self) -> None:
        """Bring the downlink's number together with those of the other processes. Raises StoreError."""
        self.intake.downlink.reach(numbering.load(self.collector.folder))
        numbering.keep(self.collector.folder, self.intake.downlink.number)

    def _figures(self) -> crew.Figures:
        ingest = self.ingest
        return crew.Figures(
            os.getpid(), now_ms(), ingest.state, ingest.waiting, ingest.messages_total, ingest.counters() | ingest.lag()
        )


def until_told() -> threading.Event:
    """An event that SIGINT and SIGTERM set."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def main(words: list[str]) -> int:
    """Entry point of a process that the chief has started: FOLDER NUMBER PID-OF-THE-CHIEF LOG-FORM."""
    stopping = until_told()
    # At once, where the kernel can: the next chief is to find nobody else who commits, and sweeps. What is lost with us
    # is what is lost when we are killed: nothing that was acknowledged.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(words[2]):
        return 0  # it was gone before we asked
    logs.configure(words[3])
    try:
        work(Path(words[0]), int(words[1]), stopping, chief=int(words[2]))
    except CollectorError as exc:
        log.error("worker %s: %s", words[1], exc)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
