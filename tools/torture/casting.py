"""Casting: the sensors of a stage, enrolled with its collector, each a part that somebody may start."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.run.child import Child, module

from . import enrolment, tape
from .cast import Cast
from .parts import Part
from .senders import Job

HEALTH_S = 1  # how often a unit says how it is


@dataclass(frozen=True, slots=True)
class Casting:
    """Makes parts. journals: where senders and units note what they emit; broker_port: where they find the broker."""

    folder: Path
    cast: Cast
    journals: Path
    broker_port: int

    def offices(self) -> list[Part]:
        """Processes of light senders."""
        names = [f"light-{number:04d}" for number in range(self.cast.senders)]
        count = min(self.cast.processes, self.cast.senders)
        return [self._office(index, names[index::count]) for index in range(count)]

    def wholes(self) -> list[Part]:
        """Sensors that play captures to their ends."""
        return [self._whole(f"whole-{number}") for number in range(self.cast.whole)]

    def units(self, interfaces: Sequence[str]) -> list[Part]:
        """Sensors that listen to these."""
        return [self._unit(f"unit-{number}", interface) for number, interface in enumerate(interfaces)]

    def _office(self, index: int, names: list[str]) -> Part:
        cast = self.cast
        uci = tuple(str(self._enrol(name)) for name in names)
        share = cast.batches_a_s * len(names) / cast.senders
        job = Job(uci, str(self.journals), cast.seed + index, share, cast.poison_every)
        path = self.folder / f"job-{index}.json"
        job.write(path)
        command = module("tools.torture.senders", str(path))
        log = self.folder / f"senders-{index}.log"
        return Part("sensor", f"senders {index}", lambda: Child(f"senders {index}", command, log), tuple(names))

    def _whole(self, name: str) -> Part:
        uci = self._enrol(name, rate_per_s=0, health_s=1, window_s=5)
        capture = tape.write(self.folder / f"{name}.pcap", time.time(), self.cast.seed)
        command = module("footfall_sensor", "run", "--config", str(uci), "--capture", str(capture), "--json")
        command += [f"--speed={tape.SPEED}", "--patience-s=600"]
        return Part("sensor", name, lambda: Child(name, command, self.folder / f"{name}.log"), endless=False)

    def _unit(self, name: str, interface: str) -> Part:
        stamp = self.folder / "clock"
        stamp.write_text("stratum 2 0\n", encoding="ascii")  # NTP has set the clock: no need to watch it for a while
        by = {"clock": "ntp", "clock_file": str(stamp), "prometheus_dir": str(self.folder / "none")}
        uci = self._enrol(name, interface=interface, window_s=5, health_s=HEALTH_S, **by)
        command = module("tools.torture.unit", str(uci), str(self.journals))
        log = self.folder / f"{name}.log"
        return Part("unit", name, lambda: Child(name, command, log), (name,))

    def _enrol(self, name: str, **options: int | str) -> Path:
        cast = self.cast
        chosen: dict[str, int | str] = {"keepalive_s": cast.keepalive_s, "ack_timeout_s": cast.ack_timeout_s}
        chosen |= {"spool_kib": cast.spool_kib, "health_s": cast.health_s, **options}
        return enrolment.enrol(self.folder, name, self.broker_port, chosen)
