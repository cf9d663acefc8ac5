"""The hub: who follows, and one look at the registry for all of them, in a thread, while anybody does.

It belongs to the event loop: everything but the look itself happens there. An open page ends with its session, at most
LOOK_S after it; with the server's stop; and when its browser is gone, which a heartbeat finds out.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import anyio
import anyio.to_thread
from sqlalchemy.exc import DBAPIError

from ...people.user import Person
from .changes import TICK, heard_by, pace_s

log = logging.getLogger(__name__)

LOOK_S = 2.0
STEP_S = 0.5  # how soon a stop of the server is seen
HEARTBEAT_S = 15.0
RETRY_MS = 5000
SEATS_MAX = 300
SEATS_A_PERSON_MAX = (
    8  # a browser has at most six connections to a server over HTTP/1.1; a page in the background has none
)


@dataclass(eq=False, slots=True)
class Seat:
    """One page that follows. secret: its session's; None: an open page, which has none."""

    person: Person
    secret: str | None
    kinds: frozenset[str]
    news: set[str] = field(default_factory=set)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False

    def tell(self, kinds: frozenset[str]) -> None:
        """Something of these kinds is new."""
        heard = kinds & self.kinds
        if heard:
            self.news |= heard
            self.woken.set()

    def end(self) -> None:
        """Let it go."""
        self.over = True
        self.woken.set()


class Hub:
    """Seats of one application.

    look: every kind's value now. lasting: who is still behind these sessions. Both run in a thread.
    """

    def __init__(
        self,
        look: Callable[[], Mapping[str, Hashable]],
        lasting: Callable[[Sequence[str]], Mapping[str, Person]],
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._look, self._lasting = look, lasting
        self._heartbeat_s = heartbeat_s
        self._seats: set[Seat] = set()
        self._task: asyncio.Task[None] | None = None
        self.stopping: Callable[[], bool] = lambda: False  # the server's word: open pages would hold up its stop

    @property
    def taken(self) -> int:
        """Pages that follow now."""
        return len(self._seats)

    def sit(self, person: Person, secret: str | None) -> Seat | None:
        """A seat, to be left in the end; None where there is none left for this person, or at all."""
        own = sum(seat.person.name == person.name for seat in self._seats)
        if own >= SEATS_A_PERSON_MAX or len(self._seats) >= SEATS_MAX:
            return None
        seat = Seat(person, secret, heard_by(person))
        self._seats.add(seat)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._turns())
        return seat

    def leave(self, seat: Seat) -> None:
        """Nobody sits there any more."""
        self._seats.discard(seat)

    async def told(self, seat: Seat) -> AsyncIterator[bytes]:
        """What a page hears, as server-sent events (HTML standard, section 9.2)."""
        yield f"retry: {RETRY_MS}\n\n".encode()
        while not seat.over:
            try:
                await asyncio.wait_for(seat.woken.wait(), self._heartbeat_s)
            except TimeoutError:
                yield b":\n\n"
                continue
            seat.woken.clear()
            news, seat.news = sorted(seat.news), set()
            for kind in news:
                yield f"event: {kind}\ndata: changed\n\n".encode()
        yield b"event: over\ndata: sign in again\n\n"

    async def _turns(self) -> None:
        """Look for news until nobody follows."""
        limiter = anyio.CapacityLimiter(1)  # not one of those that pages wait for
        before: Mapping[str, Hashable] = {}
        told_s: dict[str, float] = {}
        while self._seats:
            try:
                now, lasting = await anyio.to_thread.run_sync(self._seen, limiter=limiter)
            except DBAPIError as exc:
                log.warning("open pages hear nothing new: the registry does not answer: %s", exc.orig)
            else:
                self._renew(lasting)
                time_s = asyncio.get_running_loop().time()
                changed = {kind for kind, value in now.items() if before and before.get(kind) != value} | {TICK}
                due = frozenset(kind for kind in changed if time_s - told_s.get(kind, 0.0) >= pace_s(kind))
                # What is not due yet differs still at the next look.
                before = {
                    kind: before.get(kind, value) if kind in changed - due else value for kind, value in now.items()
                }
                told_s |= dict.fromkeys(due, time_s)
                for seat in self._seats:
                    seat.tell(due)
            for _ in range(round(LOOK_S / STEP_S)):
                if self.stopping():
                    for seat in self._seats:
                        seat.end()
                    return
                await asyncio.sleep(STEP_S)

    def _seen(self) -> tuple[Mapping[str, Hashable], Mapping[str, Person]]:
        secrets = [seat.secret for seat in list(self._seats) if seat.secret is not None]
        return self._look(), self._lasting(secrets)

    def _renew(self, lasting: Mapping[str, Person]) -> None:
        """End the seats of sessions that are over; the others may hear what their person may see now."""
        for seat in self._seats:
            if seat.secret is None:
                continue
            person = lasting.get(seat.secret)
            if person is None or person.must_change:
                seat.end()
            else:
                seat.kinds = heard_by(person)
