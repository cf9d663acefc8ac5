"""The pusher: within a running collector, what is to be said to sensors about configuration and commands."""

import logging
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from footfall_sensor.wire.settings import COMMAND_LIFE_MS, Command, Result, Verb

from ..downlink.sealing import Downlink, Outgoing
from ..records.registry import Sensor
from . import push
from .outbox import SENT, WAITING, Order, Outbox
from .plan import Fleet, values
from .push import Pace, Push, PushState
from .store import ConfigurationStore

log = logging.getLogger(__name__)


class Pusher:
    """Knows of each sensor what it should run with, what it runs, and by which start of it."""

    def __init__(self, engine: Engine, downlink: Downlink) -> None:
        self._store = ConfigurationStore(engine)
        self._outbox = Outbox(engine)
        self._downlink = downlink
        self._pace = Pace()
        self._sensors: dict[int, Sensor] = {}
        self._boots: dict[int, bytes] = {}  # of the sensors that are connected
        self._timed: dict[int, bytes] = {}  # the start that has said a time: before, it takes no upgrade
        self._pushes: dict[int, Push] = {}
        self._orders: dict[bytes, Order] = {}
        self._changed: set[int] = set()
        self._answered: set[bytes] = set()
        self._unresolved: dict[int, str] = {}  # sensors whose options cannot be made, and why
        self._fleet: Fleet | None = None  # as it was looked at last

    def refresh(self, sensors: Iterable[Sensor], now_ms: int) -> None:
        """Look at layers, sensors and commands; a version is made only for sensors whose options differ.

        Where the registry cannot be read or written all stays as it is until the next time.
        """
        try:
            self._refresh(sensors, now_ms)
        except OperationalError as exc:
            log.warning("configuration: the registry cannot be used: %s; all is as before", exc.orig)

    def _refresh(self, sensors: Iterable[Sensor], now_ms: int) -> None:
        self.save()
        fleet = self._store.fleet(known=sensors)
        self._sensors = {sensor.id: sensor for sensor in fleet.sensors if sensor.approved}
        self._orders = {order.id: order for order in self._outbox.orders(now_ms)}
        if self._fleet is None:
            self._pushes = self._outbox.pushes()
        for sensor_id, retry_ms in self._outbox.retried().items():
            if sensor_id in self._pushes:
                self._pushes[sensor_id] = replace(self._pushes[sensor_id], retry_ms=retry_ms)
        changed = fleet != self._fleet
        for sensor in fleet.sensors:
            known = self._pushes.get(sensor.id, Push(sensor.id))
            # Where nothing has changed a version may be old all the same, or wanted again.
            if changed:
                self._resolve(fleet, sensor)
            if sensor.id in self._unresolved:
                self._put(push.unresolved(known, self._unresolved[sensor.id], now_ms))
                continue
            options = push.packed(values(fleet.effective(sensor))) if changed else known.options
            self._put(push.wanted(push.resolved(known, now_ms), options, now_ms))
        self._fleet = fleet
        self.save()

    def _resolve(self, fleet: Fleet, sensor: Sensor) -> None:
        lacks = fleet.known(sensor)[1]
        if not lacks:
            self._unresolved.pop(sensor.id, None)
        elif self._unresolved.get(sensor.id) != lacks:
            log.warning("configuration: %s", lacks)
            self._unresolved[sensor.id] = lacks

    def heard(self, sensor: Sensor, boot: bytes, running: int, trial: bool | None, now_ms: int) -> list[Outgoing]:
        """What a sensor runs, from its birth, or from its health (trial: None). One on probation hears that it was
        heard."""
        self._boots[sensor.id] = boot
        known = push.heard(self._pushes.get(sensor.id, Push(sensor.id)), running, trial, now_ms)
        self._put(known)
        if running == known.version and known.state is PushState.TRYING:
            return [self._downlink.command(sensor, Command(boot, Verb.KEEP, boot, now_ms, now_ms + COMMAND_LIFE_MS))]
        return []

    def timed(self, sensor: Sensor, boot: bytes) -> None:
        """This start of a sensor knows what time it is. Before, it refuses to be upgraded: the order may be old."""
        self._timed[sensor.id] = boot

    def gone(self, sensor: Sensor, boot: bytes) -> None:
        """A sensor has said goodbye, or its connection is lost."""
        if self._boots.get(sensor.id) == boot:
            del self._boots[sensor.id]

    def told(self, sensor: Sensor, result: Result, now_ms: int) -> None:
        """What became of a configuration or of a command."""
        if result.version:
            self._pace.forget(sensor.id)
            self._put(push.told(self._pushes.get(sensor.id, Push(sensor.id)), result, now_ms))
            return
        order = self._orders.get(result.command) or self._late(result.command)
        if order and order.sensor_id == sensor.id:
            self._orders[order.id] = replace(order, state=result.outcome.value, says=result.says)
            self._answered.add(order.id)

    def _late(self, command: bytes) -> Order | None:
        """An upgrade whose verdict came when the order itself was long taken, or over."""
        order = self._outbox.find(command)
        return order if order and order.verb == Verb.UPGRADE else None

    def due(self, now_ms: int) -> list[Outgoing]:
        """What is to be sent now: few at a time, and only to sensors that are there."""
        outgoing = [self._send(order, now_ms) for order in self._orders.values() if self._may_go(order)]
        for sensor_id, known in self._pushes.items():
            waits = known.state is PushState.PENDING and known.version > 0
            if waits and sensor_id in self._boots and sensor_id in self._sensors:
                if known.running == known.version or not self._pace.allows(sensor_id, now_ms):
                    continue
                outgoing.append(self._downlink.config(self._sensors[sensor_id], known.configuration()))
        return outgoing

    def save(self) -> None:
        """Write what has changed since."""
        if self._changed or self._answered:
            orders = [self._orders[order] for order in self._answered if order in self._orders]
            self._outbox.save([self._pushes[sensor] for sensor in self._changed], orders)
            self._changed, self._answered = set(), set()

    def _may_go(self, order: Order) -> bool:
        there = order.sensor_id in self._boots and order.sensor_id in self._sensors
        if order.state != WAITING or not there or order.verb != Verb.UPGRADE:
            return order.state == WAITING and there
        whole = order.offers is not None or order.image is not None
        return whole and self._timed.get(order.sensor_id) == self._boots[order.sensor_id]

    def _send(self, order: Order, now_ms: int) -> Outgoing:
        self._orders[order.id] = replace(order, state=SENT)
        self._answered.add(order.id)
        boot = self._boots[order.sensor_id]
        new, back = order.offers or (None, None)
        until_ms = order.made_ms + COMMAND_LIFE_MS
        command = Command(order.id, order.verb, boot, now_ms, until_ms, new, back, order.image)
        return self._downlink.command(self._sensors[order.sensor_id], command)

    def _put(self, changed: Push) -> None:
        known = self._pushes.get(changed.sensor_id)
        if changed == known or (known is None and changed == Push(changed.sensor_id)):
            return
        if known is None or changed.version != known.version:
            self._pace.forget(changed.sensor_id)
        self._pushes[changed.sensor_id] = changed
        self._changed.add(changed.sensor_id)
