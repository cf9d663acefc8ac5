"""Readmission: held batches go through the door once more, and no other way; what passes is stored, once.

The acknowledgement follows by itself: a sensor that still has such a batch sends it again, and the running collector
answers that it is stored. Births, health and deaths are not replayed: they spoke of a moment that is over.
"""

from collections import Counter
from dataclasses import dataclass, replace

from ..admission.door import Admitted, Arrived, Door, Limits, Refused
from ..admission.flagging import Flagging
from ..admission.quarantine import MESSAGES_MAX, Held, Selection
from ..downlink.places import Places
from ..folder import Collector
from ..records.audit import Event


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the messages of one replay."""

    stored: int  # also as duplicates
    refused: int  # again: they stay, with the reason of today
    passed_over: int  # no batch, or not kept whole


def replay(collector: Collector, selection: Selection, actor: str, now_ms: int) -> Outcome:
    """Replay the selected messages, with a row in the audit log. Raises StoreError; then nothing has changed."""
    held = collector.quarantine.list(MESSAGES_MAX, selection)[::-1]
    history = collector.settings.replay
    door = Door(replace(Limits(late_ms=None, ahead_ms=None) if history else Limits(), rate_per_s=None))
    door.know(collector.registry.sensors())
    places = Places(collector.registry, collector.objections, collector.lists)
    places.refresh()
    admitted: list[tuple[Held, Admitted]] = []
    again: list[Held] = []
    passed_over = 0
    for one in held:
        if not one.whole or one.until_ms <= now_ms or not one.topic.endswith("/batch"):
            passed_over += 1
            continue
        outcome: Arrived | Admitted | Refused = door.check(one.topic, one.payload)
        if isinstance(outcome, Arrived):
            outcome = door.admit(outcome, now_ms)
        if isinstance(outcome, Admitted):
            admitted.append((one, places.without_tokens(outcome, Counter())))
        elif isinstance(outcome, Refused):
            again.append(replace(one, reason=outcome.reason, says=outcome.says))
    if admitted:
        Flagging(collector.store.flags).look([batch for _, batch in admitted])
        collector.store.commit([batch for _, batch in admitted], now_ms)
    done = Outcome(len(admitted), len(again), passed_over)
    says = f"{done.stored} stored, {done.refused} refused again, {done.passed_over} passed over"
    event = Event(actor, "replay", "quarantine", says)
    collector.quarantine.settle([one.id for one, _ in admitted], again, event, now_ms)
    return done
