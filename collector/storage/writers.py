"""Who commits: each process that may write files holds this lock together with the others, for as long as it lives.

Whoever can have it alone knows that no commit is under way, so that files which no manifest lists are nobody's.
"""

import fcntl
from pathlib import Path
from typing import IO

FILE_NAME = "writers.lock"


class Writers:
    """One process's hand on the lock of a collector's folder. It lets go when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._file: IO[bytes] | None = None

    def alone(self) -> bool:
        """Whether nobody else holds it; then nobody else gets it until `join` or `leave`. Raises OSError."""
        try:
            fcntl.flock(self._opened(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def join(self) -> None:
        """Hold it with the others. Waits while somebody has it alone. Raises OSError."""
        fcntl.flock(self._opened(), fcntl.LOCK_SH)

    def leave(self) -> None:
        """Let go."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = self._path.open("ab")
        return self._file
