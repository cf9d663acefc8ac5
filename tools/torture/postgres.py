"""A real PostgreSQL of its own: a cluster in a folder, on a free port of the loopback, gone afterwards."""

import getpass
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tools.run import broker

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)  # None: it is not installed
OWNER = "postgres"  # the server refuses to run as root
GONE_WAIT_S = 20.0


class Postgres:
    """A running server. `database(name)` makes an empty database and gives its SQLAlchemy URL."""

    def __init__(self, folder: Path, *, fsync: bool = False) -> None:
        """fsync: False is faster, and good for whatever does not end the server."""
        self.port = broker.free_port()
        self._folder = folder
        self._data = folder / "data"
        self._fsync = fsync
        self._as = ["runuser", "-u", OWNER, "--"] if getpass.getuser() == "root" else []
        folder.mkdir(parents=True, exist_ok=True)
        if self._as:
            shutil.chown(folder, OWNER)
            for parent in folder.parents:  # temporary folders are for root alone
                if parent.stat().st_mode & 0o005 != 0o005:
                    parent.chmod(parent.stat().st_mode | 0o011)
        self._run("initdb", "-D", str(self._data), "-U", OWNER, "-A", "trust", "--no-sync", "-E", "UTF8")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it takes connections; after a crash it recovers first."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        options += "" if self._fsync else " -c fsync=off"
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self._folder / "log"), "-o", options, "-w", "start")

    def database(self, name: str) -> str:
        """An empty database."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", OWNER, name)
        return f"postgresql+psycopg://{OWNER}@127.0.0.1:{self.port}/{name}"

    def stop(self, mode: str = "immediate") -> None:
        """End it; fast: transactions are rolled back and all is written; immediate: as a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "stop")

    def kill(self) -> None:
        """SIGKILL to the server and each of its processes."""
        first = int((self._data / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
        os.kill(first, signal.SIGSTOP)  # it would end the others in order
        for process in (*map(int, children), first):
            os.kill(process, signal.SIGKILL)
        give_up_s = time.monotonic() + GONE_WAIT_S
        while Path(f"/proc/{first}").exists() and time.monotonic() < give_up_s:
            time.sleep(0.02)

    def _run(self, program: str, *arguments: str) -> None:
        assert BIN, "whoever calls has looked whether it is installed"
        command: Sequence[str] = [*self._as, str(BIN / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
