"""A collector as a child of ours: how it is started, and when it answers."""

from functools import cache
from pathlib import Path

import httpx

from ..errors import ToolError
from .child import Child, module, wait_until


def command(folder: Path) -> list[str]:
    """The command line of `footfall collector serve`."""
    return module("tools.cli", "collector", "serve", "--dir", str(folder))


def start(folder: Path, port: int, log: Path, wait_s: float) -> Child:
    """Start the collector of `folder` and wait until its page answers at `port`. Raises ToolError, and ends it then."""
    child = Child("the collector", command(folder), log)
    try:
        wait_until(lambda: _answers(port), child, wait_s, "the collector")
    except ToolError:
        child.stop()
        raise
    return child


@cache
def client() -> httpx.Client:
    """For questions to collectors on this machine. One, since each new one reads all certificate authorities."""
    return httpx.Client(timeout=5.0, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


def _answers(port: int) -> bool:
    try:
        return client().get(f"http://127.0.0.1:{port}/healthz").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
