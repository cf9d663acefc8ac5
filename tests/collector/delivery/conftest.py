"""A registry with targets and letters, a real mail server, and a receiver of webhooks."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from brokers import free_port

from collector.database import open_database
from collector.delivery.outbox import Outbox
from collector.delivery.targets import Targets
from collector.keys.vault import Vault


@pytest.fixture
def targets(tmp_path: Path) -> Iterator[Targets]:
    """Targets of an empty registry."""
    engine = open_database(f"sqlite:///{tmp_path / 'registry.sqlite'}")
    yield Targets(engine, Vault(tmp_path / "delivery.key", "secrets of webhooks"))
    engine.dispose()


@pytest.fixture
def outbox(targets: Targets) -> Outbox:
    """The letters of the same registry."""
    return Outbox(targets._engine)


@dataclass
class Mailbox:
    """A real SMTP server (aiosmtpd) and what it took; it refuses who is called nobody."""

    port: int = 0
    mails: list[bytes] = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]
        """Take or refuse a receiver."""
        if address.startswith("nobody"):
            return "550 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def]
        """Take a mail."""
        self.mails.append(envelope.content)
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server on a port of its own."""
    box = Mailbox()
    box.port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@dataclass
class Hook:
    """A receiver of webhooks: what it got, and what it answers."""

    port: int = 0
    answer: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hook"


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A receiver on a port of its own."""
    box = Hook()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            box.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(box.answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    box.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield box
    server.shutdown()
    thread.join()
    server.server_close()
