"""Presence: what sensors say of themselves beside batches, and what they are told for it."""

from collections.abc import Iterable, Mapping

from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.messages import Birth, Health
from footfall_sensor.wire.settings import Result

from ..admission.door import Arrived
from ..configuration.pusher import Pusher
from ..downlink.handout import Handout
from ..downlink.places import Places
from ..downlink.sealing import Downlink, Outgoing
from ..records.registry import Sensor, Tenant
from ..records.reports import Report, boot_number


class Presence:
    """Who is there, by which start, running what. Of the chief alone: it has a state and an order."""

    def __init__(self, pusher: Pusher, handout: Handout, downlink: Downlink, places: Places) -> None:
        self._pusher = pusher
        self._handout = handout
        self._downlink = downlink
        self._places = places
        self._approved: list[Sensor] = []
        self._tenants: Mapping[str, Tenant] = {}

    def refresh(self, sensors: Iterable[Sensor], tenants: Mapping[str, Tenant], now_ms: int) -> None:
        """Learn what each is to run with, and whose it is."""
        known = list(sensors)
        self._approved = [sensor for sensor in known if sensor.approved]
        self._tenants = tenants
        self._pusher.refresh(known, now_ms)

    def hear(self, arrived: Arrived, outgoing: list[Outgoing], now_ms: int) -> Report:
        """A message that is no batch, and its answers into `outgoing`. Raises Malformed, StoreError."""
        sensor, opened = arrived.sensor, arrived.envelope
        version, health = "", None
        built: tuple[str | None, str | None] = (None, None)
        if opened.kind is Kind.BIRTH:
            birth = Birth.decode(opened.body)
            version, built = birth.version, (birth.firmware, birth.board)
            self._born(sensor, opened.boot, birth, outgoing, now_ms)
        elif opened.kind is Kind.HEALTH:
            health = Health.decode(opened.body)
            version = health.version
            self._well(sensor, opened.boot, health, outgoing, now_ms)
        elif opened.kind is Kind.RESULT:
            self._pusher.told(sensor, Result.decode(opened.body), now_ms)
        else:
            self._pusher.gone(sensor, opened.boot)
        alive = opened.kind is not Kind.DEATH
        return Report(sensor.id, boot_number(opened.boot), now_ms, alive, version, health, *built)

    def due(self, now_ms: int) -> list[Outgoing]:
        """What to send to sensors whose configuration has changed, and commands that wait."""
        return self._pusher.due(now_ms)

    def announcements(self, now_ms: int) -> list[Outgoing]:
        """What to say to sensors whose place has changed, by a refresh or by the time."""
        return self._places.changes(self._approved, self._downlink, now_ms)

    def save(self) -> None:
        """Write what has changed since. Raises sqlalchemy's OperationalError."""
        self._pusher.save()

    def _born(self, sensor: Sensor, boot: bytes, birth: Birth, outgoing: list[Outgoing], now_ms: int) -> None:
        if birth.time_ms:
            self._pusher.timed(sensor, boot)
        outgoing += self._pusher.heard(sensor, boot, birth.config, birth.trial, now_ms)
        outgoing += self._handout.answer(sensor, birth, self._tenants, now_ms)

    def _well(self, sensor: Sensor, boot: bytes, health: Health, outgoing: list[Outgoing], now_ms: int) -> None:
        if health.time_ms:
            self._pusher.timed(sensor, boot)
        outgoing += self._pusher.heard(sensor, boot, health.config, None, now_ms)
        outgoing += self._places.news(sensor, health.objections, self._downlink, now_ms)
