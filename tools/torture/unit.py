"""A whole sensor on a radio: python -m tools.torture.unit UCI JOURNALS. SIGUSR1: seal no more.

It is `footfall-sensor run`, for ever, but for its spool: what goes in and out of that is noted in a journal.
"""

import signal
import sys
from pathlib import Path

from footfall_sensor import __main__ as program
from footfall_sensor import agent, config_file, outbox
from footfall_sensor.spool import Spool

from .journal import Journal
from .sender import WitnessedSpool


def main() -> int:
    """Entry point of the process."""
    uci = Path(sys.argv[1])
    chosen, journal = config_file.load(uci), Journal(Path(sys.argv[2]))

    def witnessed(_folder: Path, _bytes_max: int, _now_s: object) -> Spool:
        return WitnessedSpool(chosen, journal)  # the same folder and size, by the same clock

    def hush(*_: object) -> None:
        setattr(outbox.Outbox, "sign_one", lambda one: one._bodies.clear())  # noqa: B010 - mypy knows better

    setattr(agent, "Spool", witnessed)  # noqa: B010
    signal.signal(signal.SIGUSR1, hush)
    return program.main(["run", "--config", str(uci)])


if __name__ == "__main__":
    sys.exit(main())
