"""What is plugged in: asked by SSH and HTTP, or heard asking by TFTP. Nothing is written."""

from dataclasses import replace

from . import sighting
from .errors import DeviceError
from .flashing.returning import look
from .flashing.server import PORT, RecoveryServer
from .shell import Login, Shell
from .sighting import Sighting
from .stock_page import StockPage

ADDRESSES = ("192.168.1.1", "192.168.0.254")  # OpenWrt's own, and that of stock firmware and boot loaders
_ASK = "cat /etc/banner /etc/version /tmp/version 2>/dev/null; uname -a"


def at(login: Login, http_port: int = 80) -> tuple[Sighting | None, list[str]]:
    """Whoever is at this address, and what each way of asking said where it did not tell."""
    said: list[str] = []
    seen: list[Sighting] = []
    try:
        with Shell(login) as shell:
            running = look(shell)
            if running.board:
                found = sighting.from_openwrt(running.board, running.release, login.address, running.sensor_version)
                return found, said
            seen.append(sighting.from_banner(f"{shell.greeting}\n{shell.run(_ASK).text}", login.address))
    except DeviceError as exc:
        said.append(exc.message)
    try:
        with StockPage(login.address, http_port) as page:
            seen.append(sighting.from_page(page.front(), login.address))
    except DeviceError as exc:
        said.append(exc.message)
    return _merged(seen), said


def boot_loader(address: str, seconds: float, port: int = PORT) -> Sighting | None:
    """A boot loader that asks for a file within `seconds`; it gets none. Raises DeviceError where none can be heard."""
    with RecoveryServer("\0", b"", address, port) as server:
        waited = 0.0
        while waited < seconds:
            if server.other:
                return sighting.from_request(server.other, server.peer)
            server.whole.wait(0.2)
            waited += 0.2
    return None


def _merged(seen: list[Sighting]) -> Sighting | None:
    """One sighting of several: what one way did not tell, another may."""
    if not seen:
        return None
    first, *rest = sorted(seen, key=lambda one: not one.model)
    for other in rest:
        first = replace(
            first,
            version=first.version or other.version,
            region=first.region or other.region,
            firmware=first.firmware or other.firmware,
        )
    return first
