"""What the machine said on its console: the lines with results, as one run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import ToolError
from .guest.meter import RESULT

ENDED_WELL = "lab: status 0"
SHOWN_LINES = 8  # of the console, where something is wrong


@dataclass(frozen=True, slots=True)
class Run:
    """One boot; memory in KiB."""

    total_kib: int  # what the kernel leaves of 64 MB
    free_at_boot_kib: int
    free_kib: int  # available, with the agent at work
    start_rss_kib: int  # the agent, connected, before it has heard anything
    rss_kib: int  # at its largest
    anonymous_kib: int  # of that, what is no file's
    written: int  # frames that the crowd sent
    totals: Mapping[str, int]  # the agent's own counts, where they are not 0
    imports: Mapping[str, Mapping[str, int]]  # module -> kib, modules


def read(text: str) -> Run:
    """The run that a console tells of. Raises ToolError where the machine did not come to its end."""
    lines = [line.strip() for line in text.splitlines()]
    if ENDED_WELL not in lines:
        raise ToolError("the machine failed; its console ends so:\n    " + "\n    ".join(lines[-SHOWN_LINES:]))
    said: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line.startswith(RESULT):
            result = json.loads(line.removeprefix(RESULT))
            said[result.pop("what")] = result
    try:
        boot, start, crowd, imports = (said[what] for what in ("boot", "start", "crowd", "imports"))
    except KeyError as exc:
        raise ToolError(f"the machine did not say {exc} and ended as if all were well; its console is kept") from exc
    return Run(
        total_kib=boot["MemTotal"],
        free_at_boot_kib=boot["MemAvailable"],
        free_kib=crowd["MemAvailable"],
        start_rss_kib=start["VmRSS"],
        rss_kib=crowd["VmHWM"],
        anonymous_kib=crowd["RssAnon"],
        written=crowd["frames_written"],
        totals=crowd["totals"],
        imports=imports["modules"],
    )
