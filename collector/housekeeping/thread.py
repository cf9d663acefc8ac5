"""Threads as the kernel knows them: by a name, and by how readily they leave the processors to others."""

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

# A thread that is held off while it holds Python's lock holds up whoever waits for the lock: at 10 it still gets about
# a tenth of a core that others want (sched(7)), at 19 a sixtieth.
NICE = 10
PR_SET_NAME = 15  # prctl(2); Python names its threads for itself alone before 3.14


def behind(name: str, do: Callable[..., object], *args: object) -> None:
    """Run this in the calling thread, which from now on takes only processor time that nobody else wants.

    On Linux niceness is a thread's own, and what it starts inherits it, DuckDB's threads among them. Elsewhere nothing
    changes. name: at most 15 bytes, as in /proc/PID/task/*/comm.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode())
        with suppress(OSError):  # a sandbox that forbids it: then it is as before
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
    do(*args)
