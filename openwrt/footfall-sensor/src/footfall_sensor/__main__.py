"""`footfall-sensor`: what runs on a unit.

`run` without captures is what a unit does for months: nothing is imported for it that it does not need. Everything else
is read by argparse, in commands.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import slim  # noqa: F401 - before all others

# isort: split
from . import config_file, live, membership, relaunch, renewal, startup
from .errors import SensorError


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code: 0 ok, 1 failed, 2 usage (by argparse)."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        path = live_config(words)
        if path is not None:
            return listen(path)
        from . import commands  # noqa: PLC0415 - see above

        return commands.run(words)
    except SensorError as exc:
        print(f"footfall-sensor: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def live_config(words: Sequence[str]) -> Path | None:
    """The configuration file of a plain `run` or `run --config FILE`, None for any other command line."""
    match list(words):
        case ["run"]:
            return config_file.DEFAULT_PATH
        case ["run", "--config", name] if not name.startswith("-"):
            return Path(name)
    return None


def listen(path: Path) -> int:
    """Listen as the configuration there says, until SIGTERM or SIGINT. Raises SensorError.

    A unit that is to enrol does that first, as another program in this process's place, which starts this one again.
    """
    chosen = config_file.load(path)
    folder = Path(chosen.state_dir)
    if chosen.enrol_url and not (chosen.name and membership.is_member(folder)):
        enrol = relaunch.command("enrol", "--run", "--config", str(path))
        os.execv(enrol[0], enrol)  # noqa: S606 - ourselves, with other words
    agent = live.start(startup.begin(path))
    if chosen.enrol_url:
        again = relaunch.command("enrol", "--config", str(path))
        chance = int.from_bytes(os.urandom(2), "big") / (1 << 16)
        watch = renewal.Renewal(folder, again, time.monotonic, _wall_ms, chance)
        agent.chores.append(watch.look)
    signal.signal(signal.SIGTERM, agent.stop)
    signal.signal(signal.SIGINT, agent.stop)
    agent.run()
    if agent.wants_restart:
        # In place: same process, same rights, under procd or not. What the start before held in memory is gone.
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - there is no shell, on purpose
    return 0


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    sys.exit(main())
