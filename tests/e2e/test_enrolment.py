"""Enrolment from end to end: a real collector, a real unit's program, plain HTTP between them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from brokers import Mosquitto, free_port
from click.testing import CliRunner
from lines import wait_for

from footfall_sensor import uci
from tools.cli import cli

pytestmark = pytest.mark.broker


def footfall(*words: object) -> str:
    """The command as typed, without the second that another Python takes to start."""
    done = CliRunner().invoke(cli, list(map(str, words)))
    assert done.exit_code == 0, done.output
    return done.stdout


class Unit:
    """The installed program with a configuration that says where to enrol, and nothing of what it will be."""

    def __init__(self, folder: Path, url: str, claim: str) -> None:
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

    def said(self, name: str) -> dict[str, Any]:
        try:
            said: dict[str, Any] = json.loads((self.run_dir / name).read_text())
        except (OSError, ValueError):
            return {}
        return said


class Site:
    """A collector's folder and the process that works in it."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self.folder = folder
        self.port = free_port()
        where = f"{broker.host}:{broker.port}"
        footfall("collector", "init", "--dir", folder, "--broker", where, "--http-port", self.port)
        self.log = folder / "log"
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "tools.cli", "collector", "serve", "--dir", str(folder)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(self._answers, "the collector")

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
        self.process.terminate()
        self.process.wait(30)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5.0).status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture
def site(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Site]:
    made = Site(tmp_path / "collector", mosquitto)
    yield made
    made.stop()


def test_a_unit_with_a_claim_becomes_a_sensor_when_somebody_approves_it(site: Site, tmp_path: Path) -> None:
    """Claim, pending, the same fingerprint at both ends, approval, member, heard by the collector; and after a flash
    that kept /etc/footfall it is the same sensor, without a claim and without anybody's help."""
    claim = site.claim("--sensor", "shop-door")
    unit = Unit(tmp_path / "unit", f"http://127.0.0.1:{site.port}", claim["code"])
    assert unit.ask("check").returncode == 0
    unit.start()
    assert unit.process
    started = unit.process.pid
    try:
        wait_for(lambda: unit.said("enrolment.json").get("state") == "pending", "a unit that waits")
        status = unit.ask("status")
        assert status.returncode == 1
        shown = site.show("shop-door")
        assert (shown["state"], shown["units"][0]["state"]) == ("pending", "waits")
        assert shown["fingerprint"] in status.stdout
        footfall("fleet", "approve", "shop-door", "--fingerprint", shown["fingerprint"], "--dir", site.folder)
        wait_for(lambda: "sensor" in unit.said("status.json"), "an agent that runs")
        assert unit.said("status.json")["sensor"] == "shop-door"
        assert unit.process.pid == started
        assert unit.process.poll() is None
        assert not (unit.run_dir / "enrolment.json").exists()
        listed = ("fleet", "list", "--dir", site.folder, "--json")
        wait_for(lambda: json.loads(footfall(*listed))[0]["state"] == "connected", "the collector hears it")
        unit.stop()
        (unit.state_dir / "membership").unlink()  # a flash keeps all of the folder; this is the worse case
        unit.path.write_text(unit.path.read_text().replace(claim["code"], ""))
        unit.start()
        wait_for(lambda: unit.said("status.json").get("running", False), "the same sensor again")
        assert [one["state"] for one in site.show("shop-door")["units"]] == ["here"]
    finally:
        unit.stop()
    everything = (
        b"".join(path.read_bytes() for path in site.folder.rglob("*") if path.is_file()) + unit.log.read_bytes()
    )
    secret = claim["code"].replace("-", "")[4:-1].encode()
    assert secret not in everything
    assert claim["code"].encode() not in everything


def test_the_person_beside_the_unit_enrols_it_by_hand(site: Site, tmp_path: Path) -> None:
    """A typed claim with a slip in it is found out on the unit; with a rule nobody need approve; a second unit with the
    same code is told no more than that it will not do."""
    claim = site.claim("--approve")
    unit = Unit(tmp_path / "unit", "", "")
    url = f"http://127.0.0.1:{site.port}"
    slip = claim["code"][:-1] + ("0" if claim["code"][-1] != "0" else "1")
    wrong = unit.ask("enrol", "--url", url, "--claim", slip)
    assert wrong.returncode == 1
    assert "a digit is wrong" in wrong.stderr
    done = unit.ask("enrol", "--url", url, "--claim", claim["code"].lower(), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert (said["state"], said["sensor"], said["site"]) == ("approved", "shop-1", "shop")
    assert unit.ask("check").returncode == 0
    other = Unit(tmp_path / "other", url, claim["code"])
    second = other.ask("enrol")
    assert second.returncode == 1
    assert "used, expired or withdrawn" in second.stderr
    assert not (other.state_dir / "collector.pub").exists()
    assert os.stat(unit.state_dir / "sensor.key").st_mode & 0o777 == 0o600
