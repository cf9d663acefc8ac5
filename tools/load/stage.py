"""A stage: a collector's folder as `init` makes it, mosquitto with mutual TLS, registered sensors; on the loopback."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import httpx

from collector import folder as folders
from collector.brokering import files, identities
from collector.folder import Collector
from collector.mosquitto.files import Files
from collector.options.settings import Settings
from tools.errors import ToolError
from tools.load import descriptors
from tools.load.enrolling import Member, enrol
from tools.load.line import Broker
from tools.run import broker, serving
from tools.run.child import Child, wait_until
from tools.torture import ports

READY_WAIT_S = 90.0
PREFIX = "sim"
USUAL = Settings()


class Stage:
    """A context manager: broker and folder are there while it is open; collectors come and go."""

    def __init__(self, folder: Path, sensors: int, settings: Settings = USUAL, prefix: str = PREFIX) -> None:
        """settings: of the collector; ports and TLS are the stage's own."""
        self.folder = folder
        self.home = folder / "collector"
        self.members: list[Member] = []
        self.broker: Child | None = None
        self.port = self._http_port = 0
        self._sensors = sensors
        self._said = settings
        self._prefix = prefix
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """Where the collector's page is."""
        return f"http://{broker.HOST}:{self._http_port}"

    @property
    def authority(self) -> str:
        """The path of the certificate that everybody trusts."""
        return str(identities.of_ingest(self.home).authority)

    @property
    def broker_pids(self) -> tuple[int, ...]:
        """The process ids of the broker."""
        assert self.broker is not None
        return (self.broker.pid,)

    @property
    def lines_to(self) -> Broker:
        """Where sensors connect."""
        return Broker(broker.HOST, self.port, self.authority)

    def opened(self) -> Collector:
        """The collector's folder, opened beside the process that works in it."""
        return folders.open_folder(self.home)

    def serve(self, workers: int = 0) -> Child:
        """`footfall collector serve`, until it and its workers are connected. The caller stops it."""
        child = self._launch(workers)
        wait_until(self._ready, child, READY_WAIT_S, "the collector")
        return child

    def _launch(self, workers: int) -> Child:
        folders.reconfigure(self.home, self._settings(workers))
        child = Child("the collector", serving.command(self.home), self.folder / "collector.log")
        self.until_stopped(child.stop)
        return child

    def until_stopped(self, stop: Callable[[], None]) -> None:
        """Call this when the stage closes."""
        self._stack.callback(stop)

    def _start(self) -> None:
        self._check()
        descriptors.allow(self._sensors)
        self.port, self._http_port = ports.steady(), ports.steady()
        folders.create(self.home, self._settings(0))
        opened = self.opened()
        files.create(self.home, opened.settings, opened.registry, time.time_ns() // 1_000_000)
        opened.close()
        self.members = enrol(self.home, self.folder / "sensors", self._sensors, self._prefix)
        self._start_broker()

    def _check(self) -> None:
        """Raise ToolError where the broker's program is missing."""
        if broker.find_mosquitto() is None:
            raise ToolError("mosquitto is not installed. Type: apt-get install mosquitto")

    def _start_broker(self) -> None:
        conf = Files(self.home.absolute()).conf
        self.broker = Child("mosquitto", [str(broker.find_mosquitto()), "-c", str(conf)], self.folder / "broker.log")
        self.until_stopped(self.broker.stop)
        wait_until(lambda: broker.listens(broker.HOST, self.port), self.broker, READY_WAIT_S, "mosquitto")

    def _settings(self, workers: int) -> Settings:
        own = {"broker_port": self.port, "broker_tls": True, "http_port": self._http_port, "workers": workers}
        return self._said.model_copy(update=own)

    def _ready(self) -> bool:
        try:
            return serving.client().get(f"{self.url}/readyz", timeout=10.0).status_code == 200
        except httpx.HTTPError:
            return False
