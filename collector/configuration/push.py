"""Pushes: which configuration each sensor should have, what it said of it, and when it is sent one. Pure bookkeeping.

A version is a number of one sensor's; a new one is made when its options differ from those of the version before, when
somebody wants it tried again, and when it is old. It is sent while the sensor is connected and runs another one, again
and again with growing pauses, until the sensor says what became of it.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from footfall_sensor.wire.settings import Configuration, Outcome, Result

from ..admission.rates import Bucket

DAY_MS = 86_400_000
LIFE_MS = 30 * DAY_MS
RENEW_MS = 20 * DAY_MS  # a fresh one long before the old one expires: the unit takes it without a restart
RENEW_SPREAD_MS = DAY_MS  # of a whole fleet's
WAIT_MS_MIN, WAIT_MS_MAX = 30_000, 3_600_000  # between attempts
JUMP_MAX = 1_000_000  # further ahead no registry of ours ever was: a stolen key counted up; its successor counts anew
PUSHES_PER_S = 20.0  # so a change for 2,500 sensors takes two minutes; each restarts its agent
BURST = 20


class PushState(StrEnum):
    """What is known of a sensor's newest configuration."""

    PENDING = "pending"  # not sent, or not answered
    TRYING = "trying"  # on probation on the unit
    APPLIED = "applied"
    REFUSED = "refused"
    REVERTED = "reverted"
    UNRESOLVED = "unresolved"  # it cannot be made: a variable has no value for this sensor


_OF_OUTCOME = {
    Outcome.OK: PushState.APPLIED,
    Outcome.TRYING: PushState.TRYING,
    Outcome.REFUSED: PushState.REFUSED,
    Outcome.REVERTED: PushState.REVERTED,
}


@dataclass(frozen=True, slots=True)
class Push:
    """The newest configuration of one sensor."""

    sensor_id: int
    version: int = 0  # 0 = it never needed one
    options: str = "{}"  # JSON, sorted: two of the same text are the same
    state: PushState = PushState.APPLIED
    says: str = ""
    running: int = 0  # version that the sensor said last
    made_ms: int = 0
    changed_ms: int = 0
    retry_ms: int = 0

    def configuration(self) -> Configuration:
        """What is sent."""
        return Configuration(self.version, self.made_ms, self.made_ms + LIFE_MS, json.loads(self.options))


def packed(options: Mapping[str, str]) -> str:
    """Options as a push keeps them."""
    return json.dumps(dict(options), sort_keys=True)


def wanted(push: Push, options: str, now_ms: int) -> Push:
    """The push after a look at what the sensor should run with."""
    renew_ms = push.made_ms + RENEW_MS + push.sensor_id * 7_919_000 % RENEW_SPREAD_MS
    old = push.version > 0 and now_ms > renew_ms and push.state in (PushState.APPLIED, PushState.PENDING)
    if options == push.options and push.retry_ms <= push.made_ms and not old:
        return push
    return replace(
        push,
        version=push.version + 1,
        options=options,
        state=PushState.PENDING,
        says="" if options != push.options or not old else "renewed before it expires",
        made_ms=now_ms,
        changed_ms=now_ms,
    )


def unresolved(push: Push, says: str, now_ms: int) -> Push:
    """The push of a sensor whose options cannot be made: it is sent nothing, and runs what it runs."""
    if (push.state, push.says) == (PushState.UNRESOLVED, says):
        return push
    return replace(push, state=PushState.UNRESOLVED, says=says, changed_ms=now_ms)


def resolved(push: Push, now_ms: int) -> Push:
    """The same once they can be made again."""
    if push.state is not PushState.UNRESOLVED:
        return push
    state = PushState.APPLIED if push.running == push.version else PushState.PENDING
    return replace(push, state=state, says="", changed_ms=now_ms)


def told(push: Push, result: Result, now_ms: int) -> Push:
    """The push after a sensor's word on a configuration."""
    if push.version < result.version <= push.version + JUMP_MAX:  # this registry is older than the sensor's memory
        return replace(push, version=result.version + 1, state=PushState.PENDING, made_ms=now_ms, changed_ms=now_ms)
    state = _OF_OUTCOME[result.outcome]
    if result.version != push.version or (state, result.says) == (push.state, push.says):
        return push
    return replace(push, state=state, says=result.says, changed_ms=now_ms)


def heard(push: Push, running: int, trial: bool | None, now_ms: int) -> Push:
    """The push after a sensor said which version it runs; trial: whether on probation, None = it did not say."""
    state = push.state
    if push.version and running == push.version:
        if trial is not None:
            state = PushState.TRYING if trial else PushState.APPLIED
        elif state is PushState.PENDING:
            state = PushState.TRYING
    elif push.version and state in (PushState.APPLIED, PushState.TRYING):
        state = PushState.PENDING  # it has lost it: a reflash, or a power cut before it was written
    if (running, state) == (push.running, push.state):
        return push
    says = push.says if state is push.state else ""
    return replace(push, running=running, state=state, says=says, changed_ms=now_ms)


@dataclass(slots=True)
class Pace:
    """When each sensor may be sent its configuration, and how many a second there may be in all."""

    _due_ms: dict[int, int] = field(default_factory=dict)
    _waits_ms: dict[int, int] = field(default_factory=dict)
    _bucket: Bucket = field(default_factory=lambda: Bucket(BURST, PUSHES_PER_S, BURST, 0))

    def allows(self, sensor_id: int, now_ms: int) -> bool:
        """Whether to send now; if so, the next attempt comes after a longer pause."""
        if now_ms < self._due_ms.get(sensor_id, 0) or not self._bucket.take(now_ms):
            return False
        wait_ms = min(self._waits_ms.get(sensor_id, WAIT_MS_MIN), WAIT_MS_MAX)
        self._waits_ms[sensor_id] = wait_ms * 2
        self._due_ms[sensor_id] = now_ms + random.randint(wait_ms // 2, wait_ms)
        return True

    def forget(self, sensor_id: int) -> None:
        """It has answered, or there is a new version: the next attempt is the first."""
        self._due_ms.pop(sensor_id, None)
        self._waits_ms.pop(sensor_id, None)
