"""The collector's orders: takes its configurations and commands, and keeps or gives up what is on probation.

What is to be done with radio and agent it leaves in `wanted`, for the loop that owns them.
"""

import sys
import time
from collections import deque
from collections.abc import Callable

from . import settings
from .errors import ConfigError, Malformed
from .settings import State
from .startup import Startup
from .upgrading import Upgrading
from .wire.settings import Command, Configuration, Outcome, Result, Verb

COMMANDS_KEPT = 32  # ids of commands done: each is done once, however often it comes


class Orders:
    """Orders for one start of one sensor, which `boot` names."""

    def __init__(
        self,
        startup: Startup,
        boot: bytes,
        now_s: Callable[[], float] = time.monotonic,
        upgrading: Upgrading | None = None,
    ) -> None:
        """upgrading: None = this agent cannot be upgraded from afar."""
        self.heard = False  # the collector has spoken to this start
        self._upgrading = upgrading
        self.state = startup.state
        self.running = startup.state.running  # version that this start runs: what was taken since waits for the next
        self.wanted: list[Verb] = []
        self._own = startup.own
        self._file = startup.file
        self._boot = boot
        self._now_s = now_s
        self._give_up_s = now_s() + settings.PROBATION_S
        self._answered: deque[tuple[bytes, Result]] = deque(maxlen=COMMANDS_KEPT)
        if startup.file.fault:
            _complain(startup.file.fault)

    @property
    def trial(self) -> bool:
        """Whether what this start runs is on probation."""
        return self.state.pending is not None and self.state.pending.version == self.running

    @property
    def said(self) -> str:
        """What became of the newest configuration, in words."""
        last = self.state.last
        return f"{last.version} {last.outcome}{f': {last.says}' if last.says else ''}" if last else ""

    def stale(self, utc_ms: int) -> bool:
        """Whether the configuration that runs has expired; False while the time is not known."""
        chosen = (self.state.current, self.state.pending)
        return any(one and one.version == self.running and 0 < one.expires_ms < utc_ms for one in chosen)

    def configure(self, body: bytes, now_ms: int, signer: str) -> Result:
        """Take a configuration, or refuse it as a whole. now_ms: 0 = not known; signer: the collector key's id, in hex.

        Raises Malformed: it is none, has expired, or is older than one that was taken.
        """
        came = Configuration.decode(body)
        floor = self.state.floor(signer)
        if self.state.last and came.version == floor == self.state.last.version:
            return self.state.last  # it has come again: the answer was lost
        if came.version <= floor:
            raise Malformed(f"configuration {came.version} is not newer than {floor}, which was taken before")
        if now_ms and came.expires_ms < now_ms:
            raise Malformed(f"configuration {came.version} has expired")
        try:
            settings.check(came.options, self._own)
        except ConfigError as exc:
            return self._turn(settings.refused(self.state, came.version, str(exc), signer))
        return self._turn(settings.taken(self.state, came, signer))

    def obey(self, body: bytes, now_ms: int) -> Result:
        """Do a command once. Raises Malformed where it is none."""
        came = Command.decode(body)
        for known, answer in self._answered:
            if known == came.id:
                return answer
        says = self._objection(came, now_ms) or self._upgrade(came)
        answer = Result(Outcome.REFUSED if says else Outcome.OK, says, command=came.id)
        self._answered.append((came.id, answer))
        if not says and came.verb == Verb.KEEP:
            return self.reached() or answer
        if not says and came.verb != Verb.UPGRADE:
            self.wanted.append(Verb(came.verb))
        return answer

    def news(self) -> Result | None:
        """What became of an upgrade, where that is new."""
        return self._upgrading.news() if self._upgrading else None

    def reached(self) -> Result | None:
        """The collector has spoken to this start: what is on probation has proved itself. None where nothing was."""
        self.heard = True
        return self._turn(settings.kept(self.state)) if self.trial else None

    def watch(self, connection: str) -> None:
        """Give up what is on probation when its time is over; connection: what to say of it."""
        if self.trial and self._now_s() >= self._give_up_s:
            self._turn(settings.reverted(self.state, f"the collector was not reached: {connection}"))
            if self.trial:  # that could not be written; the next start will see
                self.wanted.append(Verb.RESTART)

    def _objection(self, came: Command, now_ms: int) -> str:
        if came.verb not in frozenset(Verb):
            return f"'{came.verb[:32]}' is no command; known are: {', '.join(Verb)}"
        if came.boot != self._boot:
            return "it is for another start of the agent"
        if came.verb == Verb.KEEP:
            return ""  # names this very start, so it is no older; the time may not be known yet
        if not now_ms:
            return "the time is not known here yet, so it may be old"
        return "it has expired" if came.expires_ms < now_ms else ""

    def _upgrade(self, came: Command) -> str:
        if came.verb != Verb.UPGRADE:
            return ""
        if self._upgrading is None:
            return "this agent cannot be upgraded from afar"
        if came.image is not None:
            return self._upgrading.leave_image(came.id, came.image)
        return self._upgrading.leave(came.id, came.new, came.back)

    def _turn(self, after: State) -> Result:
        """Go over to another state, on flash first; where that cannot be, nothing has happened."""
        try:
            self.state = self._file.save(self.state, after)
        except ConfigError as exc:
            _complain(str(exc))
            return Result(Outcome.REFUSED, str(exc), max(1, after.last.version if after.last else 1))
        assert self.state.last is not None
        if self.state.last.outcome is Outcome.OK:
            self.running = self.state.running
        elif self.state.running != self.running:
            self.wanted.append(Verb.RESTART)
        return self.state.last


def _complain(says: str) -> None:
    print(f"footfall-sensor: {says}", file=sys.stderr, flush=True)
