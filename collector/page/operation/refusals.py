"""Refused messages as they may be told: whose, when, why, and what to do. Never what they hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from footfall_sensor.errors import Malformed
from footfall_sensor.wire import envelope

from ...admission.door import TOPIC_PREFIX, UPWARD, Reason
from ...admission.quarantine import STRANGERS, Held, Selection
from ..given import Unclear
from ..language import gettext as _
from ..language import marked

PAGE = 50
NAMES = re.compile(r"[a-z0-9][a-z0-9-]{0,31}/[a-z0-9][a-z0-9_.-]{0,31}", re.ASCII)
HOUR_MS = 3_600_000
SPANS_H = (1, 6, 24, 72)  # by which the list can be cut

WHY: Mapping[Reason, str] = {
    Reason.TOO_LARGE: marked("It is larger than any message of a sensor."),
    Reason.BAD_TOPIC: marked("It came under a topic that no sensor uses."),
    Reason.UNKNOWN_SENSOR: marked("No sensor of this name is registered."),
    Reason.NOT_APPROVED: marked("Its sensor is not approved, or its messages are held back."),
    Reason.MALFORMED: marked("It is not built as a message must be."),
    Reason.BAD_SIGNATURE: marked("Its signature is not that of the sensor it names."),
    Reason.WRONG_SENDER: marked("It names another sensor than the one it came from."),
    Reason.TOO_FAST: marked("It came faster than a sensor may send."),
    Reason.TOO_OLD: marked("What it tells of is too long ago."),
    Reason.IN_FUTURE: marked("What it tells of lies in the future: its sensor's clock is wrong, or ours."),
    Reason.REPEATED: marked("It had come before."),
    Reason.CLOCK_IN_DOUBT: marked("This collector's clock had jumped."),
}
DO: Mapping[Reason, str] = {
    Reason.TOO_LARGE: marked("Find out who sends it: no sensor does. Then throw it away."),
    Reason.BAD_TOPIC: marked("See who else may write at the broker. Then throw it away."),
    Reason.UNKNOWN_SENSOR: marked("Enrol the unit, or take away its way to the broker. Then let its messages in."),
    Reason.NOT_APPROVED: marked("Approve or release the sensor, then let its messages in."),
    Reason.MALFORMED: marked(
        "See which version the sensor runs; one that goes on like this is to be looked at. It cannot be mended here."
    ),
    Reason.BAD_SIGNATURE: marked(
        "If a unit was exchanged, enrol the new one. Else somebody tries to speak for it: look at the broker's log."
    ),
    Reason.WRONG_SENDER: marked("Two units have one name, or one tries to speak for another: look at both."),
    Reason.TOO_FAST: marked("Nothing: it comes again by itself."),
    Reason.TOO_OLD: marked("See how long the sensor was away, and its clock. It is not counted any more."),
    Reason.IN_FUTURE: marked("Mend the clock (NTP). When the time that it tells of has come, let it in."),
    Reason.REPEATED: marked("Nothing. If it goes on, somebody plays a recording: look at the sensor."),
    Reason.CLOCK_IN_DOUBT: marked("Nothing: it comes again by itself."),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused message. sender: tenant/sensor as far as it says; certain: whether it is certainly that one's own."""

    number: int
    received_ms: int
    reason: str
    says: str
    sender: str
    certain: bool
    leaf: str  # batch, birth, health ...; "" = no topic of ours
    bytes: int
    bytes_kept: int
    replayable: bool
    until_ms: int  # when its payload goes


@dataclass(frozen=True, slots=True)
class Facts:
    """One refused message with what its envelope says; None where nothing readable is kept."""

    refusal: Refusal
    kind: str | None
    sensor: str | None
    boot: str | None
    sequence: int | None


@dataclass(frozen=True, slots=True)
class Wish:
    """Which messages somebody asks for, as it stands in the address of a page."""

    id: str = ""
    reason: str = ""
    sensor: str = ""
    hours: str = ""  # no older than that
    older: str = ""  # or older than so many hours
    below: str = ""

    def selection(self, now_ms: int) -> Selection:
        """The same for the quarantine. Raises QueryError."""
        if self.reason and self.reason not in list(Reason):
            raise Unclear(f"'{self.reason}' is no reason; reasons are: {', '.join(Reason)}")
        if self.sensor and not NAMES.fullmatch(self.sensor):
            raise Unclear("a sensor is named as TENANT/SENSOR, such as default/door")
        hours, older = _number(self.hours), _number(self.older)
        return Selection(
            id=_number(self.id),
            reason=self.reason or None,
            sensor=self.sensor or None,
            before_ms=None if older is None else now_ms - older * HOUR_MS,
            since_ms=None if hours is None else now_ms - hours * HOUR_MS,
            below_id=_number(self.below),
        )

    def query(self) -> dict[str, str]:
        """As it stands in an address, what is empty left out."""
        named = {"id": self.id, "reason": self.reason, "sensor": self.sensor, "hours": self.hours, "older": self.older}
        return {name: value for name, value in named.items() if value}


def refusal(held: Held, now_ms: int) -> Refusal:
    """What may be told of a message. A topic that is not ours may hold anything, and is not told."""
    who, _slash, leaf = held.topic.removeprefix(TOPIC_PREFIX).rpartition("/")
    ours = held.topic.startswith(TOPIC_PREFIX) and leaf in UPWARD and NAMES.fullmatch(who) is not None
    return Refusal(
        number=held.id,
        received_ms=held.received_ms,
        reason=held.reason,
        says=held.says,
        sender=who if ours else held.source.removeprefix(STRANGERS),
        certain=held.certain,
        leaf=leaf if ours else "",
        bytes=held.size,
        bytes_kept=len(held.payload),
        replayable=held.whole and held.until_ms > now_ms and leaf == "batch",
        until_ms=held.until_ms,
    )


def facts(held: Held, now_ms: int) -> Facts:
    """All that may be told of one."""
    told = refusal(held, now_ms)
    try:
        said = envelope.unpack(held.payload)
    except Malformed:
        return Facts(told, None, None, None, None)
    named = said.sensor if NAMES.fullmatch(f"x/{said.sensor}") else None
    return Facts(told, said.kind.name.lower(), named, said.boot.hex(), said.number)


def why(reason: str) -> str:
    """Why, in words."""
    return _(WHY[Reason(reason)]) if reason in list(Reason) else reason


def advice(reason: str) -> str:
    """What to do."""
    return _(DO[Reason(reason)]) if reason in list(Reason) else ""


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 15:
        raise Unclear(f"'{text[:20]}' is no number; hours and messages are named by one")
    return int(text)
