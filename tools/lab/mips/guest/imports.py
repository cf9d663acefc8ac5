"""What the sensor's imports take, one after the other in one process: each is charged with what it imports first."""

import importlib
import sys

from . import meter

# In the order in which the sensor comes to them; the last three are what only its other commands want.
MODULES = (
    "re",
    "dataclasses",
    "enum",
    "typing",
    "pathlib",
    "socket",
    "hashlib",
    "json",
    "subprocess",
    "tempfile",
    "logging",
    "uuid",
    "urllib.parse",
    "ssl",
    "footfall_sensor.client",
    "msgpack",
    "footfall_sensor.live",
    "urllib.request",
    "argparse",
    "footfall_sensor.commands",
)


def main() -> None:
    """Say it."""
    cost = {}
    for name in MODULES:
        known, kib = len(sys.modules), meter.memory_kib()["VmRSS"]
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        cost[name] = {"kib": meter.memory_kib()["VmRSS"] - kib, "modules": len(sys.modules) - known}
    meter.say("imports", modules=cost)


if __name__ == "__main__":
    main()
