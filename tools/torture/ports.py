"""Ports for parts that die and come back: nobody may take them meanwhile."""

import socket
from random import SystemRandom

from .errors import TortureError

LOW, HIGH = 20_000, 32_000  # below Linux's range for clients and for whoever asks for any port: those are soon taken
TRIES = 100


def steady() -> int:
    """A TCP port of this machine that is free and will hardly be taken by chance. Raises TortureError."""
    chance = SystemRandom()
    for _ in range(TRIES):
        port = chance.randrange(LOW, HIGH)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise TortureError(f"no port from {LOW} to {HIGH} is free")
