"""The intake: what to do with a handful of MQTT messages. Verify, store, answer; no MQTT in here.

Every message it is given is settled when `take` returns, and may then be acknowledged to the broker. Where the store
cannot be written it raises StoreError, and the same messages can be given again: nothing is lost, nothing doubled.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy.exc import OperationalError

from footfall_sensor.errors import Malformed
from footfall_sensor.keys import SecretKey
from footfall_sensor.wire.envelope import Kind

from .. import clock
from ..admission.door import TOO_FAST, Admitted, Arrived, Door, Reason, Refused
from ..admission.doubt import Doubt
from ..admission.evidence import evidence, source_of
from ..admission.flagging import Flagging
from ..admission.guard import Guard
from ..admission.quarantine import Held, Pace, Quarantine
from ..admission.starts import Starts
from ..configuration.pusher import Pusher
from ..downlink.handout import WITHHELD, Handout
from ..downlink.places import Places
from ..downlink.sealing import Downlink, Outgoing, Settled
from ..errors import StoreError
from ..records.registry import Registry, Sensor, Tenant
from ..records.reports import Report, boot_bytes
from ..records.roster import Roster
from ..storage.store import Store
from .checking import Checked, Checking
from .lag import Lag
from .presence import Presence

# Good once: it comes again, or has come.
PASSING = frozenset({Reason.TOO_FAST, Reason.REPEATED, Reason.CLOCK_IN_DOUBT})
OF_TIME = frozenset({Reason.TOO_OLD, Reason.IN_FUTURE})
AT_ONCE = 128  # messages whose signatures are checked together


class Message(NamedTuple):
    """One MQTT message as it came."""

    topic: str
    payload: bytes


class Intake:
    """Everything between an arrived message and its answer."""

    def __init__(
        self,
        registry: Registry,
        door: Door,
        store: Store,
        quarantine: Quarantine,
        handout: Handout,
        downlink: Downlink,
        places: Places,
        *,
        replays: bool = False,
        doubt: Doubt | None = None,
        batches_only: bool = False,
    ) -> None:
        """replays: captures are played, as often and as old as somebody likes. doubt: None = the clock is believed.

        batches_only: another process answers all else, and says to sensors what is not an acknowledgement.
        """
        self.refused: Counter[str] = Counter()
        self._replays = replays
        self._doubt = doubt
        self._guard = Guard(Starts(registry.engine), Roster(registry.engine), watching=not replays)
        self._flagging = Flagging(store.flags)
        self._pace = Pace()
        self._cut = 0
        self.lag = Lag()
        self._registry = registry
        self._door = door
        self._checking = Checking(door.check)
        self._store = store
        self._quarantine = quarantine
        self.handout = handout
        self.downlink = downlink
        self._places = places
        pusher = Pusher(registry.engine, downlink)
        self._presence = None if batches_only else Presence(pusher, handout, downlink, places)
        self._sensors: list[Sensor] = []
        self._tenant_of: dict[str, Tenant] = {}
        self.refresh()

    def refresh(self, now_ms: int = 0) -> None:
        """Learn from the registry who may send now, and what each is to run with; 0 = the time of this machine."""
        self._sensors = self._registry.sensors()
        self._door.know(self._sensors)
        self._places.refresh()
        tenants = {tenant.name: tenant for tenant in self._registry.tenants()}
        if self._presence is not None:
            self._presence.refresh(self._sensors, tenants, now_ms or clock.now_ms())
        self._guard.know(self._sensors)
        self._flagging.keep({sensor.id for sensor in self._sensors})
        self._tenant_of = {sensor.user: tenants[sensor.tenant] for sensor in self._sensors}
        self._store.know(tenants.values())

    def use(self, secret: SecretKey) -> None:
        """Sign what is said to sensors with this key from now on."""
        self.downlink.use(secret)

    def due(self, now_ms: int) -> list[Outgoing]:
        """What to send to sensors whose configuration has changed. For a broker that is there: it counts as sent."""
        return [] if self._presence is None else self._presence.due(now_ms)

    def announcements(self, now_ms: int) -> list[Outgoing]:
        """What to say to sensors whose place has changed, by a refresh or by the time."""
        return [] if self._presence is None else self._presence.announcements(now_ms)

    def counters(self) -> dict[str, int]:
        """What was not taken, or not counted, since the start: every reason by its stable name, zeros included."""
        return {
            **{f"refused_{reason}": self.refused[reason] for reason in Reason},
            "quarantine_left_out": self._pace.left_out,
            "sightings_over_share": self._cut,
            "windows_flagged": self._flagging.flagged,
            **{f"keys_withheld_{reason}": self.handout.refused[reason] for reason in WITHHELD},
        }

    def take(self, messages: Sequence[Message], now_ms: int) -> list[Outgoing]:
        """Settle these messages; returns what to say to sensors. Raises StoreError: give the same ones again."""
        began_s = time.monotonic()
        admitted: list[Admitted] = []
        reports: list[Report] = []
        settled: list[Settled] = []
        held: list[Held] = []
        outgoing: list[Outgoing] = []
        for message, checked in self._checked(messages, now_ms):
            try:
                outcome = self._judge(message, checked, reports, outgoing, now_ms)
            except OperationalError as exc:
                self._guard.forget()
                raise StoreError(f"the registry cannot be read: {exc.orig}. Is its database up?") from exc
            if isinstance(outcome, Admitted):
                admitted.append(self._places.without_tokens(outcome, self.refused))
            elif isinstance(outcome, Refused):
                self._refuse(outcome, message, settled, held, now_ms)
        twins = self._write(admitted, reports, held, now_ms)
        if not self._replays:
            ends_ms = (item.batch.start_ms + item.batch.length_ms for item in admitted)
            self.lag.note(ends_ms, now_ms + round(1000 * (time.monotonic() - began_s)))
        settled.extend(
            Settled(item.sensor, boot_bytes(item.boot), item.number, stored=item not in twins) for item in admitted
        )
        if self._guard.act(now_ms):
            self.refresh(now_ms)
        return [*outgoing, *self.downlink.acks(settled)]

    def _checked(self, messages: Sequence[Message], now_ms: int) -> Iterator[tuple[Message, Checked]]:
        """Each message with what the door says of it. What its sender may no longer send is not looked at.

        A few at a time: so many more than its sender may send are looked at, at most.
        """
        for start in range(0, len(messages), AT_ONCE):
            some = messages[start : start + AT_ONCE]
            spent = [self._door.spent(message.topic, now_ms) for message in some]
            checked = iter(self._checking.all([message for message, gone in zip(some, spent, strict=True) if not gone]))
            for message, gone in zip(some, spent, strict=True):
                yield message, TOO_FAST if gone else next(checked)

    def _judge(
        self, message: Message, arrived: Checked, reports: list[Report], outgoing: list[Outgoing], now_ms: int
    ) -> Admitted | Refused | None:
        """What is to become of a message; None where it has said what it had to say."""
        if isinstance(arrived, Refused):
            return TOO_FAST if self._door.spent(message.topic, now_ms) else self._paid(arrived, message, now_ms)
        if arrived.envelope.kind is not Kind.BATCH:
            return None if self._presence is None else self._listen(arrived, self._presence, reports, outgoing, now_ms)
        outcome = self._door.admit(arrived, now_ms)
        if isinstance(outcome, Admitted):
            self._guard.saw(outcome)
        elif outcome.reason in OF_TIME and self._doubt is not None and self._doubt.about(now_ms):
            return outcome._replace(reason=Reason.CLOCK_IN_DOUBT)  # its sensor keeps it, and sends it again
        return outcome

    def _paid(self, refused: Refused, message: Message, now_ms: int) -> Refused:
        """A refusal; a sensor's own message is charged to it even so, and a forgery to its name."""
        if refused.reason is Reason.BAD_SIGNATURE:
            self._door.forged(message.topic, now_ms)
        if refused.sensor is None:
            return refused
        is_batch = message.topic.endswith("/batch")
        return self._door.may_pass(refused.sensor, len(message.payload), now_ms, is_batch=is_batch) or refused

    def _write(
        self, admitted: list[Admitted], reports: list[Report], held: list[Held], now_ms: int
    ) -> tuple[Admitted, ...]:
        """Make it all durable. Returns the batches that came under another one's number, and are not."""
        twins: tuple[Admitted, ...] = ()
        try:
            if admitted:
                self._flagging.look(admitted)
                twins = self._store.commit(admitted, now_ms).twins
                self._guard.twins(item.sensor for item in twins)
            self._registry.reports.record(reports)
            self._quarantine.hold(held)
            if self._presence is not None:
                self._presence.save()
            self._guard.save()
        except StoreError:
            self._guard.forget()
            raise
        except OperationalError as exc:
            self._guard.forget()
            raise StoreError(f"the registry cannot be written: {exc.orig}. Free some space or check the disk") from exc
        self._cut += sum(item.cut for item in admitted)
        return twins

    def _refuse(
        self, refused: Refused, message: Message, settled: list[Settled], held: list[Held], now_ms: int
    ) -> None:
        self.refused[refused.reason] += 1
        if refused.reason in PASSING:
            return
        if refused.strike and refused.sensor is not None:
            self._guard.strike(refused.sensor, refused.strike, now_ms)
        source = source_of(refused, message.topic, self._tenant_of)
        if refused.sensor is not None or self._pace.allows(source, now_ms):
            held.append(evidence(refused, *message, self._tenant_of, now_ms, history=self._replays))
        if refused.sensor is not None and refused.number is not None:
            settled.append(Settled(refused.sensor, refused.boot, refused.number, stored=False))

    def _listen(
        self, arrived: Arrived, presence: Presence, reports: list[Report], outgoing: list[Outgoing], now_ms: int
    ) -> Refused | None:
        """A message that is no batch; returns a Refused where it comes too fast or again, or is malformed."""
        sensor, size = arrived.sensor, len(arrived.envelope.body)
        refused = self._door.may_pass(sensor, size, now_ms, is_batch=False) or self._guard.order(arrived, now_ms)
        if refused:
            return refused
        try:
            reports.append(presence.hear(arrived, outgoing, now_ms))
        except Malformed as exc:
            return Refused(Reason.MALFORMED, str(exc), sensor, strike=arrived.digest)
        return None
