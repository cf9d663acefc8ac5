"""A collector's clock that jumps a year ahead, a year back, and to 1970, and comes right again."""

import time
from pathlib import Path

from .cast import Cast
from .chaos import Say
from .outcome import Outcome
from .stage import on_stage

YEAR_MS = 365 * 86_400_000


def jump(folder: Path, cast: Cast, lasts_s: float, say: Say) -> Outcome:
    """What comes while the clock is wrong is neither stored nor refused for good: it waits until the clock is right."""
    offset = folder / "offset"
    folder.mkdir(parents=True, exist_ok=True)
    offset.write_text("0", encoding="ascii")
    recovery_s: dict[str, float] = {}
    now_ms = time.time_ns() // 1_000_000
    with on_stage(folder, cast, collector_clock=offset) as stage:
        stage.start()
        for name, by_ms in (("+1 year", YEAR_MS), ("-1 year", -YEAR_MS), ("1970", -now_ms)):
            offset.write_text(str(by_ms), encoding="ascii")
            stage.pass_time(lasts_s)
            offset.write_text("0", encoding="ascii")
            recovery_s[name] = round(stage.wait_fresh(time.monotonic(), stage.light), 2)
            say(f"clock {name}: all answered again {recovery_s[name]} s after it was right")
        stage.quiet()
        return Outcome("clock_jumps", stage.verdict(), {"recovery_s": recovery_s})
