"""Approval, by an administrator or by a claim's rule; and the ways out: revoked, quarantined, released."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, update

from .. import schema
from ..database import writing
from ..errors import QueryError
from ..keys.issuing import Issuer
from ..records import audit, roster
from ..records.audit import Event
from ..records.registry import Sensor
from ..records.standing import Standing
from ..tunnel import wireguard
from . import places, units
from .units import Unit

SEATED = frozenset({Standing.APPROVED, Standing.QUARANTINED})


@dataclass(frozen=True, slots=True)
class Approved:
    """A sensor that may send now; unit: the one that was given its place, None where it had it already."""

    sensor: Sensor
    unit: Unit | None


def approve(connection: Connection, name: str, says: str, actor: str, now_ms: int, fingerprint: str = "") -> Approved:
    """Let the unit that waits for a sensor's place have it, within a transaction that writes.

    fingerprint: only if it is this one. Raises QueryError.
    """
    sensor = roster.find(connection, name)
    unit = units.waiting(connection, sensor.id)
    if unit is None:
        if sensor.state is Standing.NEW:
            raise QueryError(f"{name} was announced, and no unit has shown its claim yet; there is nothing to approve")
        if sensor.state is Standing.QUARANTINED:
            raise QueryError(f"{name} is in quarantine; footfall fleet release lets it out")
    if fingerprint and (unit is None or unit.fingerprint != fingerprint):
        waits = f"the one that waits has {unit.fingerprint}" if unit else "no unit waits for it"
        raise QueryError(f"no unit with the fingerprint {fingerprint} waits for {name}: {waits}")
    if unit is not None:
        units.seat(connection, sensor, unit, actor, now_ms)
        wireguard.forget(connection, sensor.user)  # the tunnel and the password of a lean unit that had the place
        says = f"{says}; fingerprint {unit.fingerprint}"
    if unit is not None and sensor.state is Standing.APPROVED:
        _say_again(connection, sensor, says, actor, now_ms)
    else:
        roster.move(connection, name, Standing.APPROVED, says, actor, now_ms)
    return Approved(roster.find(connection, name), unit)


def refuse(connection: Connection, name: str, why: str, actor: str, now_ms: int) -> Sensor:
    """Turn away the unit that waits for a sensor's place. Raises QueryError where none waits.

    Where no unit ever had the place, the place is revoked with it: its claim is used up, and so is its name.
    """
    sensor = roster.find(connection, name)
    unit = units.waiting(connection, sensor.id)
    if unit is not None:
        units.turn_away(connection, unit, now_ms)
    if sensor.state is Standing.PENDING:
        return roster.move(connection, name, Standing.REVOKED, why, actor, now_ms)
    if unit is None:
        raise QueryError(f"no unit waits for {name}; there is nothing to refuse")
    says = f"unit {unit.fingerprint} is refused" + (f": {why}" if why else "")
    audit.append(connection, Event(actor, "refuse", f"sensor {sensor.user}", says), now_ms)
    return sensor


class Approvals:
    """The same in transactions of their own: what the commands call."""

    def __init__(self, engine: Engine, issuer: Issuer | None = None) -> None:
        self._engine = engine
        self._issuer = issuer

    def approve(self, name: str, actor: str, now_ms: int, fingerprint: str = "") -> Approved:
        """See approve. The certificates of a unit that was replaced are revoked."""
        with writing(self._engine).begin() as connection:
            done = approve(connection, name, "approved by hand", actor, now_ms, fingerprint)
        if done.unit is not None and self._issuer is not None:
            self._issuer.revoke_users([done.sensor.user], now_ms)
        return done

    def refuse(self, name: str, why: str, actor: str, now_ms: int) -> Sensor:
        """See refuse."""
        with writing(self._engine).begin() as connection:
            return refuse(connection, name, why, actor, now_ms)

    def rename(self, name: str, to: str, actor: str, now_ms: int) -> Sensor:
        """See places.rename."""
        with writing(self._engine).begin() as connection:
            return places.rename(connection, name, to, actor, now_ms)

    def waiting(self, site: str = "") -> list[tuple[Sensor, Unit]]:
        """The units that wait, and for which place; of one site, or of all."""
        with self._engine.begin() as connection:
            found = units.all_waiting(connection)
            known = [sensor for sensor in roster.everyone(connection) if sensor.state not in places.GONE]
            pairs = ((sensor, found.get(sensor.id)) for sensor in known)
            return [(sensor, unit) for sensor, unit in pairs if unit is not None and site in ("", sensor.site)]

    def units(self, sensor: Sensor) -> list[Unit]:
        """The units that had, have or want its place, oldest first."""
        with self._engine.begin() as connection:
            return units.of_sensor(connection, sensor.id)


def _say_again(connection: Connection, sensor: Sensor, says: str, actor: str, now_ms: int) -> None:
    """The sensor is approved already; that another unit has its place now stands in the log all the same."""
    change = {"says": says, "changed_ms": now_ms}
    connection.execute(update(schema.sensors).where(schema.sensors.c.id == sensor.id).values(change))
    audit.append(connection, Event(actor, Standing.APPROVED, f"sensor {sensor.user}", says), now_ms)
