"""A process of sensors that send, and how much went through all of them."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter

from tools.bench.publisher import Load, Sent
from tools.bench.through.scale import BATCH
from tools.errors import ToolError
from tools.run.child import module


class Sender:
    """A process of tools.bench.publisher."""

    def __init__(self, load: Load, path: Path) -> None:
        load.write(path)
        self._process = subprocess.Popen(
            module("tools.bench.publisher", str(path)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def wait_ready(self) -> None:
        """Until it has made its batches, is connected and has had its first ones answered. Raises ToolError."""
        if self._out.readline().strip() != "ready":
            raise ToolError("a process that sends has ended; its last words are above")

    def go(self) -> None:
        """Let it send."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def result(self) -> Sent:
        """Wait for its end. Raises ToolError."""
        said = self._out.readline()
        if not said:
            raise ToolError("a process that sends has ended; its last words are above")
        return TypeAdapter(Sent).validate_json(said)

    def stop(self) -> None:
        """End it, if it still runs."""
        self._process.kill()
        self._process.communicate()

    @property
    def _out(self) -> "IO[str]":
        assert self._process.stdout is not None
        return self._process.stdout


def per_second(sent: Sequence[Sent], a_batch: int = BATCH) -> float:
    """Sightings a second, from the first batch that was published to the last word."""
    took_s = max(one.ended_s for one in sent) - min(one.began_s for one in sent)
    return sum(one.answered for one in sent) * a_batch / took_s
