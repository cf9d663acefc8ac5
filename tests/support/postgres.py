"""A real PostgreSQL of the tests' own: a cluster in a folder, on a free port of the loopback, gone afterwards."""

import getpass
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from brokers import free_port

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
OWNER = "postgres"  # the server refuses to run as root


class Postgres:
    """A running server. `database(name)` makes an empty database and gives its SQLAlchemy URL."""

    def __init__(self, folder: Path) -> None:
        assert BIN, "the fixture skips where PostgreSQL is absent"
        self.port = free_port()
        self._data = folder / "data"
        self._as = ["runuser", "-u", OWNER, "--"] if getpass.getuser() == "root" else []
        folder.mkdir(parents=True, exist_ok=True)
        if self._as:
            shutil.chown(folder, OWNER)
            for parent in folder.parents:  # pytest's folders are for root alone
                if parent.stat().st_mode & 0o005 != 0o005:
                    parent.chmod(parent.stat().st_mode | 0o011)
        self._run("initdb", "-D", str(self._data), "-U", OWNER, "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self._run("pg_ctl", "-D", str(self._data), "-l", str(folder / "log"), "-o", options, "-w", "start")

    def database(self, name: str) -> str:
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", OWNER, name)
        return f"postgresql+psycopg://{OWNER}@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        assert BIN
        command: Sequence[str] = [*self._as, str(BIN / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
