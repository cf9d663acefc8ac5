"""A unit that nobody knows yet, and a collector that lets it in: real programs, plain HTTP between them."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from brokers import MOSQUITTO, Mosquitto, free_port
from click.testing import CliRunner
from lines import wait_for

from footfall_sensor import uci
from tools.cli import cli
from tools.run import serving


def footfall(*words: object) -> str:
    """The command as typed, without the second that another Python takes to start."""
    done = CliRunner().invoke(cli, list(map(str, words)))
    assert done.exit_code == 0, done.output
    return done.stdout


class Newcomer:
    """The installed program with a configuration that says where to enrol, and nothing of what it will be."""

    def __init__(self, folder: Path, url: str, claim: str, **options: str) -> None:
        folder.mkdir()
        self.run_dir, self.state_dir = folder / "run", folder / "etc"
        self.options = {
            "enrol_url": url,
            "claim": claim,
            "health_s": "1",
            "clock": "wall",
            "state_dir": str(self.state_dir),
            "run_dir": str(self.run_dir),
            "prometheus_dir": str(folder / "none"),
            **options,
        }
        self.path = folder / "footfall"
        self.path.write_text(uci.render([uci.Section("sensor", "main", dict(self.options))]))
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "footfall_sensor", *words, "--config", str(self.path)]

    def ask(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=60, check=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command("run"), stdout=log, stderr=log)

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
            self.process = None

    @property
    def connected(self) -> str:
        """The broker that its agent is connected to, or ""."""
        said = self.said("status.json")
        return str(said["broker"]) if str(said.get("connection", "")).startswith("connected") else ""

    def said(self, name: str) -> dict[str, Any]:
        try:
            said: dict[str, Any] = json.loads((self.run_dir / name).read_text())
        except (OSError, ValueError):
            return {}
        return said


class Site:
    """A collector's folder and the process that works in it. broker: one that is there, None: init makes its own."""

    def __init__(self, folder: Path, broker: Mosquitto | None, *options: object, replay: bool = False) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "log"
        words = ("--broker", f"{broker.host}:{broker.port}") if broker else ("--port", free_port())
        footfall("collector", "init", "--dir", folder, *words, "--http-port", self.port, *options)
        settings = folder / "collector.toml"
        if replay:  # of captures from another day
            settings.write_text(settings.read_text().replace("replay = false", "replay = true"))
        self.broker = None if broker else self._start([str(MOSQUITTO), "-c", str(folder / "mosquitto.conf")])
        self.process = self._start([sys.executable, "-m", "tools.cli", "collector", "serve", "--dir", str(folder)])
        wait_for(self._answers, "the collector")

    @property
    def url(self) -> str:
        """Where units enrol."""
        return f"http://127.0.0.1:{self.port}"

    def claim(self, *words: object) -> dict[str, Any]:
        said = json.loads(
            footfall("collector", "claim", "new", "--dir", self.folder, "--site", "shop", "--json", *words)
        )
        found: dict[str, Any] = said[0]
        return found

    def show(self, sensor: str) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(footfall("fleet", "show", sensor, "--dir", self.folder, "--json"))
        return said

    def stop(self) -> None:
        for process in (self.process, self.broker):
            if process is not None:
                process.terminate()
                process.wait(30)

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return serving.client().get(f"{self.url}/healthz").status_code == 200
        except httpx.HTTPError:
            return False
