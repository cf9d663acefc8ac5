"""The stage: a folder with a collector, a real mosquitto, processes of light senders and whole sensors."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from collector import folder as collector_folder
from collector.storage.shelf import Lying
from collector.verification import conservation
from tools.run import broker, serving
from tools.run.child import Child, module

from . import enrolment, ports, stored, tape
from .account import Account
from .air import Air
from .cast import Cast
from .casting import Casting
from .errors import TortureError
from .evidence import Sent, Whole
from .oracle import Verdict, judge
from .parts import Hand, Part

LOOK_S = 0.02
PATIENCE_S = 600.0  # a machine that is busy with other things takes minutes to start a collector anew
PLAYED_S = 900.0  # until captures have been played to their ends, behind all that still waits


@dataclass(slots=True)
class Stage:
    """Built in `folder`; parts are started by whoever plays on it. Addresses may be changed before that (a proxy)."""

    folder: Path
    cast: Cast
    broker_port: int = field(default_factory=ports.steady)
    http_port: int = field(default_factory=ports.steady)
    sensors_port: int = 0  # where senders find the broker, if it is not broker_port
    collector_port: int = 0  # where the collector does
    database_url: str = ""  # of the registry; empty = SQLite in the collector's folder
    store_url: str = ""  # of an object store; empty = in the collector's folder
    collector_clock: Path | None = None  # a file that puts the collector's clock wrong, see clocks
    account: Account = field(init=False)
    broker: Part = field(init=False)
    collector: Part = field(init=False)
    offices: list[Part] = field(init=False)
    wholes: list[Part] = field(init=False)
    units: list[Part] = field(init=False)
    air: Air | None = None  # of the units; there is none where there are none
    hands: list[Hand] = field(init=False)
    _starts: int = 0

    def __post_init__(self) -> None:
        self.account = Account(self.folder / "journals")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.broker = Part("broker", "broker", lambda: broker.start(self.folder, self.broker_port, "mosquitto"))
        self.collector = Part("collector", "collector", self._launch_collector)
        places = (self.database_url, self.store_url)
        broker_port = self.collector_port or self.broker_port
        enrolment.found(self.folder, broker_port, self.http_port, *places, workers=self.cast.workers)
        self.hands = [Hand(enrolment.home(self.folder), number + 1) for number in range(self.cast.workers)]
        casting = Casting(self.folder, self.cast, self.account.folder, self.sensors_port or self.broker_port)
        self.offices, self.wholes = casting.offices(), casting.wholes()
        self.air = Air(self.cast.units, self.cast.seed) if self.cast.units else None
        self.units = casting.units(self.air.interfaces) if self.air else []

    @property
    def parts(self) -> list[Part]:
        """Everything that runs."""
        return [self.broker, self.collector, *self.offices, *self.wholes, *self.units]

    @property
    def light(self) -> tuple[str, ...]:
        """The names of the light senders."""
        return tuple(name for office in self.offices for name in office.sensors)

    @property
    def emitters(self) -> tuple[str, ...]:
        """Those, and the units: all that emit without end."""
        return (*self.light, *(unit.name for unit in self.units))

    def start(self) -> None:
        """Start all parts and wait until every light sender, and every unit, has been answered."""
        for part in self.parts:
            part.start()
        self.wait_fresh(time.monotonic(), self.emitters)

    def pass_time(self, seconds: float, but: Sequence[Part | Hand] = ()) -> None:
        """Let time pass, starting again what ends by itself, all `but` these."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            self._tend(but)
            time.sleep(min(left_s, 0.1))

    def wait(
        self, ready: Callable[[], bool], what: str, patience_s: float = PATIENCE_S, but: Sequence[Part] = ()
    ) -> None:
        """Let time pass until it is so. Raises TortureError where that takes too long."""
        give_up_s = time.monotonic() + patience_s
        while True:
            self._tend(but)
            if ready():
                return
            if time.monotonic() > give_up_s:
                raise TortureError(f"{what} did not come within {patience_s:.0f} s; {self.state()}")
            time.sleep(LOOK_S)

    def wait_fresh(self, since_s: float, sensors: tuple[str, ...], patience_s: float = PATIENCE_S) -> float:
        """Wait until each of these has been answered about a batch it emitted after `since_s`; returns the seconds."""
        left = set(sensors)

        def all_fresh() -> bool:
            left.difference_update([name for name in left if self.account.is_fresh(name, since_s)])
            return not left

        self.wait(all_fresh, "fresh batches of all senders", patience_s)
        return time.monotonic() - since_s

    def health(self) -> str:
        """What the collector's ingest says of itself; empty where it does not answer."""
        try:
            return str(serving.client().get(f"http://127.0.0.1:{self.http_port}/healthz").json()["ingest"])
        except (httpx.HTTPError, ValueError, KeyError):
            return ""

    def state(self) -> str:
        """A line on what is going on, for a message."""
        words = [f"{part.name}: {'-' if part.child is None else part.child.last_words(1)}" for part in self.parts[:2]]
        return f"{len(self.account.waiting)} batches wait; ingest: {self.health() or 'silent'}; {'; '.join(words)}"

    def quiet(self) -> None:
        """Let light senders and units emit no more, and wait until all they have is answered. Raises TortureError."""
        for office in (*self.offices, *self.units):
            office.order(signal.SIGUSR1)
        self.wait(lambda: not self.account.waiting, "an answer about every batch")

    def played(self) -> tuple[Whole, ...]:
        """Wait until the whole sensors have played their captures to the end; what they say they sent."""
        for part in self.wholes:
            part.start()
        give_up_s = time.monotonic() + PLAYED_S
        while any(part.child is not None and part.child.exit_code is None for part in self.wholes):
            self.broker.revive()
            self.collector.revive()
            if time.monotonic() > give_up_s:
                raise TortureError(f"whole sensors did not finish within {PLAYED_S:.0f} s; {self.state()}")
            time.sleep(LOOK_S)
        return tuple(tape.played(part.name, part.child.log) for part in self.wholes if part.child is not None)

    def peaks(self) -> dict[str, float]:
        """The most resident memory that a process of each kind ever had, MiB."""
        everything: list[Part | Hand] = [*self.parts, *self.hands]
        for part in everything:
            part.weigh()
        kinds = {part.kind for part in everything}
        return {kind: round(max(part.rss_mib_max for part in everything if part.kind == kind), 1) for kind in kinds}

    def duplicates(self) -> int:
        """Batches that came again, as the ledger counts them."""
        with closing(collector_folder.open_folder(self.folder / "collector")) as opened:
            return sum(row.duplicates for row in opened.manifest.ledger())

    def imbalance(self) -> int:
        """Batches that are nowhere by the newest words of those that say how they are, epoch by epoch."""
        with closing(collector_folder.open_folder(self.folder / "collector")) as opened:
            return sum(one.difference or 0 for one in conservation.by_epoch(opened.registry.engine))

    def orphans(self) -> list[Lying]:
        """Files of the store that the manifest does not list."""
        with closing(collector_folder.open_folder(self.folder / "collector")) as opened:
            return opened.store.orphans()

    def verdict(self, wholes: tuple[Whole, ...] = ()) -> Verdict:
        """What the oracle says of this moment.

        What was kept before the store is read is owed by it, and what it has must have been meant by the time after:
        a sender that hears late that it is to be quiet emits meanwhile.
        """
        self.account.read()
        kept, left = frozenset(self.account.kept_s), frozenset(self.account.left)
        there = stored.read(self.folder / "collector")
        self.account.read()
        return judge(Sent(self.account.meant, kept, left, self.account.gone, wholes), there)

    def close(self) -> None:
        """End all processes."""
        for part in reversed(self.parts):
            part.stop()
        if self.air:
            self.air.close()

    def _tend(self, but: Sequence[Part | Hand]) -> None:
        self.account.read()
        for part in self.parts:
            if all(part is not one for one in but):
                part.revive()

    def _launch_collector(self) -> Child:
        self._starts += 1
        home = self.folder / "collector"
        command = serving.command(home)
        if self.collector_clock is not None:
            command = module("tools.torture.skewed", str(self.collector_clock), str(home))
        return Child("collector", command, self.folder / f"collector-{self._starts:04d}.log")


@contextmanager
def on_stage(folder: Path, cast: Cast, **addresses: object) -> Iterator[Stage]:
    """A stage whose processes end with the block."""
    stage = Stage(folder, cast, **addresses)  # type: ignore[arg-type]
    try:
        yield stage
    finally:
        stage.close()
