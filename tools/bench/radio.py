"""From a packet socket to a window at full speed: our listener, a plain recv loop and scapy's sniffer on one TAP."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.bench.measure import Tick
from tools.bench.result import Figure, Group, Line, Target, rounded
from tools.errors import ToolError

SCAPY_SPEEDUP_MIN = 20.0
TUN = Path("/dev/net/tun")


@dataclass(frozen=True, slots=True)
class RadioResult:
    """Probe requests a second, medians over the rounds in which none was lost."""

    frames_per_s: float
    dropped: int  # by the kernel, in a last run at that rate
    recv_frames_per_s: float
    scapy_frames_per_s: float
    rounds: int

    def figures(self) -> dict[str, Figure]:
        """See result.Result."""
        return rounded(asdict(self) | {"scapy_speedup": self.scapy_speedup})

    @property
    def scapy_speedup(self) -> float:
        """How many times scapy's rate ours is."""
        return self.frames_per_s / self.scapy_frames_per_s

    def groups(self) -> tuple[Group, ...]:
        """See result.Result."""
        lines = (
            Line("Footfall", self.frames_per_s),
            Line("plain recv loop", self.recv_frames_per_s),
            Line("scapy's sniffer", self.scapy_frames_per_s),
        )
        return (Group("sustained without a lost frame, frames a second", lines),)

    def targets(self) -> tuple[Target, ...]:
        """See result.Result."""
        return (
            Target("times scapy's frames a second, at least 20", self.scapy_speedup, SCAPY_SPEEDUP_MIN, at_most=False),
            Target("frames dropped by the kernel at our rate, at most 0", self.dropped, 0, at_most=True),
        )

    def notes(self) -> tuple[str, ...]:
        """See result.Result."""
        return (
            f"Probe requests on a TAP device of type radiotap, {self.rounds} rounds in turns; a rate counts if the "
            "kernel dropped nothing and every frame came through. Footfall and the recv loop go on to the window; "
            "scapy reads the sender's address. A radio hands over a few hundred frames a second at most.",
        )


def obstacle() -> str:
    """Why this cannot be measured here, as a sentence; "" where it can."""
    if os.geteuid():
        return "the radio benchmark makes a network interface, which only root may: try sudo"
    if not TUN.exists():
        return f"the radio benchmark needs {TUN}: load the kernel module tun (modprobe tun)"
    return ""


def measure(rounds: int, tick: Tick) -> RadioResult:
    """Let all three listen in turns, in a network namespace of its own. Raises ToolError."""
    if says := obstacle():
        raise ToolError(says)
    command = ["unshare", "--net", sys.executable, "-m", "tools.bench.radio_work", str(rounds)]
    found: dict[str, float] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as work:
        assert work.stdout is not None
        assert work.stderr is not None
        for line in work.stdout:
            found = json.loads(line)
            if "round" in found:
                tick()
        words = work.stderr.read().strip().splitlines()
    if work.returncode or "frames_per_s" not in found:
        raise ToolError(f"the radio benchmark failed: {words[-1] if words else 'it said nothing'}")
    return RadioResult(
        frames_per_s=found["frames_per_s"],
        dropped=int(found["dropped"]),
        recv_frames_per_s=found["recv_frames_per_s"],
        scapy_frames_per_s=found["scapy_frames_per_s"],
        rounds=rounds,
    )
