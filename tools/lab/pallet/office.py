"""The collector that the pallet reports to: a real folder, registry and intake.

What is simulated is the agent: the lab signs births and health messages with a key that it registered by hand, and
hands them to the intake without a broker. The door checks each signature as it would any.
"""

import csv
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from collector import folder as folders
from collector.ingest.intake import Message
from collector.options.settings import Settings
from footfall_sensor import keys, signing
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import BOOT_BYTES, Envelope, Kind
from footfall_sensor.wire.messages import Birth, Health, Totals

from ...errors import ToolError
from .bench import ROOT
from .delivery import VERSION, Unit

TENANT, SITE = "default", "pallet"
FRAMES = 900  # heard by the simulated agent's radio


class Office:
    """A collector in `folder`, and the agents that speak to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.exists():
            folders.create(folder, Settings())
        self.collector = folders.open_folder(folder)
        self._backend = signing.backend()
        self._keys: dict[str, keys.SecretKey] = {}
        self._lock = threading.Lock()

    def place(self, units: Sequence[Unit], out: Path) -> int:
        """Claims by `footfall collector claim`, a pallet list, overlays by `footfall device provision`; how many."""
        words = ("--site", SITE, "--count", str(len(units)), "--json", "--dir", str(self.folder))
        claims = json.loads(footfall("collector", "claim", "new", *words).splitlines()[-1])
        table = out / "pallet.csv"
        with table.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["name", "claim", "site", "position", "unit"])
            for unit, claim in zip(units, claims, strict=True):
                writer.writerow([unit.name, claim["code"], SITE, f"box {unit.name}", ""])
        said = footfall(
            *("device", "provision", "--enrol-url", "http://192.0.2.1:8080", "--csv", str(table)),
            *("--out", str(out / "overlays"), "--json"),
        )
        for unit in units:
            self._keys[unit.name] = self._backend.generate()
            public = self._keys[unit.name].public
            self.collector.registry.put_sensor(TENANT, unit.name, SITE, public.id, public.raw)
        self._intake = self.collector.intake()
        return sum(Path(one["overlay"]).is_dir() for one in json.loads(said.splitlines()[-1])["units"])

    def speaks(self, unit: Unit, version: str = VERSION) -> str:
        """An agent starts on a unit: birth and health, signed. Returns its boot id."""
        boot, now_ms = os.urandom(BOOT_BYTES), time.time_ns() // 1_000_000
        health = Health(Totals(frames=FRAMES), 5.0, now_ms, radio="listening", version=version, clock="synced")
        birth = Birth(version, "3.11", "mips", "lean", "tokens", now_ms, wants_key=False)
        bodies = ((Kind.BIRTH, birth.encode()), (Kind.HEALTH, health.encode()))
        secret = self._keys[unit.name]
        messages = []
        for number, (kind, body) in enumerate(bodies):
            plain = Envelope(kind, unit.name, boot, number, body)
            sealed = envelope.seal(plain, lambda signed: self._backend.sign(secret, signed))
            messages.append(Message(f"footfall/1/{TENANT}/{unit.name}/{kind.name.lower()}", sealed))
        with self._lock:
            self._intake.take(messages, now_ms)
        return boot.hex()


def footfall(*words: str) -> str:
    """What a command of this computer says. Raises ToolError."""
    call = [sys.executable, "-c", "from tools.cli import main; main()", *words]
    done = subprocess.run(call, capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    if done.returncode:
        raise ToolError(f"footfall {' '.join(words[:3])}: {done.stderr.strip()}")
    return done.stdout
