"""A real mail server (aiosmtpd), and what it took."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from brokers import free_port


@dataclass
class Mailbox:
    """What a server took; it refuses who is called nobody."""

    port: int = 0
    mails: list[bytes] = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]
        """Take or refuse a receiver."""
        if address.startswith("nobody"):
            return f"550 no such mailbox here: {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def]
        """Take a mail."""
        self.mails.append(envelope.content)
        return "250 OK"


@contextmanager
def running() -> Iterator[Mailbox]:
    """A mail server on a port of its own."""
    box = Mailbox()
    box.port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
