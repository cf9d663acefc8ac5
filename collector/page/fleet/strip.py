"""The strip of a sensor's states over a time, from left to right. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...fleet import SILENT_S
from ...watch.checks import OK
from ...watch.past import StateChange
from .. import words
from . import states

STRIP_PX = 1000


@dataclass(frozen=True, slots=True)
class Band:
    """A time in one state, as the strip draws it."""

    x: float
    width: float
    kind: str
    says: str


def strip(changes: Sequence[StateChange], since_ms: int, now_ms: int, heard_ms: int | None = None) -> list[Band]:
    """The states of a time from left to right, STRIP_PX wide; what is not known is left out.

    A sensor that was well is drawn so until its last word (heard_ms) and the time that it may be quiet: no longer.
    """
    found, span_ms = [], max(1, now_ms - since_ms)
    for number, change in enumerate(changes):
        end_ms = changes[number + 1].time_ms if number + 1 < len(changes) else now_ms
        if number + 1 == len(changes) and change.state == OK and heard_ms is not None:
            end_ms = min(end_ms, max(change.time_ms, heard_ms + SILENT_S * 1000))
        start_ms = max(change.time_ms, since_ms)
        if end_ms > start_ms:
            x, width = (round(STRIP_PX * part / span_ms, 2) for part in (start_ms - since_ms, end_ms - start_ms))
            says = f"{states.label(change.state)}: {words.ago(change.time_ms, now_ms)}"
            found.append(Band(x, width, states.kind(change.state), says))
    return found
