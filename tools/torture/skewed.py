"""A collector whose clock is wrong: python -m tools.torture.skewed OFFSET_FILE FOLDER.

The clock is INJECTED in the place of the machine's: libfaketime breaks Python's own sleep (clock_nanosleep to a time on
the monotonic clock). The file holds an offset in milliseconds and may change while the collector runs.
"""

import logging
import sys
import time
from pathlib import Path

from collector.service import server


def main() -> None:
    """Entry point of the process."""
    offset, folder = Path(sys.argv[1]), Path(sys.argv[2])
    logging.basicConfig(level=logging.INFO)

    def now_ms() -> int:
        return max(0, time.time_ns() // 1_000_000 + int(offset.read_text(encoding="ascii") or 0))

    server.serve(folder, now_ms=now_ms)


if __name__ == "__main__":
    main()
