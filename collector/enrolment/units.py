"""Units: each key that was shown, and which sensor's place it had from when to when.

A flashed unit that kept its key is the same unit; with a new key it is another one in the same place. The sensor, its
site, its settings and what was stored of it stay; which unit had sent a batch follows from the time.
"""

from dataclasses import dataclass, field

from sqlalchemy import Connection, Row, insert, select, update

from footfall_sensor import codes
from footfall_sensor.keys import PublicKey
from footfall_sensor.wire.enrol import About, Enrol

from .. import schema
from ..records import audit
from ..records.audit import Event
from ..records.registry import Sensor

NO_KEY_ID = bytes(8)  # of a sensor that was announced and has never shown a key


@dataclass(frozen=True, slots=True)
class Held:
    """A unit's certificate."""

    serial: str  # hexadecimal
    pem: str
    begins_ms: int
    ends_ms: int

    @property
    def renew_ms(self) -> int:
        """Two thirds of its life are over then: the unit asks for the next, and has a third of it to succeed in."""
        return self.begins_ms + (self.ends_ms - self.begins_ms) * 2 // 3


@dataclass(frozen=True, slots=True)
class Unit:
    """One key and its history."""

    id: int
    key: PublicKey
    sensor_id: int
    claim_id: str | None  # None = registered by hand
    shown_ms: int
    since_ms: int | None  # it has the place since then; None = it waits
    until_ms: int | None  # another has it since then
    asked_ms: int
    about: About
    wireguard: bytes = b""
    held: Held | None = None
    link: bytes = field(default=b"", repr=False)  # sealed

    @property
    def fingerprint(self) -> str:
        """What the person beside the unit reads there too."""
        return codes.fingerprint(self.key.raw)

    @property
    def waits(self) -> bool:
        """Whether somebody must approve it before it has its place."""
        return self.since_ms is None and self.until_ms is None


def find(connection: Connection, public_raw: bytes) -> Unit | None:
    """The unit with this key."""
    row = connection.execute(select(schema.units).where(schema.units.c.public_key == public_raw)).first()
    return None if row is None else _unit(row)


def of_sensor(connection: Connection, sensor_id: int) -> list[Unit]:
    """All units that had or want a sensor's place, oldest first."""
    wanted = select(schema.units).where(schema.units.c.sensor_id == sensor_id).order_by(schema.units.c.id)
    return [_unit(row) for row in connection.execute(wanted)]


def waiting(connection: Connection, sensor_id: int) -> Unit | None:
    """The unit that wants a sensor's place and waits for approval: of several the newest."""
    return next((unit for unit in reversed(of_sensor(connection, sensor_id)) if unit.waits), None)


def all_waiting(connection: Connection) -> dict[int, Unit]:
    """By sensor: the unit that wants its place, of several the newest."""
    table = schema.units
    wanted = select(table).where(table.c.since_ms.is_(None), table.c.until_ms.is_(None)).order_by(table.c.id)
    return {row.sensor_id: _unit(row) for row in connection.execute(wanted)}


def turn_away(connection: Connection, unit: Unit, now_ms: int) -> None:
    """It waits no more, and is told so when it asks next."""
    table = schema.units
    connection.execute(update(table).where(table.c.id == unit.id).values(until_ms=now_ms))


def add(connection: Connection, asked: Enrol, sensor_id: int, claim_id: str | None, link: bytes, now_ms: int) -> Unit:
    """A key that was never seen before."""
    row = {
        "public_key": asked.key.raw,
        "key_id": asked.key.id,
        "sensor_id": sensor_id,
        "claim_id": claim_id,
        "shown_ms": now_ms,
        "asked_ms": now_ms,
        "link": link or None,
        "wireguard": asked.wireguard or None,
        **_about(asked.about),
    }
    connection.execute(insert(schema.units).values(row))
    unit = find(connection, asked.key.raw)
    assert unit is not None
    return unit


def heard(connection: Connection, unit: Unit, asked: Enrol, keep_link: bool, now_ms: int) -> None:
    """A known unit has asked: what it says of itself now, and whether the link is still wanted."""
    change: dict[str, object] = {"asked_ms": now_ms, "wireguard": asked.wireguard or None, **_about(asked.about)}
    if not keep_link:
        change["link"] = None
    connection.execute(update(schema.units).where(schema.units.c.id == unit.id).values(change))


def seat(connection: Connection, sensor: Sensor, unit: Unit, actor: str, now_ms: int) -> None:
    """Give a unit the sensor's place from now on. Who had it, or waited for it, is replaced, and the log says so."""
    displace(connection, sensor, unit, actor, now_ms)
    table = schema.units
    connection.execute(update(table).where(table.c.id == unit.id).values(since_ms=now_ms))


def displace(connection: Connection, sensor: Sensor, unit: Unit, actor: str, now_ms: int) -> None:
    """The sensor's key is this unit's, and every other unit's time there is over."""
    table = schema.units
    if sensor.key_id != NO_KEY_ID:
        _note_by_hand(connection, sensor, now_ms)
    for other in of_sensor(connection, sensor.id):
        if other.id != unit.id and other.until_ms is None:
            connection.execute(update(table).where(table.c.id == other.id).values(until_ms=now_ms))
            says = f"its place has the unit {unit.fingerprint} now"
            audit.append(
                connection, Event(actor, "replaced", f"unit {other.fingerprint} of {sensor.user}", says), now_ms
            )
    change = {"key_id": unit.key.id, "public_key": unit.key.raw}
    connection.execute(update(schema.sensors).where(schema.sensors.c.id == sensor.id).values(change))


def _note_by_hand(connection: Connection, sensor: Sensor, now_ms: int) -> None:
    """A key that was registered by hand gets its row in the history before another takes its place."""
    if find(connection, sensor.public_key) is None:
        row = {
            "public_key": sensor.public_key,
            "key_id": sensor.key_id,
            "sensor_id": sensor.id,
            "shown_ms": sensor.changed_ms,
            "since_ms": sensor.changed_ms,
            "asked_ms": now_ms,
            **_about(About()),
        }
        connection.execute(insert(schema.units).values(row))


def _about(about: About) -> dict[str, str]:
    return {"version": about.version, "machine": about.machine, "profile": about.profile, "board": about.board} | {
        "model": about.model
    }


def _unit(row: Row[tuple[object, ...]]) -> Unit:
    said = row._mapping
    return Unit(
        id=said["id"],
        key=PublicKey(said["key_id"], said["public_key"]),
        sensor_id=said["sensor_id"],
        claim_id=said["claim_id"],
        shown_ms=said["shown_ms"],
        since_ms=said["since_ms"],
        until_ms=said["until_ms"],
        asked_ms=said["asked_ms"],
        about=About(said["version"], said["machine"], said["profile"], said["board"], said["model"]),
        wireguard=said["wireguard"] or b"",
        held=Held(said["serial"], said["pem"], said["begins_ms"], said["ends_ms"]) if said["serial"] else None,
        link=said["link"] or b"",
    )
