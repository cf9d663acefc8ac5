"""The parts of a running collector. Each is a context: what it starts when it is entered it stops when it is left."""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from ..admission.doubt import Doubt
from ..folder import Collector
from ..housekeeping.keeper import SWEEP_AGE_S
from ..housekeeping.key_keeper import KeyKeeper
from ..ingest.address import BrokerAddress
from ..ingest.crew import Crew
from ..ingest.duty import duty_of
from ..ingest.mqtt import Ingest
from ..mosquitto.upkeep import Upkeep
from ..options.sources import PREFIX, Outside
from ..storage.writers import Writers

log = logging.getLogger(__name__)

Clock = Callable[[], int]  # UTC, ms
BROKER_S = 2.0  # how soon the broker hears of a sensor that was revoked


def put_in_order(collector: Collector, now_ms: Clock) -> None:
    """What the last process left undone, before anybody is let in. Raises StoreError."""
    collector.store.shelf.claim(collector.owner)
    writers = Writers(collector.folder)
    # Where somebody else commits, or may below an object store's prefix, only what is too old to be under way.
    alone = writers.alone() and not collector.settings.store_url
    swept = collector.store.sweep() if alone else collector.store.sweep(now_ms() / 1000 - SWEEP_AGE_S)
    writers.join()
    if swept:
        log.info("swept away %d files that no commit listed", swept)
    for name in collector.epochs.destroy_ended(now_ms()):  # before anybody can ask: nobody was here at the turn
        log.info("epoch key %s destroyed", name)
    collector.registry.reports.disconnect_all()
    if not collector.vault.there:  # a folder without objections gets one when it is opened
        log.error(
            "%s is not there: sites with objections get no key, and tell no devices apart. Put it back from its safe",
            collector.vault.path,
        )


@contextmanager
def taking(collector: Collector, broker: BrokerAddress, doubt: Doubt, now_ms: Clock) -> Iterator[KeyKeeper]:
    """Ingest, and the keys that it answers with. Raises BrokerError where no broker answers."""
    intake = collector.intake(doubt)
    ingest = Ingest(broker, intake, now_ms, duty_of(collector.settings))
    keys = KeyKeeper(collector, intake, ingest)
    ingest.start()
    try:
        yield keys
    finally:
        ingest.stop()
        keys.keep_number()
        if collector.settings.replay:
            collector.epochs.destroy_all()
            if collector.store.blinding is not None:
                collector.store.blinding.destroy_all()


@contextmanager
def working(collector: Collector, outside: Outside | None, log_form: str, now_ms: Clock) -> Iterator[Crew]:
    """The workers beside this process; they are told what this one was told."""
    told, chosen = outside or Outside.of_process(), collector.settings
    said = {f"{PREFIX}{name.upper()}": value for name, value in told.flags.items()}
    crew = Crew(collector.folder, chosen.workers, chosen.workers_here, {**os.environ, **said}, now_ms, log_form)
    crew.start()
    try:
        yield crew
    finally:
        crew.stop()


@dataclass(slots=True)
class Threads:
    """What goes on beside the page, each in a thread of its own until all are told to stop."""

    stopping: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _fault: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stopping.set()

    def start(self, name: str, do: Callable[..., object], *args: object) -> None:
        """Do this. It is to look at `stopping`; where it does not, it ends with the process."""
        threading.Thread(target=do, args=args, name=name, daemon=True).start()


def keep_broker(upkeep: Upkeep, broker: BrokerAddress, now_ms: Clock, stopping: threading.Event) -> None:
    """Keep the broker's files: in a thread of its own, for a broker that does not answer must not hold up the rest."""
    while not stopping.is_set():
        upkeep.keep(broker, now_ms())
        stopping.wait(BROKER_S)
