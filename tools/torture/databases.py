"""A PostgreSQL that goes away under load: stopped in order, stopped at once, and killed; and comes back."""

import itertools
import time
from collections.abc import Callable
from pathlib import Path

from .cast import Cast
from .chaos import Say
from .disks import same_process
from .outcome import Outcome
from .postgres import Postgres
from .stage import on_stage

AWAY_S = 1.0


def restarts(folder: Path, cast: Cast, count: int, say: Say) -> Outcome:
    """`count` restarts, of each kind in turn: nothing is lost or doubled, and the collector's process stays.

    A transaction that the server committed and could not confirm is the hard case: its batches come again, and their
    files must still be there. fsync is on, as in a server that is meant.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = Postgres(folder / "postgresql", fsync=True)
    ends: dict[str, Callable[[], None]] = {
        "immediate": lambda: server.stop("immediate"),
        "kill": server.kill,
        "fast": lambda: server.stop("fast"),
    }
    recovery_s: dict[str, list[float]] = {name: [] for name in ends}
    try:
        with on_stage(folder, cast, database_url=server.database("torture")) as stage:
            stage.start()
            for name in itertools.islice(itertools.cycle(ends), count):
                ends[name]()
                stage.pass_time(AWAY_S)
                server.start()
                recovery_s[name].append(round(stage.wait_fresh(time.monotonic(), stage.light), 2))
                say(f"PostgreSQL, {name}: all answered again {recovery_s[name][-1]} s after it was back")
            stage.quiet()
            figures = {"restarts": count, "recovery_s": recovery_s, "duplicates": stage.duplicates()}
            return Outcome("postgresql_restarts", stage.verdict(), figures, tuple(same_process(stage)))
    finally:
        server.stop("immediate")
