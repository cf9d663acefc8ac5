"""One unit to be written: looked at, judged, its steps chosen and run. What the commands `flash` and `watch` share."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from .. import checking, sighting
from ..checking import Checked
from ..errors import DeviceError
from ..images import ImageFile
from ..metadata import Sysupgrade
from ..shell import Login
from ..sighting import Sighting
from . import returning, server, stopcs, sysupgrade, tftp
from .steps import Done, Journal, Step, run

RETURN_S = 360
OPENWRT = "192.168.1.1"  # where a unit with a plain OpenWrt answers
BOX_PASSWORD = "admin"  # noqa: S105 - the maker's, on every unit in its box


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written, and how the unit is reached."""

    image: ImageFile
    login: Login  # its address may be empty: units are asked where they answer by themselves
    state: Path
    label: str | None = None
    after: tuple[str, ...] = ()
    keep: bool = False
    from_box: bool = False
    restart: bool = False
    expect: str = ""  # the release or revision that must run in the end; a sysupgrade image tells its own
    listen: str = ""
    http_port: int = 80
    tftp_port: int = server.PORT


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it. checked: None where a run went on that had written the unit before."""

    unit: str
    steps: tuple[Done, ...]
    running: returning.Running
    checked: Checked | None = None

    def as_json(self) -> dict[str, object]:
        """For --json."""
        running = {name: value for name, value in asdict(self.running).items() if name != "release"}
        running["revision"] = self.running.revision
        before = self.checked.as_json() if self.checked else {"ok": True, "unit": self.unit}
        return {**before, "flashed": True, "steps": [asdict(step) for step in self.steps], "runs": running}


def look(order: Order) -> Checked:
    """The unit as it is seen now, judged with the image. Raises DeviceError where nobody answers."""
    if order.label is not None and not order.login.address:
        return judged(order, sighting.from_label(order.label))
    return judged(order, checking.find(order.login.address or None, order.label, order.login, order.http_port))


def judged(order: Order, seen: Sighting) -> Checked:
    """A unit that was seen, judged with the image of the order."""
    return checking.judged(seen, order.image, order.label)


def unfinished(order: Order) -> Journal | None:
    """The notes of a run that was killed after it had written a unit with this image, at this address."""
    for path in sorted(order.state.glob("*.json")):
        journal = Journal.read(path)
        if journal is None or not journal.written or journal.image_sha256 != order.image.sha256:
            continue
        if order.login.address in ("", journal.address):
            return journal
    return None


def go_on(order: Order, journal: Journal, say: Callable[[str], None]) -> Result:
    """Wait for a unit that an earlier run has written. Raises DeviceError."""
    found: list[returning.Running] = []
    addresses = dict.fromkeys(address for address in (journal.address, *order.after, OPENWRT) if address)
    logins = [replace(order.login, address=address) for address in addresses]
    logins += [Login(address) for address in addresses if order.login.password or order.login.user != "root"]
    step = returning.step(logins, journal, RETURN_S, found.append)
    return _ended(order, journal, run([step], journal, say), found[-1], None)


def carry_out(order: Order, checked: Checked, say: Callable[[str], None]) -> Result:
    """Write the unit. Raises DeviceError with the step that failed; the journal stays, for another run.

    A unit that runs this OpenWrt, and an agent on it, is left as it is: its result has no steps.
    """
    unit, seen, expected = checked.judged.unit, checked.seen, _expected(order)
    assert unit is not None
    if seen.sensor_version and expected and expected == seen.revision and not order.restart:
        say(f"it runs {expected} with footfall-sensor {seen.sensor_version} already; --restart writes it all the same")
        release = f"DISTRIB_REVISION='{seen.revision}'"
        running = returning.Running(seen.board, release, "", seen.sensor_version, seen.address)
        return Result(unit.name, (), running, checked)
    name = re.sub(r"[^\w.-]", "-", f"{unit.name}-{seen.address or 'tftp'}.json")
    board = seen.board or unit.profile.replace("_", ",", 1)
    journal = Journal(order.state / name, unit.name, order.image.sha256, seen.address, board)
    found: list[returning.Running] = []
    done = run(steps(order, checked, journal, say, found.append), journal, say)
    return _ended(order, journal, done, found[-1], checked)


def steps(
    order: Order,
    checked: Checked,
    journal: Journal,
    say: Callable[[str], None],
    found: Callable[[returning.Running], None],
) -> list[Step]:
    """The steps of the way that this unit takes."""
    method, seen, image = checked.judged.method, checked.seen, order.image.content
    assert method is not None
    login = replace(order.login, address=seen.address or order.login.address)
    after = [Login(address) for address in dict.fromkeys((*order.after, OPENWRT))]
    if method.name == "sysupgrade":
        return sysupgrade.steps(login, seen.board, image, journal, order.keep, after, method.seconds * 2, found)
    if method.name == "stopcs":
        box = BOX_PASSWORD if order.from_box else None
        stock = stopcs.Stock(login.address, login.user, login.password, box, order.http_port, login.port)
        return stopcs.steps(stock, image, journal, after, method.seconds * 2, found)
    return tftp.steps(method, image, journal, after, say, found, order.listen, order.tftp_port)


def _expected(order: Order) -> str:
    """The release or revision that must run in the end, where it is known."""
    says = order.image.says
    return order.expect or (says.revision if isinstance(says, Sysupgrade) else "")


def _ended(
    order: Order, journal: Journal, done: list[Done], running: returning.Running, checked: Checked | None
) -> Result:
    """What runs is the unit and the version that were meant, by its own word; else DeviceError."""
    if running.board != journal.board:
        raise DeviceError(f"{running.address} answers as {running.board}, not as {journal.board}: another unit?")
    expected = _expected(order)
    if expected and expected not in running.release:
        raise DeviceError(
            f"it came back, but runs {running.revision or 'something else'} and not {expected}: the image was not "
            "written, or this is another unit. Begin anew: --restart"
        )
    journal.close()
    return Result(journal.unit, tuple(done), running, checked)
