"""`footfall device watch`: a bench where one unit after another is plugged in, at several ports at once."""

import csv
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click

from ...errors import ToolError
from .. import checking, images, looking
from ..checking import Checked
from ..errors import DeviceError
from ..images import ImageFile
from ..options import Reach, unit_options
from ..reachable import UnitAddress
from . import order as orders
from .order import Order, Result

POLL_S = 2.0
GONE_LOOKS = 2  # so many looks without an answer, and the unit has been unplugged
LIST = "units.csv"


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one unit."""

    port: str
    unit: str
    ok: bool
    says: str


class Port:
    """One place on the bench: a unit comes, is written, and is taken away before the next counts.

    Without an address it is the boot loaders' port: whoever asks by TFTP is of the label that was given.
    """

    def __init__(
        self,
        order: Order,
        files: list[ImageFile],
        say: Callable[[str], None],
        turn: AbstractContextManager[bool] | None = None,
    ) -> None:
        """turn: shared by ports that are one cable, of which one at a time has a unit."""
        # Each unit is another one: no notes of the last may count for it. Only those of an earlier run do, once.
        self._resume = order
        self.order, self._files = replace(order, restart=True), files
        self.name = order.login.address or "boot loader"
        self._turn: AbstractContextManager[bool] = turn or threading.Lock()
        self._came_back = ""  # where the last unit answered in the end
        self._say: Callable[[str], None] = lambda line: say(f"[{self.name}] {line}")

    def entries(self, stop: threading.Event) -> Iterator[Entry]:
        """The units at this port, one after another; first the one that a killed run had written."""
        with self._turn:
            resumed = self._resumed()
            if resumed is not None:
                yield resumed
                self._away(stop)
        self._say("ready for the next unit")
        while not stop.is_set():
            with self._turn:
                if not self.order.login.address or self._answers():
                    yield self._written()
                    self._away(stop)
                    self._say("ready for the next unit")
                    continue
            stop.wait(POLL_S)

    def _resumed(self) -> Entry | None:
        """What became of the unit that an earlier run had written here and did not see come back."""
        for file in self._files:
            order = replace(self._resume, image=file)
            journal = orders.unfinished(order) if order.login.address else None
            if journal is None:
                continue
            self._say(f"{journal.unit} was written before: its return is waited for")
            try:
                return self._entry(journal.unit, orders.go_on(order, journal, self._say))
            except ToolError as exc:
                self._say(f"{exc.message}. It is looked at as a new one")
                journal.close()
        return None

    def _away(self, stop: threading.Event) -> None:
        """Wait until the unit is taken away."""
        self._say("take it away")
        gone = 0
        while self.order.login.address and gone < GONE_LOOKS and not stop.is_set():
            gone = 0 if self._answers() else gone + 1
            stop.wait(POLL_S)

    def _answers(self) -> bool:
        """Whether a unit answers here."""
        addresses = dict.fromkeys((self.name, *self.order.after, self._came_back))
        logins = (replace(self.order.login, address=address) for address in addresses if address)
        return any(looking.at(login, self.order.http_port)[0] is not None for login in logins)

    def _written(self) -> Entry:
        name, self._came_back = "unknown", ""
        try:
            checked = orders.look(self.order)
            if checked.judged.unit is not None:
                name = checked.judged.unit.name
                image = _for(self._files, checked)
                self.order = replace(self.order, image=image or self.order.image)
                checked = orders.judged(self.order, checked.seen)
            if not checked.judged.ok:
                problem = checked.judged.problems[0]
                return Entry(self.name, name, False, f"{problem.what}. {problem.remedy}")
            result = orders.carry_out(self.order, checked, self._say)
        except ToolError as exc:
            return Entry(self.name, name, False, exc.message)
        return self._entry(name, result)

    def _entry(self, name: str, result: Result) -> Entry:
        self._came_back = result.running.address
        return Entry(self.name, name, True, f"runs {result.running.revision} {result.running.sensor_version}".strip())


class Done:
    """What became of each unit: kept in a list, said, and counted."""

    def __init__(self, state: Path, count: int | None, as_json: bool) -> None:
        """count: of units that are enough; None: there is no end."""
        self.enough = threading.Event()
        self._state, self._as_json = state, as_json
        self._left, self._lock = count or -1, threading.Lock()

    def add(self, entry: Entry) -> bool:
        """One more; whether it was the last one."""
        with self._lock:
            _keep(self._state, entry)
            said = f"{'OK' if entry.ok else 'NO'}  {entry.unit}: {entry.says}"
            click.echo(json.dumps(asdict(entry)) if self._as_json else said)
            self._left -= 1
            if self._left == 0:
                self.enough.set()
            return self._left == 0


@click.command()
@click.argument("image_paths", metavar="IMAGE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--address",
    "addresses",
    type=UnitAddress(),
    multiple=True,
    help="Of a port where units come; repeatable: several at once.",
)
@click.option(
    "--after",
    type=UnitAddress(),
    multiple=True,
    metavar="ADDRESS",
    help="Where units may answer afterwards; repeatable.",
)
@click.option("--label", help="Units that ask by TFTP: what the label of each of them says. No --address then.")
@click.option("--listen", default="", help="This computer's address for boot loaders; default: what they ask.")
@click.option("--count", type=click.IntRange(1), help="End after so many units.")
@click.option("--from-box", is_flag=True, help="Stock units as they come: --password becomes their password.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("footfall-units"),
    show_default=True,
    help="Folder for notes and for the list of what was done.",
)
@unit_options
@click.option("--json", "as_json", is_flag=True, help="A JSON object a unit, a line each.")
def watch(
    image_paths: tuple[Path, ...],
    addresses: tuple[str, ...],
    after: tuple[str, ...],
    label: str | None,
    listen: str,
    count: int | None,
    from_box: bool,
    state: Path,
    reach: Reach,
    as_json: bool,
) -> None:
    """Write one unit after another as they are plugged in; each gets the IMAGE that is made for it.

    A port is an address: units in their boxes all have the same, so several at once want an address each, of a switch
    that gives every port its own network, a /24; --after counts for the port of its own. What became of each unit goes
    into units.csv of --state. Ctrl-C ends it; a unit that is being written is not left in the middle: its notes let the
    next run go on.

    \b
    Examples:
      footfall device watch *.bin --count 20
      sudo footfall device watch factory.bin --label "CPE210(EU) Ver: 3.20"
      footfall device watch *.bin --address 10.0.1.1 --address 10.0.2.1 --after 10.0.1.2 --after 10.0.2.2
    """
    files = [images.read(path) for path in image_paths]
    login = reach.login("")
    base = Order(files[0], login, state, label, after, from_box=from_box, listen=listen, http_port=reach.http_port)
    done = Done(state, count, as_json)
    cable = threading.Lock()  # without --address all are one: a unit that leaves an address comes back at another

    def say(line: str) -> None:
        click.echo(line, err=as_json)

    def one(address: str) -> None:
        mine = tuple(back for back in after if len(addresses) < 2 or _one_network(address, back))
        order = replace(base, login=replace(login, address=address), after=mine)
        port = Port(order, files, say, None if addresses else cable)
        for entry in port.entries(done.enough):
            if done.add(entry):
                return

    ports = addresses or (("",) if label is not None else looking.ADDRESSES)
    with ThreadPoolExecutor(len(ports)) as pool:
        running = [pool.submit(one, address) for address in ports]
        try:
            for future in running:
                future.result()
        except KeyboardInterrupt:
            done.enough.set()
            click.echo("ending; a unit that is being written is finished first", err=True)


def _one_network(one: str, other: str) -> bool:
    """Whether two addresses are in one /24: the unit of another port is none of this one's."""
    return one.rpartition(".")[0] == other.rpartition(".")[0]


def _for(files: list[ImageFile], checked: Checked) -> ImageFile | None:
    """The first image that nothing speaks against on this unit."""
    for file in files:
        if checking.judged(checked.seen, file).judged.ok:
            return file
    return None


def _keep(state: Path, entry: Entry) -> None:
    try:
        state.mkdir(parents=True, exist_ok=True)
        with (state / LIST).open("a", newline="", encoding="utf-8") as file:
            when = time.strftime("%Y-%m-%dT%H:%M:%S%z")
            csv.writer(file).writerow([when, entry.port, entry.unit, "ok" if entry.ok else "no", entry.says])
    except OSError as exc:
        raise DeviceError(f"cannot write {state / LIST}: {exc.strerror}; give another place") from exc
