"""An S3 server for torture and tests: moto's, in a process of its own.

It forgets its buckets when it ends; one that goes away and comes back whole is played by a proxy in front of it
(tools.torture.proxy).
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from pyarrow import fs

from ..run.broker import HOST, free_port
from .errors import TortureError

SERVER, BUCKET = "moto_server", "footfall"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDOFTESTS", "AWS_SECRET_ACCESS_KEY": "secret-of-tests-only"}
START_WAIT_S = 60.0


class ObjectStore:
    """A running server with one bucket."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        server = Path(sys.executable).with_name(SERVER)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "moto.log").open("ab") as log:
            command = [str(server), "-H", HOST, "-p", str(self.port)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **CREDENTIALS})
        give_up_s = time.monotonic() + START_WAIT_S
        while True:
            try:
                socket.create_connection((HOST, self.port)).close()
                break
            except OSError:
                if self._process.poll() is not None or time.monotonic() > give_up_s:
                    raise TortureError(f"{server} does not start; see {folder / 'moto.log'}") from None
                time.sleep(0.05)
        self.files.create_dir(BUCKET)

    @property
    def files(self) -> fs.S3FileSystem:
        """As somebody sees it who has all rights."""
        return fs.S3FileSystem(
            access_key=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            secret_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region="us-east-1",
            scheme="http",
            endpoint_override=f"{HOST}:{self.port}",
            allow_bucket_creation=True,
        )

    def url(self, prefix: str, port: int = 0) -> str:
        """As the setting store_url has it."""
        return f"s3://{BUCKET}/{prefix}?region=us-east-1&scheme=http&endpoint_override={HOST}:{port or self.port}"

    def names(self, prefix: str) -> list[str]:
        """The keys below a prefix."""
        found = self.files.get_file_info(fs.FileSelector(f"{BUCKET}/{prefix}", recursive=True, allow_not_found=True))
        return sorted(about.path.removeprefix(f"{BUCKET}/{prefix}/") for about in found if about.is_file)

    def close(self) -> None:
        """End it, and all that it holds."""
        self._process.kill()
        self._process.wait()
