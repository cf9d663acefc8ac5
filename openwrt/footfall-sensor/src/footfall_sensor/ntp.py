"""What NTP says of the wall clock: OpenWrt's daemon runs a script of ours, which leaves a line in a file.

The script is files/footfall.ntp in the package's folder (/etc/hotplug.d/ntp/60-footfall on a unit). The line is
`ACTION STRATUM OFFSET`, the offset in seconds; the file is absent while the daemon has no peer.
"""

import os
from pathlib import Path

HOTPLUG = Path("/etc/hotplug.d/ntp")


def expected() -> bool:
    """Whether this machine's NTP daemon runs such scripts: OpenWrt's does, others do not."""
    return HOTPLUG.is_dir()


def vouches(clock: str) -> bool:
    """Whether the option `clock` (auto, ntp or system) means that NTP must have set it."""
    return expected() if clock == "auto" else clock == "ntp"


def stamp(path: str) -> int:
    """A number that changes whenever the script was run; 0 where the daemon has no peer."""
    try:
        return os.stat(path).st_mtime_ns or 1
    except OSError:
        return 0


def offset_ms(path: str) -> int | None:
    """How far the clock was from NTP's when the script was run last, or None where that is not said."""
    try:
        return parse_offset_ms(Path(path).read_text(encoding="ascii", errors="replace"))
    except OSError:
        return None


def parse_offset_ms(text: str) -> int | None:
    """The offset in the file's text."""
    words = text.split()
    try:
        return round(float(words[2]) * 1000)
    except (IndexError, ValueError, OverflowError):
        return None
