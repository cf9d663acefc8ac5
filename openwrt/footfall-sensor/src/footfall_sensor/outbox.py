"""The outbox: windows that are over, until they are batches that the courier has."""

from collections import deque

from .agent import Agent
from .listening import Closed
from .placing import Placing
from .wire.batch import ClockState

BODIES_MAX = 64  # batches that wait to be signed; windows become batches only while there are fewer


class Outbox:
    """Windows wait for their place on UTC, batches for their signature: one a turn, which takes a small unit long."""

    def __init__(self, agent: Agent, placing: Placing) -> None:
        self._agent = agent
        self._placing = placing
        self._bodies: deque[tuple[bytes, int, str]] = deque()

    def __len__(self) -> int:
        """Batches that wait to be signed."""
        return len(self._bodies)

    def put(self, closed: Closed) -> None:
        """A window of the monotonic clock is over."""
        self._agent.count(closed.counters)
        self._placing.put(closed)

    def make(self) -> None:
        """Give windows whose time is known their place on UTC, and make batches of them."""
        while len(self._bodies) < BODIES_MAX and (closed := self._placing.take()) is not None:
            self._bodies.extend(self._agent.bodies(closed, ClockState.SYNCED))

    def sign_one(self) -> None:
        """Sign the oldest batch that waits, and hand it to the courier."""
        if self._bodies:
            self._agent.courier.emit(*self._bodies.popleft())

    def empty(self) -> None:
        """The agent ends: sign all; windows whose time never became known are given up, and counted."""
        self.make()
        while self._bodies:
            self.sign_one()
            self.make()
        self._placing.waiting.give_up()
