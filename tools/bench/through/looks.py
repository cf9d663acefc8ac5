"""Looks at something while it goes on."""

import threading
from collections.abc import Callable


class Looks:
    """A thread that looks so often, every so many seconds, from `start` on; what is left of it `stop` does at once."""

    def __init__(self, look: Callable[[], object], times: int, every_s: float) -> None:
        self._look, self._times, self._every_s = look, times, every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="looks")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Wait for its end, if it has begun."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        for _ in range(self._times):
            self._ended.wait(self._every_s)
            self._look()
