"""A collector whose clock is wrong: python -m tools.torture.skewed OFFSET_FILE FOLDER.

The clock is INJECTED in the place of the machine's: libfaketime breaks Python's own sleep (clock_nanosleep to a time on
the monotonic clock). The file holds an offset in milliseconds and may change while the collector runs.

The keys that tokens are turned with are kept, whatever the clock says, so that the oracle can tell the rows: a
collector that takes today for long over destroys today's, and its tokens are nobody's from then on.
"""

import logging
import sys
import time
from pathlib import Path

from collector import folder as collector_folder
from collector import server
from collector.blinding import Blinding


def main() -> None:
    """Entry point of the process."""
    offset, folder = Path(sys.argv[1]), Path(sys.argv[2])
    logging.basicConfig(level=logging.INFO)

    def kept(keys: Path, history: bool) -> Blinding:
        return Blinding(keys, history=True)

    def now_ms() -> int:
        return max(0, time.time_ns() // 1_000_000 + int(offset.read_text(encoding="ascii") or 0))

    server.now_ms = now_ms
    collector_folder.Blinding = kept  # type: ignore[assignment,attr-defined]
    server.serve(folder)


if __name__ == "__main__":
    main()
