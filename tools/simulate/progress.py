"""A progress bar that appears only when the work turns out to be long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

import click

SILENT_S = 2.0  # shorter work needs no bar
STEPS = 1000


@contextmanager
def late_bar(
    label: str,
    *,
    stream: TextIO | None = None,
    now_s: Callable[[], float] = time.monotonic,
    silent_s: float = SILENT_S,
) -> Iterator[Callable[[float], None]]:
    """Give a function that takes the share done, 0 to 1, and draws a bar on `stream` (stderr) after `silent_s`."""
    started_s = now_s()
    with ExitStack() as stack:
        bar = None
        drawn = 0

        def tell(share: float) -> None:
            nonlocal bar, drawn
            if bar is None and now_s() - started_s >= silent_s:
                file = sys.stderr if stream is None else stream
                bar = stack.enter_context(click.progressbar(length=STEPS, label=label, file=file))
            if bar is not None:
                step = round(min(max(share, 0.0), 1.0) * STEPS)
                bar.update(step - drawn)
                drawn = step

        yield tell
