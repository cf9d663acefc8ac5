"""A collector as a child of ours: how it is started, and when it answers."""

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


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5.0).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
