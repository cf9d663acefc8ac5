"""One unit to be written: looked at, judged, its steps chosen and run. What the commands `flash` and `watch` share."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from .. import checking, sighting
from ..checking import Checked
from ..errors import DeviceError
from ..images import ImageFile
from ..shell import Login
from . import returning, server, stopcs, sysupgrade, tftp
from .steps import Done, Journal, Step, run

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
    listen: str = ""
    http_port: int = 80
    tftp_port: int = server.PORT


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it."""

    checked: Checked
    steps: tuple[Done, ...]
    running: returning.Running

    def as_json(self) -> dict[str, object]:
        """For --json."""
        running = {name: value for name, value in asdict(self.running).items() if name != "release"}
        steps = [asdict(step) for step in self.steps]
        return {**self.checked.as_json(), "flashed": True, "steps": steps, "runs": running}


def look(order: Order) -> Checked:
    """The unit as it is seen now, judged with the image. Raises DeviceError where nobody answers."""
    if order.label is not None and not order.login.address:
        return checking.judged(sighting.from_label(order.label), order.image)
    seen = checking.find(order.login.address or None, order.label, order.login, order.http_port)
    return checking.judged(seen, order.image, order.label)


def carry_out(order: Order, checked: Checked, say: Callable[[str], None]) -> Result:
    """Write the unit. Raises DeviceError with the step that failed; the journal stays, for another run."""
    assert checked.judged.unit is not None
    path = order.state / f"{_plain(checked)}.json"
    journal = Journal.open(path, checked.judged.unit.name, order.image.sha256)
    if order.restart:
        journal.done.clear()
    found: list[returning.Running] = []
    done = run(steps(order, checked, journal, say, found.append), journal, say)
    _compare(found[-1], checked)
    journal.close()
    return Result(checked, tuple(done), found[-1])


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


def _compare(running: returning.Running, checked: Checked) -> None:
    """What runs is of the unit that was meant. Which version it is, the unit says itself: success is its word."""
    unit = checked.judged.unit
    assert unit is not None
    board = checked.seen.board or unit.profile.replace("_", ",", 1)
    if running.board != board:
        raise DeviceError(f"{running.address} answers as {running.board}, not as {board}: another unit in between?")


def _plain(checked: Checked) -> str:
    unit = checked.judged.unit
    assert unit is not None
    return re.sub(r"[^\w.-]", "-", f"{unit.name}-{checked.seen.address or 'tftp'}")
