"""A collector in whose day time is put forward: python -m tools.lab.fleet.stepped CLOCK_FILE FOLDER.

The lab's clock takes the place of the machine's, also for the keeper that does what is due; nothing else is different
but that it looks for what is due, for orders and for messages more often. After each look at the fleet the time of it
is in CLOCK_FILE.looked, so that the lab knows when the next minute may begin.
"""

import logging
import sys
from pathlib import Path

from collector import clock
from tools.lab.fleet.clock import LabClock

STEP_S = 0.02


def main() -> None:
    """Entry point of the process."""
    file, folder = Path(sys.argv[1]), Path(sys.argv[2])
    logging.basicConfig(level=logging.WARNING)
    own = LabClock(file)
    clock.now_ms = own.now_ms  # before anybody has taken it from there
    from collector.housekeeping import keeper  # noqa: PLC0415
    from collector.ingest import mqtt  # noqa: PLC0415
    from collector.service import server  # noqa: PLC0415
    from collector.watch.watchman import Watchman  # noqa: PLC0415

    keeper.STEP_S = STEP_S
    mqtt.REFRESH_S = mqtt.COMMIT_LINGER_S = STEP_S  # type: ignore[attr-defined]
    look, looked = Watchman.look, file.with_suffix(".looked")

    def noted(self: Watchman, now_ms: int) -> object:
        turn = look(self, now_ms)
        looked.write_text(str(now_ms), encoding="ascii")
        return turn

    Watchman.look = noted  # type: ignore[assignment, method-assign]
    server.serve(folder, now_ms=own.now_ms, monotonic_s=own.monotonic)


if __name__ == "__main__":
    main()
