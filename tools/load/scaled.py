"""The scaled deployment on one machine, all as processes: the stage with PostgreSQL and an S3 server.

The S3 server is moto's, which keeps its objects in memory: it shows that everything works together, and nothing of
how fast an object store is.
"""

import os
from pathlib import Path

from collector.options.settings import Settings
from tools.errors import ToolError
from tools.load.stage import USUAL, Stage
from tools.torture import buckets, postgres
from tools.torture.object_store import CREDENTIALS, ObjectStore
from tools.torture.postgres import Postgres


def obstacle() -> str:
    """What is missing here, as a sentence; empty where nothing is."""
    if postgres.BIN is None:
        return "PostgreSQL is not installed. Type: apt-get install postgresql"
    if not buckets.can_serve():
        return "moto's server is not installed. Type: pip install 'moto[server]'"
    return ""


class ScaledStage(Stage):
    """A stage whose registry is in PostgreSQL and whose files are in a bucket. Raises ToolError where it cannot be."""

    def __init__(self, folder: Path, sensors: int, settings: Settings = USUAL) -> None:
        super().__init__(folder, sensors, settings)
        if says := obstacle():
            raise ToolError(says)

    def _start(self) -> None:
        database = Postgres(self.folder / "postgresql")
        self.until_stopped(database.stop)
        store = ObjectStore(self.folder / "moto")
        self.until_stopped(store.close)
        self._know_credentials()
        places = {"database_url": database.database("footfall"), "store_url": store.url("scaled")}
        self._said = self._said.model_copy(update=places)
        super()._start()

    def _know_credentials(self) -> None:
        """In the environment, where this process and the collectors look for them; as before afterwards."""
        before = {name: os.environ.get(name) for name in CREDENTIALS}
        os.environ.update(CREDENTIALS)

        def forget() -> None:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

        self.until_stopped(forget)
