"""The certificates that units got: the newest is given again until it is time for the next."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, or_, select

from .. import schema
from ..issuing import Issuer
from ..registry import Sensor
from ..standing import Standing
from .units import Unit


@dataclass(frozen=True, slots=True)
class Held:
    """A unit's certificate."""

    serial_hex: str
    pem: str
    not_before_ms: int
    not_after_ms: int

    @property
    def renew_ms(self) -> int:
        """Two thirds of its life are over then: the unit asks for the next, and has a third of it to succeed in."""
        return self.not_before_ms + (self.not_after_ms - self.not_before_ms) * 2 // 3


def newest(connection: Connection, unit: Unit) -> Held | None:
    """The last that the unit got."""
    table = schema.certificates
    wanted = select(table).where(table.c.unit_id == unit.id).order_by(table.c.not_after_ms.desc()).limit(1)
    row = connection.execute(wanted).first()
    return None if row is None else Held(row.serial, row.pem, row.not_before_ms, row.not_after_ms)


def current(connection: Connection, issuer: Issuer, sensor: Sensor, unit: Unit, now_ms: int) -> Held:
    """The unit's certificate: the one it has, or a new one where it is time for that."""
    held = newest(connection, unit)
    if held is not None and now_ms < held.renew_ms:
        return held
    made = issuer.issue_sensor(unit.key.raw, sensor.user, now_ms)
    held = Held(made.serial_hex, made.pem, made.not_before_ms, made.not_after_ms)
    row = {
        "serial": held.serial_hex,
        "unit_id": unit.id,
        "pem": held.pem,
        "not_before_ms": held.not_before_ms,
        "not_after_ms": held.not_after_ms,
    }
    connection.execute(insert(schema.certificates).values(row))
    return held


def revoked(engine: Engine, now_ms: int) -> list[tuple[str, int]]:
    """Serial and time of every certificate that is not over and must not be taken any more: its sensor was revoked,
    or another unit has its place. It follows from the registry, so no way of revoking can forget it.
    """
    certificates, units, sensors = schema.certificates, schema.units, schema.sensors
    wanted = (
        select(certificates.c.serial, units.c.until_ms, sensors.c.changed_ms)
        .join(units, units.c.id == certificates.c.unit_id)
        .join(sensors, sensors.c.id == units.c.sensor_id)
        .where(certificates.c.not_after_ms > now_ms)
        .where(
            or_(
                sensors.c.state.in_((Standing.REVOKED, Standing.REPLACED)),
                units.c.until_ms.is_not(None),
                units.c.public_key != sensors.c.public_key,
            )
        )
        .order_by(certificates.c.serial)
    )
    with engine.begin() as connection:
        return [(row.serial, row.until_ms or row.changed_ms) for row in connection.execute(wanted)]
