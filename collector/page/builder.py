"""The builder: makes dear things in threads of its own. Who asks for one waits while it is made, and else comes again.

Whoever waits holds a thread of the server's. So only a few may: a hundred people who open a hundred pages that nobody
opened before do not keep all others from theirs. What somebody waits for is made before what a page can do without for
a moment, and that before what nobody has asked for yet; these last two never take the last free thread.
"""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeVar

from ..errors import BusyError

WAITING_MAX = 8  # of the server's 40 threads
TURN_S = 0.1  # so long somebody waits for a turn where others' things are being made
PATIENCE_S = 10.0  # and so long for what is being made, where who serves does not say otherwise
CLOSE_S = 3.0  # who stops a collector waits no longer than that
COMING_MAX = 256  # things that are still to be made; half of them where nobody waits

Made = TypeVar("Made")


class Rank(IntEnum):
    """What is made first."""

    ASKED = 0  # somebody waits for it
    BEHIND = 1  # a page is shown without it, and looks again
    AHEAD = 2  # nobody has asked yet


@dataclass(slots=True)
class _Job:
    make: Callable[[], Any]
    rank: Rank
    number: int
    coming: "Future[Any]" = field(default_factory=Future)
    begun: threading.Event = field(default_factory=threading.Event)


class Builder:
    """Things by their keys, each made once however many ask for it at a time."""

    def __init__(
        self, name: str, patience_s: float = PATIENCE_S, waiting_max: int = WAITING_MAX, threads: int = 1
    ) -> None:
        """name: of its threads, which are no daemons: a process that ends while DuckDB is at work ends with a fault."""
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._threads = threads
        self._patience_s = patience_s
        self._places = threading.Semaphore(waiting_max)
        self._lock = threading.Lock()
        self._number = 0
        self._coming: dict[Hashable, _Job] = {}  # all, those at work too
        self._waiting: dict[Hashable, _Job] = {}
        self._at_work = dict.fromkeys(Rank, 0)

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives, or raises. Raises BusyError where that takes too long; it is made all the same."""
        job = self._job(key, make, Rank.ASKED)
        if not self._places.acquire(blocking=False):
            raise BusyError("others are waiting for their numbers; ask again in a moment")
        try:
            if self._full() and not job.begun.wait(TURN_S):
                raise BusyError("others' numbers are being put together; ask again in a moment")
            found: Made = job.coming.result(self._patience_s)
            return found
        except TimeoutError:
            if job.coming.done():
                raise  # it is what making it came to
            raise BusyError("the numbers are being put together; ask again in a moment") from None
        finally:
            self._places.release()

    def begin(self, key: Hashable, make: Callable[[], Made], rank: Rank = Rank.BEHIND) -> "Future[Made]":
        """Have it made, without waiting. Raises BusyError where too much is to be made already."""
        return self._job(key, make, rank).coming

    def has(self, key: Hashable) -> bool:
        """Whether this is being made, or waits for its turn."""
        with self._lock:
            return key in self._coming

    def close(self) -> None:
        """Make nothing that is not begun; what is being made has CLOSE_S to come to its end."""
        with self._lock:
            at_work = [job.coming for key, job in self._coming.items() if key not in self._waiting]
            self._waiting.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)
        wait(at_work, CLOSE_S)

    @property
    def asked(self) -> bool:
        """Whether somebody waits for something, or a page for a part of it."""
        with self._lock:
            return any(job.rank is not Rank.AHEAD for job in self._coming.values())

    def _job(self, key: Hashable, make: Callable[[], Any], rank: Rank) -> _Job:
        with self._lock:
            job = self._coming.get(key)
            if job is not None:
                if not job.begun.is_set():
                    job.rank = min(job.rank, rank)
                return job
            room = COMING_MAX if rank is Rank.ASKED else max(1, COMING_MAX // 2)
            if len(self._coming) >= room:
                raise BusyError("too many different numbers are asked for at once; ask again in a moment")
            self._number += 1
            job = self._coming[key] = self._waiting[key] = _Job(make, rank, self._number)
            self._pool.submit(self._work)
            return job

    def _full(self) -> bool:
        with self._lock:
            return sum(self._at_work.values()) >= self._threads

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            key, job = taken
            try:
                made, fault = job.make(), None
            except BaseException as exc:  # noqa: BLE001 - whoever waits for it raises it
                made, fault = None, exc
            with self._lock:
                self._coming.pop(key, None)
                self._at_work[job.rank] -= 1
            if fault is None:
                job.coming.set_result(made)
            else:
                job.coming.set_exception(fault)

    def _take(self) -> tuple[Hashable, _Job] | None:
        """What is to be made next; None: nothing now. Whoever ends a thing asks again, so nothing is left lying."""
        with self._lock:
            unasked = self._at_work[Rank.BEHIND] + self._at_work[Rank.AHEAD]
            no_more = unasked >= max(1, self._threads - 1)
            found = [(job.rank, job.number, key) for key, job in self._waiting.items() if not (job.rank and no_more)]
            if not found:
                return None
            key = min(found)[2]
            job = self._waiting.pop(key)
            job.begun.set()
            self._at_work[job.rank] += 1
            return key, job
