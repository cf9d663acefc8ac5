"""The one process that serves a collector: of two, each would cut off the other at the broker, for ever."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import SettingsError

FILE_NAME = "serve.lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; it is let go when the process ends, however it ends.

    Raises SettingsError where another process has it, or it cannot be had.
    """
    try:
        file = (folder / FILE_NAME).open("a+b")
    except OSError as exc:
        raise SettingsError(
            f"{folder / FILE_NAME} cannot be opened: {exc.strerror}. Look at who owns {folder}"
        ) from exc
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            file.seek(0)
            raise SettingsError(
                f"{folder} is served already, by process {file.read().decode(errors='replace') or 'unknown'}; stop "
                "that one first, or leave it running: footfall collector status shows what it takes"
            ) from exc
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        yield
