"""Processor time and memory of other processes: on a busy machine the first tells more than a clock does (proc(5))."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Meter:
    """What a process, or its threads of one name, has spent since this was made."""

    def __init__(self, pid: int, thread: str = "") -> None:
        """thread: as the kernel calls it, at most 15 letters; what ended before `spent_us` is not in it."""
        self._pid, self._thread = pid, thread
        self._before_s = self._now_s()

    def spent_us(self) -> float:
        """Microseconds, user and system."""
        return (self._now_s() - self._before_s) * 1e6

    def _now_s(self) -> float:
        return threads_cpu_s(self._pid, self._thread) if self._thread else cpu_s(self._pid)


class TreeMeter:
    """What a process and all that descend from it have spent since this was made, and their memory at its highest."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.rss_mib_max = 0.0
        self._before_s = {one: cpu_s(one) for one in tree(pid)}
        self._now_s = dict(self._before_s)

    def look(self) -> None:
        """Take note of them; one that has ended keeps what it had at the last look."""
        rss_bytes = 0
        for one in tree(self._pid):
            try:
                self._now_s[one] = cpu_s(one)
                rss_bytes += _rss_bytes(one)
            except OSError:  # it has just ended
                continue
        self.rss_mib_max = max(self.rss_mib_max, rss_bytes / (1 << 20))

    @property
    def spent_s(self) -> float:
        """Processor seconds up to the last look."""
        return sum(now_s - self._before_s.get(one, 0.0) for one, now_s in self._now_s.items())


def cpu_s(pid: int) -> float:
    """User and system time of a process, with all its threads, so far (stat, fields 14 and 15). Raises OSError."""
    return _spent_s(Path(f"/proc/{pid}/stat"))


def cpu_with_waited_s(pid: int) -> float:
    """The same and of the programs that it has waited for (fields 16 and 17). Raises OSError."""
    return _spent_s(Path(f"/proc/{pid}/stat"), 4)


def threads_cpu_s(pid: int, name: str) -> float:
    """The same of a process's threads of this name that live. Raises OSError."""
    found = 0.0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            if (task / "comm").read_text(encoding="utf-8").rstrip("\n") == name:
                found += _spent_s(task / "stat")
    return found


def _spent_s(stat: Path, times: int = 2) -> float:
    fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11 : 11 + times])) * TICK_S


def tree(pid: int) -> Iterator[int]:
    """A process and its descendants, as far as they live."""
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return
    for task in tasks:
        try:
            children = (task / "children").read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from tree(int(child))


def _rss_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
