"""What the host has put where, and what the machine is to play."""

from pathlib import Path

LAB = Path("/lab")
CONFIG = LAB / "sensor.uci"
STATE_DIR = LAB / "keys"
EPOCH = LAB / "epoch.bin"  # the message that brings the epoch key, sealed by the host
AIR = LAB / "air.pcap"

NAME, TENANT = "lab", "default"
PORT = 1883
INTERFACE = "mon0"
RUN_DIR = Path("/tmp/footfall")  # noqa: S108 - a RAM file system of the machine's own
CODE_DIR = Path("/tmp/footfall-code")  # noqa: S108
SOURCES = Path("/usr/lib/footfall")

TOKENS = 1000  # a window
WINDOWS = 2
WINDOW_S = 10  # shorter than a unit's: the memory is that of the tokens, and nobody wants to wait
SETTLE_S = 9  # for the clock to be believed, and the key to be taken
IDLE_S = 5
