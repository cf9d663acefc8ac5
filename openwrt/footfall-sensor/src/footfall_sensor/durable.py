"""Small files that are there whole: in their old state or in their new one."""

import os
from collections.abc import Callable
from pathlib import Path


def replace(path: Path, content: bytes, mode: int, ready: Callable[[Path], None] | None = None) -> None:
    """Write a file anew, also through a power cut: aside, synced, renamed, and the folder synced. Raises OSError.

    ready: what is done to the new file before it takes its place.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _beside(path)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    try:
        while content:
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if ready is not None:
        ready(partial)
    os.replace(partial, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def show(path: Path, text: str) -> None:
    """Write a file for whoever looks at it, in memory or not worth a sync: a reader never sees half. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _beside(path)
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".new")
