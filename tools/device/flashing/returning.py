"""Waiting for a unit that restarts, and looking at what runs there: its own word, not the upload's."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .. import reachable
from ..errors import DeviceError
from ..shell import Login, Shell
from .steps import Journal, Step, Told

POLL_S = 2.0
STOCK = "192.168.0.254"  # of stock firmware and boot loaders


@dataclass(frozen=True, slots=True)
class Running:
    """What runs on a unit."""

    board: str
    release: str  # /etc/openwrt_release
    boot_id: str
    sensor_version: str
    address: str

    @property
    def revision(self) -> str:
        """OpenWrt's build: r28739-d9340319c6."""
        for line in self.release.splitlines():
            if line.startswith("DISTRIB_REVISION="):
                return line.partition("=")[2].strip("'\"")
        return ""


def step(logins: Sequence[Login], journal: Journal, seconds: float, found: Callable[[Running], None]) -> Step:
    """The last step of every way: OpenWrt answers at one of `logins`, and `found` hears what runs there."""

    def back(told: Told) -> None:
        found(wait(logins, journal.boot_id, seconds, told))

    return Step("return", "it writes and restarts: wait until OpenWrt answers", back, unplug=False)


def look(shell: Shell) -> Running:
    """What runs there now. Raises DeviceError; of stock firmware the board is empty."""
    return Running(
        board=shell.read("/tmp/sysinfo/board_name").strip(),  # noqa: S108 - OpenWrt's
        release=shell.read("/etc/openwrt_release"),
        boot_id=shell.read("/proc/sys/kernel/random/boot_id").strip(),
        sensor_version=shell.run("footfall-sensor --version 2>/dev/null").text.strip(),
        address=shell.login.address,
    )


def wait(
    logins: Sequence[Login],
    boot_id: str,
    seconds: float,
    told: Callable[[float], None],
    clock: Callable[[], float] = time.monotonic,
) -> Running:
    """OpenWrt at one of these addresses, started after `boot_id`. Raises DeviceError after `seconds`.

    It is also looked for at the IPv6 address that it has by its hardware address: with Footfall's image a unit of one
    port asks for its IPv4 address by DHCP, and on a bare cable nobody gives it one.
    """
    started = clock()
    why = "nothing answered"
    own: dict[str, Login] = {}
    while (waited := clock() - started) < seconds:
        told(min(0.99, waited / seconds))
        for address in dict.fromkeys((*(login.address for login in logins), STOCK)):
            if by_itself := reachable.by_itself(address):
                own[by_itself] = replace(logins[0], address=by_itself, password="")
        for login in dict.fromkeys((*own.values(), *logins)):
            try:
                with Shell(login) as shell:
                    running = look(shell)
            except DeviceError as exc:
                why = exc.message
                continue
            if not running.board:
                why = f"{login.address} answers, but not as OpenWrt"
            elif running.boot_id == boot_id:
                why = f"{login.address} has not restarted"
            else:
                return running
        time.sleep(POLL_S)
    raise DeviceError(
        f"it did not come back within {seconds:.0f} s: {why}. Leave it under power five minutes more. A unit of one "
        "port asks for an address by DHCP once it has Footfall: look at the DHCP server, and run this again with "
        "--after ADDRESS; nothing is written twice. If it stays away: footfall device recover"
    )
