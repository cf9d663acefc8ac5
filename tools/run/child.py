"""A child process of ours: started with its output in a file, watched, stopped, and quoted when it fails."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..errors import ToolError

STOP_WAIT_S = 20.0


class Child:
    """A running program. `name` is what messages call it."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start it. environment: beside this process's. Raises ToolError where it cannot be started."""
        self.name = name
        self.log = log
        try:
            with log.open("wb") as output:
                self._process = subprocess.Popen(
                    command,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    env={**os.environ, **(environment or {})},
                )
        except OSError as exc:
            raise ToolError(f"{name} cannot be started ({command[0]}): {exc.strerror}") from exc

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def last_words(self, lines: int = 3) -> str:
        """The end of what it printed."""
        said = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return " / ".join(said[-lines:]) or "it said nothing"

    def check(self) -> None:
        """Raise ToolError, quoting it, if it has ended."""
        if self.exit_code is not None:
            raise ToolError(f"{self.name} has ended unexpectedly: {self.last_words()}")

    def wait(self, wait_s: float) -> int | None:
        """Its exit code, or None if it still runs after `wait_s`."""
        try:
            return self._process.wait(wait_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Ask it to end, and insist after STOP_WAIT_S."""
        if self.exit_code is None:
            self._process.terminate()
            if self.wait(STOP_WAIT_S) is None:
                self.kill()

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        self._process.kill()
        self._process.wait()


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a Python module with this interpreter."""
    return [sys.executable, "-m", name, *arguments]


def wait_until(ready: Callable[[], bool], child: Child, wait_s: float, what: str) -> None:
    """Call `ready()` until it is true. Raises ToolError when the child ends or the time is over."""
    give_up_s = time.monotonic() + wait_s
    while not ready():
        child.check()
        if time.monotonic() > give_up_s:
            raise ToolError(f"{what} did not come up within {wait_s:.0f} s: {child.last_words()}")
        time.sleep(0.05)
