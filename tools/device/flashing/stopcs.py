"""A unit with stock firmware that checks signatures: SSH on, the check off, the image through its page."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..errors import DeviceError
from ..shell import Login, Shell
from ..stock_page import StockPage
from . import returning
from .steps import Journal, Step, Told

COMMAND = "cliclientd stopcs"
SSH_TRIES = 5  # its SSH server takes a moment to come up
SSH_WAIT_S = 2.0


@dataclass(frozen=True, slots=True)
class Stock:
    """A unit with stock firmware, and who logs in there."""

    address: str
    user: str
    password: str = field(repr=False)
    fresh_password: str | None = field(default=None, repr=False)  # the maker's: the unit comes from the box
    http_port: int = 80
    ssh_port: int = 22


def steps(
    stock: Stock,
    image: bytes,
    journal: Journal,
    after: Sequence[Login],
    seconds: float,
    found: Callable[[returning.Running], None],
) -> list[Step]:
    """The steps for a unit with stock firmware; afterwards OpenWrt answers at one of `after`."""

    def log_in(_: Told) -> None:
        with StockPage(stock.address, stock.http_port) as page:
            if stock.fresh_password is None:
                page.log_in(stock.user, stock.password)
            else:
                page.first_login(stock.user, stock.fresh_password, stock.password)

    def ssh_on(_: Told) -> None:
        with StockPage(stock.address, stock.http_port) as page:
            page.log_in(stock.user, stock.password)
            page.enable_ssh()

    def stop(_: Told) -> None:
        with _shell(stock) as shell:
            answer = shell.run(COMMAND)
            if answer.code not in (0, -1):  # its shell does not always say
                raise DeviceError(f"it does not know `{COMMAND}`: its stock firmware is too old. Update it first")

    def upload(_: Told) -> None:
        with StockPage(stock.address, stock.http_port) as page:
            page.log_in(stock.user, stock.password)
            page.upload(image)

    return [
        Step("log_in", "log in at its page", log_in),
        Step("ssh", "switch SSH on", ssh_on),
        Step("stopcs", f"switch the signature check off: {COMMAND}", stop),
        Step("upload", "upload the image at its page and have it written", upload, unplug=False, writes=True),
        returning.step(after, journal, seconds, found),
    ]


def _shell(stock: Stock) -> Shell:
    login = Login(stock.address, stock.user, stock.password, stock.ssh_port)
    for attempt in range(SSH_TRIES):
        try:
            return Shell(login)
        except DeviceError:
            if attempt == SSH_TRIES - 1:
                raise
            time.sleep(SSH_WAIT_S)
    raise AssertionError("unreachable")
