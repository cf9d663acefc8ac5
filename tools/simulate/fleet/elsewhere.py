"""A run against a collector and broker that somebody else has started."""

import secrets
from pathlib import Path

from collector import folder as folders
from collector.brokering import identities
from tools.errors import ToolError
from tools.load import descriptors
from tools.load.enrolling import enrol
from tools.load.line import Broker
from tools.simulate.fleet import run
from tools.simulate.fleet.outcome import Outcome
from tools.simulate.fleet.plan import FleetPlan
from tools.simulate.fleet.troupe import Look, Target


def play(plan: FleetPlan, broker: str, home: Path, folder: Path, look: Look) -> Outcome:
    """Register the sensors in that collector's folder, under names of this run, and let them send. Raises ToolError."""
    host, _, port = broker.rpartition(":")
    if not host or not port.isdecimal():
        raise ToolError(f"--broker: '{broker}' will not do; HOST:PORT is wanted")
    opened = folders.open_folder(home)
    try:
        if not opened.settings.simulated:
            raise ToolError(
                f"{home} is no collector of simulated sensors, and made-up sightings must not get among real ones: "
                "make one for this with `footfall collector init --set simulated=true`"
            )
        descriptors.allow(plan.sensors)
        members = enrol(home, folder / "sensors", plan.sensors, f"sim-{secrets.token_hex(3)}")
        target = Target(Broker(host, int(port), str(identities.of_ingest(home).authority)), run.TENANT, members)
        return run.play(plan, target, opened, folder, look)
    finally:
        opened.close()
