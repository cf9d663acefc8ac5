"""The processes of a stage: each can be started, killed as a power cut would, and started again."""

import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from collector.ingest import crew
from tools.run.child import Child


@dataclass(slots=True)
class Part:
    """One process of the stage. `own_ends`: how often it ended without being killed."""

    kind: str  # sensor, unit, broker or collector
    name: str
    launch: Callable[[], Child]
    sensors: tuple[str, ...] = ()  # whose batches it emits
    endless: bool = True  # False: its end is no fault, it has played its captures
    child: Child | None = None
    kills: int = 0
    own_ends: int = 0
    rss_mib_max: float = 0.0
    last_words: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.child is None or self.child.exit_code is not None:
            self.child = self.launch()

    def kill(self) -> None:
        """SIGKILL."""
        self.weigh()
        if self.child is not None:
            self.child.kill()
            self.child = None
            self.kills += 1

    def stop(self) -> None:
        """SIGTERM, and insist."""
        self.weigh()
        if self.child is not None:
            self.child.stop()
            self.child = None

    def revive(self) -> None:
        """What an init system does: start it again where it has ended by itself."""
        if self.child is not None and self.child.exit_code is not None:
            if self.endless:
                self.own_ends += 1
                self.last_words.append(self.child.last_words(1))
            self.start()

    def order(self, number: signal.Signals) -> None:
        """Send a signal, where it runs."""
        if self.child is not None and self.child.exit_code is None:
            os.kill(self.child.pid, number)

    def weigh(self) -> None:
        """Note its peak of resident memory."""
        if self.child is not None and self.child.exit_code is None:
            self.rss_mib_max = max(self.rss_mib_max, peak_rss_mib(self.child.pid))


@dataclass(slots=True)
class Hand:
    """A worker of the collector's: the collector starts it, also again, and ends it; here it can only be killed."""

    home: Path  # the collector's folder
    number: int
    kind: str = "worker"
    sensors: tuple[str, ...] = ()
    kills: int = 0
    own_ends: int = 0
    rss_mib_max: float = 0.0

    @property
    def pid(self) -> int:
        """Its process, as it shows itself; 0 where none runs."""
        try:
            shown = int(json.loads(crew.path_of(self.home, self.number).read_bytes())["pid"])
            words = Path(f"/proc/{shown}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError, KeyError):
            return 0
        return shown if b"collector.service.worker" in words and os.fsencode(self.home) in words else 0

    def start(self) -> None:
        """The collector does."""

    def kill(self) -> None:
        """SIGKILL."""
        self.weigh()
        with suppress(ProcessLookupError):
            if pid := self.pid:
                os.kill(pid, signal.SIGKILL)
                self.kills += 1

    def weigh(self) -> None:
        """Note its peak of resident memory."""
        if pid := self.pid:
            self.rss_mib_max = max(self.rss_mib_max, peak_rss_mib(pid))


def peak_rss_mib(pid: int) -> float:
    """VmHWM of a process; 0 where it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
