"""Processor time of another process and of its children: on a busy machine it tells more than a clock does."""

import os
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Meter:
    """What a process has spent since this was made."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before_s = cpu_s(pid)

    def spent_us(self) -> float:
        """Microseconds, user and system."""
        return (cpu_s(self._pid) - self._before_s) * 1e6


def cpu_s(pid: int) -> float:
    """User and system time of a process, with all its threads, so far (proc(5), stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S
