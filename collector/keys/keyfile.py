"""A secret in a file of its own: made once however many processes want it at a time, and destroyed for good."""

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from ..durable import make_folder, sync_folder

KEY_BYTES = 32
UNFINISHED_S = 60  # a key that a process was making so long ago will not be finished


def create(path: Path, content: bytes) -> None:
    """Keep a key in a new file, whole and for its owner alone. Raises FileExistsError, OSError."""
    make_folder(path.parent, 0o700)
    partial = path.with_suffix(f".{os.getpid()}.new")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    try:
        os.link(partial, path)  # unlike a rename, fails where one is there
    except FileExistsError:
        destroy(partial)
        raise
    partial.unlink()
    sync_folder(path.parent)


def make(path: Path, content: bytes | None = None) -> bytes:
    """The key in `path`: new, random unless given, or another process's that was first. Raises OSError."""
    with suppress(FileExistsError):
        create(path, secrets.token_bytes(KEY_BYTES) if content is None else content)
    return path.read_bytes()


def destroy(path: Path) -> None:
    """Overwrite, sync, delete, sync. What a disk keeps of overwritten blocks by itself is beyond a program's reach."""
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def sweep(path: Path) -> None:
    """Destroy a key whose maker was killed, unless it is whole and in use under its final name too."""
    with suppress(FileNotFoundError):  # it was finished in between
        found = path.stat()
        if time.time() - found.st_mtime > UNFINISHED_S:
            if found.st_nlink > 1:
                path.unlink()
            else:
                destroy(path)
