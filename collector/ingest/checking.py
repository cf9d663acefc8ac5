"""Checking: whose messages these are, found out on several cores. Verifying a signature lets go of Python's lock."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from ..admission.door import Arrived, Refused

Checked = Arrived | Refused
THREADS_MAX = 4  # what else there is to do for a message needs the lock: more would wait for each other
SHARE_MIN = 8  # messages a thread: to wake it costs as much as to check one


class Checking:
    """The door's check of many messages, each by itself, in this thread and in others."""

    def __init__(self, check: Callable[[str, bytes], Checked], threads: int = 0) -> None:
        """threads: how many work on it, this one among them; 0 = as many as there are cores, at most THREADS_MAX."""
        self._check = check
        self._threads = threads or min(THREADS_MAX, os.cpu_count() or 1)

    @cached_property
    def _others(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max(1, self._threads - 1), thread_name_prefix="checking")

    def all(self, messages: Sequence[tuple[str, bytes]]) -> list[Checked]:
        """What the door says of each, in their order."""
        threads = min(self._threads, len(messages) // SHARE_MIN)
        if threads <= 1:
            return self._some(messages)
        shares = [messages[place::threads] for place in range(threads)]
        others = [self._others.submit(self._some, share) for share in shares[1:]]
        found = [self._some(shares[0]), *(other.result() for other in others)]
        return [found[place % threads][place // threads] for place in range(len(messages))]

    def _some(self, messages: Sequence[tuple[str, bytes]]) -> list[Checked]:
        return [self._check(topic, payload) for topic, payload in messages]
