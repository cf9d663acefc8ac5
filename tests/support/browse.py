"""The web application over a collector, and what a reader finds in its answers."""

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from portals import shared
from shop import at

from collector.folder import Collector
from collector.ingest.mqtt import Ingest
from collector.page.app import create_app
from collector.page.builder import PATIENCE_S
from collector.vitals.figures import Vitals, add_routes

with warnings.catch_warnings():  # newer starlette would have its client on httpx2; the product itself speaks httpx
    warnings.simplefilter("ignore", UserWarning)
    from fastapi.testclient import TestClient

TAGS = re.compile(r"<svg.*?</svg>|<[^>]*>", re.DOTALL)


@dataclass
class FakeIngest:
    """A FAKE of the MQTT end: what the page asks it, and nothing else."""

    ok: bool = True
    state: str = "connected"
    messages_total: int = 0
    waiting: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    counted: dict[str, int] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)

    def counters(self) -> dict[str, int]:
        return self.counted

    def lag(self) -> dict[str, int]:
        return self.late


def browser(
    collector: Collector,
    ingest: FakeIngest | None = None,
    now_ms: Callable[[], int] = lambda: at(24),
    vitals: Vitals | None = None,
    *,
    open_page: bool = True,
    address: str = "127.0.0.1",
    url: str = "http://127.0.0.1",
    patience_s: float = PATIENCE_S,
) -> TestClient:
    """A client of the application; errors come as answers, as they do over a socket. open_page: nobody signs in."""
    app = create_app(collector, cast(Ingest, ingest or FakeIngest()), now_ms, open_page, patience_s=patience_s)
    if vitals is not None:
        add_routes(app, vitals)
    client = TestClient(app, url, raise_server_exceptions=False, follow_redirects=False, client=(address, 50000))
    client.portal = shared()
    return client


def text(html: str) -> str:
    """What stands on a page outside its drawings, blanks made one."""
    return " ".join(TAGS.sub(" ", html).split())


def figures(html: str) -> dict[str, str]:
    """The key figures of a page, by their labels."""
    return dict(
        re.findall(r'<span class="label">(.*?)</span>\s*<span class="value[^"]*">(.*?)</span>', html, re.DOTALL)
    )


def numbers(said: Any) -> Iterator[float]:
    """Every number in a JSON value."""
    if isinstance(said, dict):
        said = list(said.values())
    if isinstance(said, list):
        for one in said:
            yield from numbers(one)
    elif isinstance(said, (int, float)) and not isinstance(said, bool):
        yield said
