"""The clock on the wall. What depends on the time takes it as an argument; this is where the argument comes from."""

import time


def now_ms() -> int:
    """UTC in milliseconds."""
    return time.time_ns() // 1_000_000
