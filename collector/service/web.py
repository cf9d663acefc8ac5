"""The page as it is served: HTTP in the main thread, and what makes it ready, until told to stop."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

import uvicorn

from ..errors import SettingsError
from ..folder import Collector
from ..ingest.mqtt import Ingest
from ..page.app import create_app
from ..vitals.figures import Vitals, add_routes
from . import garbage

PATIENCE_S = 3.0  # a report of 31 days of a chain of 50 sites takes some 1.5 s of processor time


class PageServer:
    """The page and the API of one collector, on its HTTP port; a context manager, because it builds ahead meanwhile."""

    def __init__(self, collector: Collector, ingest: Ingest) -> None:
        self._chosen = collector.settings
        self._app = create_app(collector, ingest, patience_s=PATIENCE_S)
        config = uvicorn.Config(
            self._app,
            host=self._chosen.http_host,
            port=self._chosen.http_port,
            log_level="warning",
            log_config=None,
            proxy_headers=bool(self._chosen.http_proxies),
            forwarded_allow_ips=self._chosen.http_proxies.split(),
        )
        self.server = uvicorn.Server(config)
        self._app.state.live.stopping = lambda: self.server.should_exit

    def __enter__(self) -> Self:
        threading.Thread(target=self._warm, name="warm").start()
        threading.Thread(target=self._app.state.ahead.run, name="ahead", daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _fault: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._app.state.close()

    def show(self, vitals: Vitals) -> None:
        """Answer /metrics and /readyz, and tell the pages, from these."""
        add_routes(self._app, vitals)

    def run(self) -> None:
        """Serve until SIGINT, SIGTERM, or until `server.should_exit`. Raises SettingsError where the port is taken."""
        try:
            with _told_by_signals(self.server):
                self.server.run()
        except SystemExit as exc:  # uvicorn's way to say that the port is taken
            raise SettingsError(
                f"port {self._chosen.http_port} of {self._chosen.http_host} cannot be used: another program listens "
                "there. Choose another http_port"
            ) from exc

    def _warm(self) -> None:
        """Make ready what a first page needs; with it a start is over."""
        self._app.state.warm()
        garbage.settle()


@contextmanager
def _told_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Let SIGINT and SIGTERM end the server, and not the process: what else runs in it is stopped in order afterwards.

    uvicorn serves what it has begun, and then raises the signal once more, for whoever was there before it. Were that
    the default, the process would end there and then. A second signal, when this is left, does end it at once.
    """
    if threading.current_thread() is not threading.main_thread():  # which alone is told of signals
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True  # also where it comes before uvicorn listens to signals itself

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
