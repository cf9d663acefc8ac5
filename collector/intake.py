"""The intake: what to do with a handful of MQTT messages. Verify, store, answer; no MQTT in here.

Every message it is given is settled when `take` returns, and may then be acknowledged to the broker. Where the store
cannot be written it raises StoreError, and the same messages can be given again: nothing is lost, nothing doubled.
"""

import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.exc import OperationalError

from footfall_sensor.errors import Malformed
from footfall_sensor.keys import SecretKey
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.messages import Birth, Health
from footfall_sensor.wire.settings import Result

from .configuration.pusher import Pusher
from .door import Admitted, Arrived, Door, Reason, Refused
from .downlink import Downlink, Outgoing, Settled
from .errors import StoreError
from .handout import Handout
from .places import Places
from .quarantine import Held, Quarantine
from .registry import Registry, Report, Sensor, Tenant, boot_bytes, boot_number
from .store import Store


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
    ) -> None:
        self.refused: Counter[str] = Counter()
        self._registry = registry
        self._door = door
        self._store = store
        self._quarantine = quarantine
        self.handout = handout
        self.downlink = downlink
        self._places = places
        self._pusher = Pusher(registry.engine, downlink)
        self._sensors: list[Sensor] = []
        self._tenants: dict[str, Tenant] = {}
        self.refresh()

    def refresh(self, now_ms: int = 0) -> None:
        """Learn from the registry who may send now, and what each is to run with; 0 = the time of this machine."""
        self._sensors = self._registry.sensors()
        self._door.know(self._sensors)
        self._places.refresh()
        self._pusher.refresh(self._sensors, now_ms or time.time_ns() // 1_000_000)
        self._tenants = {tenant.name: tenant for tenant in self._registry.tenants()}
        self._store.know(self._tenants.values())

    def use(self, secret: SecretKey) -> None:
        """Sign what is said to sensors with this key from now on."""
        self.downlink.use(secret)

    def due(self, now_ms: int) -> list[Outgoing]:
        """What to say without being asked: to sensors whose configuration, or whose place, has changed."""
        approved = [sensor for sensor in self._sensors if sensor.approved]
        return [*self._pusher.due(now_ms), *self._places.changes(approved, self.downlink, now_ms)]

    def take(self, messages: Sequence[Message], now_ms: int) -> list[Outgoing]:
        """Settle these messages; returns what to say to sensors. Raises StoreError: give the same ones again."""
        admitted: list[Admitted] = []
        reports: list[Report] = []
        settled: list[Settled] = []
        held: list[Held] = []
        outgoing: list[Outgoing] = []
        for message in messages:
            outcome: Arrived | Refused | Admitted = self._door.check(*message)
            if isinstance(outcome, Arrived):
                if outcome.envelope.kind is Kind.BATCH:
                    outcome = self._door.admit(outcome, now_ms)
                else:
                    outcome = self._listen(outcome, reports, outgoing, now_ms) or outcome
            if isinstance(outcome, Admitted):
                admitted.append(self._places.without_tokens(outcome, self.refused))
            elif isinstance(outcome, Refused):
                self._refuse(outcome, message, settled, held, now_ms)
        self._write(admitted, reports, held, now_ms)
        settled.extend(Settled(item.sensor, boot_bytes(item.boot), item.number, stored=True) for item in admitted)
        return [*outgoing, *self.downlink.acks(settled)]

    def _write(self, admitted: list[Admitted], reports: list[Report], held: list[Held], now_ms: int) -> None:
        if admitted:
            self._store.commit(admitted, now_ms)
        try:
            self._registry.record(reports)
            self._quarantine.hold(held)
            self._pusher.save()
        except OperationalError as exc:
            raise StoreError(f"the registry cannot be written: {exc.orig}. Free some space or check the disk") from exc

    def _refuse(
        self, refused: Refused, message: Message, settled: list[Settled], held: list[Held], now_ms: int
    ) -> None:
        self.refused[refused.reason] += 1
        if refused.reason is Reason.TOO_FAST:
            return  # its own, and good: the sensor sends it again
        held.append(Held(0, now_ms, message.topic, refused.reason, refused.says, message.payload))
        if refused.sensor is not None and refused.number is not None:
            settled.append(Settled(refused.sensor, refused.boot, refused.number, stored=False))

    def _listen(self, arrived: Arrived, reports: list[Report], outgoing: list[Outgoing], now_ms: int) -> Refused | None:
        """Birth, health, result or death; returns a Refused where its body is malformed."""
        sensor, opened = arrived.sensor, arrived.envelope
        version, health = "", None
        try:
            if opened.kind is Kind.BIRTH:
                birth = Birth.decode(opened.body)
                version = birth.version
                running = (birth.config, birth.trial)
                outgoing.extend(self._pusher.heard(sensor, opened.boot, *running, now_ms))
                outgoing += self.handout.answer(sensor, birth, self._tenants, now_ms)
            elif opened.kind is Kind.HEALTH:
                health = Health.decode(opened.body)
                version = health.version
                outgoing.extend(self._pusher.heard(sensor, opened.boot, health.config, None, now_ms))
                outgoing.extend(self._places.news(sensor, health.objections, self.downlink, now_ms))
            elif opened.kind is Kind.RESULT:
                self._pusher.told(sensor, Result.decode(opened.body), now_ms)
            else:
                self._pusher.gone(sensor, opened.boot)
        except Malformed as exc:
            return Refused(Reason.MALFORMED, str(exc))
        alive = opened.kind is not Kind.DEATH
        reports.append(Report(sensor.id, boot_number(opened.boot), now_ms, alive, version, health))
        return None
