"""A unit whose boot loader fetches its image itself: serve it, and wait for OpenWrt."""

import time
from collections.abc import Callable, Sequence

from ..errors import DeviceError
from ..shell import Login
from ..units import Method
from . import returning
from .server import PORT, RecoveryServer
from .steps import Journal, Step, Told

HINT_S = 25
REQUEST_S = 600
STALL_S = 30
_POLL_S = 0.2


def steps(
    method: Method,
    image: bytes,
    journal: Journal,
    after: Sequence[Login],
    say: Callable[[str], None],
    found: Callable[[returning.Running], None],
    address: str = "",
    port: int = PORT,
) -> list[Step]:
    """The steps for a unit that asks `address` (default: the method's) for its image."""

    def serve(told: Told) -> None:
        with RecoveryServer(method.file, image, address or method.server_address, port) as server:
            hold = " to ".join(str(second) for second in method.button_s)
            say(f"hold the reset button, switch the power on, let the button go after {hold} s")
            deliver(server, len(image), told, say, hold)

    return [
        Step("serve", f"serve {method.file} to the boot loader", serve, writes=True),
        returning.step(after, journal, method.seconds * 2, found),
    ]


def deliver(
    server: RecoveryServer, size: int, told: Told, say: Callable[[str], None], hold: str, wait_s: float = REQUEST_S
) -> None:
    """Wait until a unit has fetched the image whole. Raises DeviceError: nobody asked, or a transfer that stands."""
    started = moved = time.monotonic()
    hinted, sent = False, 0
    while not server.whole.wait(_POLL_S):
        now = time.monotonic()
        if server.sent != sent:
            if server.sent < sent:
                say(f"{server.peer} began anew")
            sent, moved = server.sent, now
            told(sent / size)
        elif sent and now - moved > STALL_S:
            raise DeviceError(f"the transfer stands at {sent * 100 // size} %: look at the cable, and begin again")
        elif not sent and now - started > wait_s:
            raise DeviceError(
                f"no unit asked for {server.name} within {wait_s:.0f} s"
                "; hold reset while power comes, and look at cable and firewall"
            )
        elif not sent and not hinted and now - started > HINT_S:
            hinted = True
            asked = f" {server.peer} asked for {server.other} instead." if server.other else ""
            say(
                f"no request yet.{asked} Hold the button BEFORE the power comes on, and for {hold} s. If it never "
                "asks: put a switch between computer and unit, many network cards come up too slowly for a boot loader"
            )
