"""A registry with targets and letters, a real mail server, and a receiver of webhooks."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from mailboxes import Mailbox, running

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


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server on a port of its own."""
    with running() as box:
        yield box


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
