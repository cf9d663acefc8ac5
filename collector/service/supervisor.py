"""What systemd is told: ready, alive, about to stop (sd_notify: datagrams to the socket in NOTIFY_SOCKET)."""

import os
import socket
from collections.abc import Mapping


class Supervisor:
    """The supervisor named by the environment; where there is none, nothing is said."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        wanted_us = environment.get("WATCHDOG_USEC", "")
        mine = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_s = int(wanted_us) / 1e6 if wanted_us.isdigit() and mine else 0.0  # 0 = nobody watches

    def say(self, *lines: str) -> None:
        """Send lines such as READY=1, WATCHDOG=1, STOPPING=1 or STATUS=text. A supervisor that is gone is no error."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            try:
                channel.sendto("\n".join(lines).encode(), self._address)
            except OSError:
                return
