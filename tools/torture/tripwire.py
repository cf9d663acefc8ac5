"""The tripwire: counts every step by which the store makes something durable, and ends the process before the nth.

With `power` it also takes back what a power cut could: data that was not synced is cut in half, and names in folders
that were not synced are gone. SQLite's own files are left alone: it is trusted with its own syncs.
"""

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sqlalchemy import Engine, event

NEVER = 0
PATCHED = ("fsync", "rename", "unlink", "mkdir")


@dataclass(slots=True)
class Tripwire:
    """One per process: what it patches stays patched."""

    at: int = NEVER  # the step before which the process ends, from 1
    power: bool = False
    steps: list[str] = field(default_factory=list)
    _real: dict[str, Callable[..., Any]] = field(default_factory=lambda: {name: getattr(os, name) for name in PATCHED})
    _unsynced: set[Path] = field(default_factory=set)  # files with data that no fsync has covered
    _unnamed: dict[Path, set[Path]] = field(default_factory=dict)  # by folder: new names that no fsync has covered

    def step(self, what: str) -> None:
        """One more step is about to be taken; perhaps it never is."""
        self.steps.append(what)
        if len(self.steps) == self.at:
            if self.power:
                self._forget()
            os.kill(os.getpid(), signal.SIGKILL)

    def stretch(self, engine: Engine) -> None:
        """Put the wire across os, pyarrow's writer and the database."""
        for name, real in self._real.items():
            setattr(os, name, self._stepped(name, real))
        write_table = pq.write_table

        def write(table: Any, file: Any, **options: Any) -> None:
            self.step("write")
            self._unsynced.add(Path(file.name))
            self._named(Path(file.name))
            write_table(table, file, **options)
            self.step("flush")

        pq.write_table = write
        event.listen(engine, "before_cursor_execute", lambda *told: self.step(f"sql {told[2].split()[0].lower()}"))
        event.listen(engine, "commit", lambda _connection: self.step("commit"))

    def _stepped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.step(name)
            done = real(*arguments, **options)
            self._note(name, *arguments)
            return done

        return call

    def _note(self, name: str, *arguments: Any) -> None:
        if name == "fsync":
            path = Path(f"/proc/self/fd/{arguments[0]}").readlink()
            self._unsynced.discard(path)
            self._unnamed.pop(path, None)
        elif name == "rename":
            before, after = Path(arguments[0]), Path(arguments[1])
            if before in self._unsynced:
                self._unsynced.add(after)
            self._unsynced.discard(before)
            self._named(after)
        elif name == "mkdir":
            self._named(Path(arguments[0]))

    def _named(self, path: Path) -> None:
        self._unnamed.setdefault(path.parent, set()).add(path)

    def _forget(self) -> None:
        """What a power cut may take."""
        for name, real in self._real.items():
            setattr(os, name, real)
        for path in self._unsynced:
            if path.exists():
                with path.open("r+b") as file:
                    file.truncate(path.stat().st_size // 2)
        for path in (path for names in self._unnamed.values() for path in names):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.exists():
                path.unlink()
