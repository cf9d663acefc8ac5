"""New registries for tests, copied from one that the real migrations made: running them all takes longer than tests."""

import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine


class Template:
    """Puts a copy where `open_database` is about to make a new SQLite registry; all others are migrated as ever."""

    def __init__(self, folder: Path, migrate: Callable[[Engine], None]) -> None:
        self.migrate = migrate
        self._path = folder / "registry.sqlite"
        self._making = threading.Lock()

    def put(self, engine: Engine) -> None:
        """In place of `database._migrate`."""
        name = engine.url.database
        if engine.dialect.name == "sqlite" and name and not Path(name).exists() and Path(name) != self._path:
            with suppress(OSError):  # then the migrations meet it too, and say so
                self._copy(Path(name))
        self.migrate(engine)

    def _copy(self, to: Path) -> None:
        from collector.database import open_database

        with self._making:
            if not self._path.exists():
                open_database(f"sqlite:///{self._path}").dispose()  # who closes last, ends the write-ahead log
        partial = to.with_name(f"{to.name}.{threading.get_ident()}")
        try:
            shutil.copyfile(self._path, partial)
            os.link(partial, to)  # never over one that somebody made meanwhile
        finally:
            partial.unlink(missing_ok=True)
