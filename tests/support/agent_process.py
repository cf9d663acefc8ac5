"""A real agent in a process of its own, as a unit runs it: started as a program, restarted by itself in place.

Started as a program: a file with the seconds of probation, then the agent's own words. The probation and the pauses
between attempts to connect are shorter than a unit's; nothing else differs. There is no radio: the agent says that it
is gone. Where `root` is given, what OpenWrt and root's helper leave for the agent lies below that folder.
"""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

from footfall_sensor import config_file, keys, signing
from footfall_sensor.config import Config

ROOT = "FOOTFALL_TEST_ROOT"


class AgentProcess:
    """An agent on `folder`: its file /footfall, its state in etc, the rest in run."""

    def __init__(
        self,
        folder: Path,
        chosen: Config,
        collector: keys.PublicKey,
        probation_s: float = 15.0,
        root: Path | None = None,
    ) -> None:
        self.path = folder / "footfall"
        self.config = chosen
        self._probation = folder / "probation"
        self.secret = signing.Cryptography().generate()
        (folder / "etc").mkdir(parents=True, exist_ok=True)
        self.be_patient(probation_s)
        keys.write_secret(chosen.key_path, self.secret)
        chosen.collector_key_path.write_text(collector.text())
        self.path.write_text(config_file.render(chosen))
        self._environment = {**os.environ, ROOT: str(root)} if root else None
        self._process: subprocess.Popen[bytes] | None = None

    def be_patient(self, probation_s: float) -> None:
        """Change the probation, from the next start on."""
        self._probation.write_text(str(probation_s))

    def start(self) -> None:
        command = [sys.executable, __file__, str(self._probation), "run", "--config", str(self.path)]
        with (self.path.parent / "agent.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=self._environment)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As a power cut would: what is on disk stays, and nothing else."""
        if self._process:
            self._process.kill()
            self._process.wait(20)

    def status(self) -> dict[str, Any]:
        """What it said of itself last; empty before its first word."""
        try:
            said: dict[str, Any] = json.loads(self.config.status_path.read_text())
        except FileNotFoundError:
            return {}
        return said

    @property
    def log(self) -> str:
        return (self.path.parent / "agent.log").read_text()


def _main() -> int:
    from footfall_sensor import __main__ as program
    from footfall_sensor import agent, firmware, settings, uplink
    from footfall_sensor.upgrading import Upgrading

    settings.PROBATION_S = float(Path(sys.argv[1]).read_text())
    if ROOT in os.environ:
        root = Path(os.environ[ROOT])
        firmware.ROOT = root
        helper, verdict = root / "etc/footfall-release.pub", root / "var/footfall-upgrade/verdict"
        agent.Upgrading = partial(Upgrading, helper=helper, verdict=verdict)  # type: ignore[assignment, misc]
    uplink.RETRY_S_MIN, uplink.RETRY_S_MAX = 0.1, 0.5
    return program.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(_main())
