"""New registries for tests, copied from one that the real migrations made: running them all takes longer than tests."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine


class Template:
    """Fills the new SQLite registry that `open_database` is about to migrate; all others are migrated as ever."""

    def __init__(self, folder: Path, migrate: Callable[[Engine], None]) -> None:
        self.migrate = migrate
        self._path = folder / "registry.sqlite"
        self._making = threading.Lock()

    def put(self, engine: Engine) -> None:
        """In place of `database._migrate`."""
        name = engine.url.database
        if engine.dialect.name == "sqlite" and name and Path(name) != self._path:
            with self._making, suppress(OSError):  # which the migrations meet too, and say
                self._fill(Path(name))
        self.migrate(engine)

    def _fill(self, path: Path) -> None:
        from collector.database import open_database

        if path.exists() and path.stat().st_size:
            return
        if not self._path.exists():
            open_database(f"sqlite:///{self._path}").dispose()  # who closes last, ends the write-ahead log
        path.write_bytes(self._path.read_bytes())
