"""The renewal of a unit's certificate, watched by the running agent and done by a process of its own.

Enrolling wants HTTP and more, which an agent that runs for months need not hold in memory; so once a day, from two
thirds of the certificate's life on, a child asks, writes the new one and ends. A new connection takes it up.
"""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from . import membership

INTERVAL_S = 24 * 3600.0
EXPIRED_INTERVAL_S = 3600.0
FIRST_S_MAX = 3600.0  # after the start: a fleet whose power comes back together does not ask together


class Renewal:
    """Call `look` now and then. chance: 0 to 1, when in the first hour it looks first."""

    def __init__(
        self,
        folder: Path,
        command: Sequence[str],
        now_s: Callable[[], float],
        wall_ms: Callable[[], int],
        chance: float,
    ) -> None:
        self._folder = folder
        self._command = command
        self._now_s = now_s
        self._wall_ms = wall_ms
        terms = membership.read(folder)
        expired = terms is not None and 0 < terms.ends_ms <= wall_ms()
        self._due_s = now_s() + (0.0 if expired else chance * FIRST_S_MAX)
        self._child: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Ask for a new certificate where it is time to."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        now_s = self._now_s()
        if self._child is not None or now_s < self._due_s:
            return
        terms = membership.read(self._folder)
        wall_ms = self._wall_ms()
        if terms is None or not terms.renew_ms or wall_ms < terms.renew_ms:
            self._due_s = now_s + EXPIRED_INTERVAL_S  # reading a file costs nothing; asking does
            return
        self._due_s = now_s + (INTERVAL_S if wall_ms < terms.ends_ms else EXPIRED_INTERVAL_S)
        try:
            self._child = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        except OSError:
            self._child = None  # no memory for a process just now: asked again later
