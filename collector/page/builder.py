"""The builder: makes one dear thing at a time, in a thread of its own. Who asks waits a while, and else comes again.

Whoever waits holds a thread of the server's. So only a few may: a hundred people who open a hundred pages that nobody
opened before do not keep all others from theirs.
"""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from ..errors import BusyError

WAITING_MAX = 8  # of the server's 40 threads
PATIENCE_S = 10.0
COMING_MAX = 256  # things that are still to be made

Made = TypeVar("Made")


class Builder(Generic[Made]):
    """Things by their keys, each made once however many ask for it at a time."""

    def __init__(self, name: str, patience_s: float = PATIENCE_S, waiting_max: int = WAITING_MAX) -> None:
        """name: of its thread, which is no daemon: a process that ends while DuckDB is at work ends with a fault."""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._patience_s = patience_s
        self._places = threading.Semaphore(waiting_max)
        self._lock = threading.Lock()
        self._coming: dict[Hashable, Future[Made]] = {}

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives, or raises. Raises BusyError where that takes too long; it is made all the same."""
        coming = self.begin(key, make)
        if not self._places.acquire(blocking=False):
            raise BusyError("others are waiting for their numbers; ask again in a moment")
        try:
            return coming.result(self._patience_s)
        except TimeoutError:
            if coming.done():
                raise  # it is what making it came to
            raise BusyError("the numbers are being put together; ask again in a moment") from None
        finally:
            self._places.release()

    def begin(self, key: Hashable, make: Callable[[], Made]) -> "Future[Made]":
        """Have it made, without waiting. Raises BusyError where too much is to be made already."""
        with self._lock:
            coming = self._coming.get(key)
            if coming is None:
                if len(self._coming) >= COMING_MAX:
                    raise BusyError("too many different numbers are asked for at once; ask again in a moment")
                coming = self._coming[key] = self._pool.submit(self._make, key, make)
            return coming

    def close(self) -> None:
        """Make what is being made to its end, and nothing after it."""
        self._pool.shutdown(cancel_futures=True)

    def _make(self, key: Hashable, make: Callable[[], Made]) -> Made:
        try:
            return make()
        finally:
            with self._lock:
                self._coming.pop(key, None)
