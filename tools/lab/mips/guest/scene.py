"""What the host has put where, and what the machine is to play."""

from pathlib import Path

LAB = Path("/lab")
CONFIG = LAB / "sensor.uci"
STATE_DIR = LAB / "keys"
EPOCH = LAB / "epoch.bin"  # the epoch and its key, plain as a collector has it
COLLECTOR_KEY = LAB / "collector.key"
AIR = LAB / "air.pcap"

NAME, TENANT = "lab", "default"
EPOCH_NAME = "lab"
PORT = 1883
INTERFACE = "mon0"
RUN_DIR = Path("/tmp/footfall")  # noqa: S108 - a RAM file system of the machine's own
CODE_DIR = Path("/tmp/footfall-code")  # noqa: S108
COMPILED = LAB / "code"  # what the package's init script would have compiled there, and the emulator is slow at

TOKENS = 1000  # a window
WINDOWS = 2
WINDOW_S = 60  # longer than a unit's: an emulator on a busy host must keep up, and memory is that of the tokens
FRAMES_A_TOKEN = 2  # at most, for the same reason
SETTLE_S = 9  # for the clock to be believed
