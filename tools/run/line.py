"""The line on one machine: a folder with a collector and its sensors, and the processes that work in it."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from collector import folder as collector_folder
from collector.errors import CollectorError
from collector.folder import Collector
from collector.options.settings import Settings
from collector.records.registry import Site, Tenant
from collector.records.reports import boot_number
from collector.storage.ledger import LedgerRow
from footfall_sensor import config, config_file, keys, signing

from ..errors import ToolError
from . import broker, serving
from .child import Child, module, wait_until

READY_WAIT_S = 60.0
TENANT = "default"


@dataclass(frozen=True, slots=True)
class SensorPlan:
    """A sensor of the run, and the captures it hears."""

    name: str
    captures: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made of."""

    folder: Path
    site: Site
    sensors: tuple[SensorPlan, ...]
    speed: float  # captured seconds a second, 0 = as fast as it goes
    http_port: int
    broker_host: str = broker.HOST
    broker_port: int = 0
    broker_kind: str = "auto"  # auto, mosquitto, embedded; external = one that is already there
    patience_s: float = 60.0
    simulated: bool = False  # the captures are made up; the page says so
    open_page: bool = True  # on this machine alone, and thrown away or made up: nobody need sign in


@dataclass(slots=True)
class Line:
    """A started run. Use as a context manager: its processes end with it."""

    plan: Plan
    broker: Child | None = None
    collector: Child | None = None
    sensors: list[Child] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Line":
        try:
            self._make_folder()
            if self.plan.broker_kind != "external":
                self.broker = broker.start(self.plan.folder, self.plan.broker_port, self.plan.broker_kind)
                self._stack.callback(self.broker.stop)
            elif not broker.listens(self.plan.broker_host, self.plan.broker_port):
                raise ToolError(
                    f"no MQTT broker answers at {self.plan.broker_host}:{self.plan.broker_port}. Start it, or leave "
                    "--broker away to have one started here"
                )
            self._prepare()
            self._stack.callback(self._stop_collector)
            self.start_collector()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.plan.http_port}/"

    def start_collector(self) -> None:
        """Start the collector, also again after it was killed, and wait until it answers."""
        self.collector = Child("the collector", serving.command(self.plan.folder), self.plan.folder / "collector.log")
        wait_until(lambda: self.health() is not None, self.collector, READY_WAIT_S, "the collector")

    def health(self) -> dict[str, Any] | None:
        """What the collector says of itself, or None where it does not answer."""
        try:
            said = serving.client().get(f"{self.url}healthz").json()
        except (httpx.HTTPError, ValueError):
            return None
        return said if isinstance(said, dict) else None

    def start_sensors(self) -> None:
        """Start a sensor process for each sensor of the plan."""
        for sensor in self.plan.sensors:
            captures = [word for path in sensor.captures for word in ("--capture", str(path))]
            command = module("footfall_sensor", "run", "--config", str(self._config_path(sensor.name)))
            command += [*captures, "--json", f"--speed={self.plan.speed}", f"--patience-s={self.plan.patience_s}"]
            child = Child(f"sensor {sensor.name}", command, self.plan.folder / f"{sensor.name}.log")
            self.sensors.append(child)
            self._stack.callback(child.stop)

    def sensor_status(self, name: str) -> dict[str, Any]:
        """What a running sensor wrote of itself last; empty before the first time."""
        try:
            said = json.loads((self.plan.folder / name / "run" / "status.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def sensor_result(self, child: Child) -> dict[str, Any]:
        """The totals that a sensor printed at its end. Raises ToolError where it ended without."""
        for text in reversed(child.log.read_text(encoding="utf-8", errors="replace").splitlines()):
            if text.startswith("{"):
                said: dict[str, Any] = json.loads(text)
                return said
        raise ToolError(f"{child.name} failed: {child.last_words()}")

    def open(self) -> Collector:
        """The collector's folder, opened for reading beside the process that works in it."""
        return collector_folder.open_folder(self.plan.folder)

    def _stop_collector(self) -> None:
        if self.collector is not None:
            self.collector.stop()

    def _config_path(self, sensor: str) -> Path:
        return self.plan.folder / sensor / "footfall.uci"

    def _make_folder(self) -> None:
        try:
            self.plan.folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise ToolError(f"{self.plan.folder} cannot be made: {exc.strerror}. Choose another with --dir") from exc

    def _prepare(self) -> None:
        plan = self.plan
        chosen = Settings(
            broker_host=plan.broker_host,
            broker_port=plan.broker_port,
            http_port=plan.http_port,
            open_page=plan.open_page,
            replay=True,
            simulated=plan.simulated,
            disk_floor_mib=0,  # a first look, in whatever room there is
        )
        try:
            if (plan.folder / "collector.toml").exists():
                collector_folder.reconfigure(plan.folder, chosen)
            else:
                collector_folder.create(plan.folder, chosen)
            registry = collector_folder.open_folder(plan.folder).registry
            registry.put_tenant(Tenant(TENANT, time_zone=plan.site.time_zone))
            registry.put_site(plan.site)
            for sensor in plan.sensors:
                key = self._prepare_sensor(sensor.name)
                registry.put_sensor(TENANT, sensor.name, plan.site.name, key.id, key.raw)
        except CollectorError as exc:
            raise ToolError(str(exc)) from exc
        except OSError as exc:
            raise ToolError(f"{plan.folder} cannot be used: {exc.strerror}. Choose another with --dir") from exc

    def _prepare_sensor(self, name: str) -> keys.PublicKey:
        """The sensor's folder with its key, its configuration and the collector's key. Returns its public key."""
        base = self.plan.folder / name
        chosen = config.Config(
            name=name,
            tenant=TENANT,
            broker_host=self.plan.broker_host,
            broker_port=self.plan.broker_port,
            mqtt_version="3.1.1" if self.broker is not None and self.broker.name == broker.EMBEDDED else "auto",
            rate_per_s=0,
            inflight_max=500,
            health_s=1,
            ack_timeout_s=10,
            state_dir=str((base / "state").absolute()),
            run_dir=str((base / "run").absolute()),
        )
        if not chosen.key_path.exists():
            keys.write_secret(chosen.key_path, signing.backend().generate())
        chosen.collector_key_path.write_text((self.plan.folder / "collector.key.pub").read_text(encoding="ascii"))
        self._config_path(name).write_text(config_file.render(chosen), encoding="utf-8")
        return keys.read_secret(chosen.key_path).public


def ledger_of(collector: Collector, boots: Sequence[str]) -> list[LedgerRow]:
    """The ledger's rows of these boot ids (hex)."""
    wanted = {boot_number(bytes.fromhex(boot)) for boot in boots}
    return [row for row in collector.store.manifest.ledger() if row.boot in wanted]
