"""What a member needs at the broker: a certificate of its own, or a tunnel and a password.

A unit that asks again gets the certificate it has, until two thirds of its life are over.
"""

from dataclasses import replace

from sqlalchemy import Engine, update

from footfall_sensor.wire.enrol import Enrol
from footfall_sensor.wire.member import Member

from .. import schema
from ..database import writing
from ..keys.issuing import Issuer, Terms
from ..records.registry import Sensor
from .units import Held, Unit

LEAN = "lean"
NO_TUNNEL = "but without a tunnel: it showed no WireGuard key. As root: footfall-tunnel key, then enrol again"


class Means:
    """Gives members what the terms provide. Not to be called within a transaction: it writes."""

    def __init__(self, engine: Engine, terms: Terms) -> None:
        self._engine = engine
        self._terms = terms

    def add(self, said: Member, asked: Enrol, sensor: Sensor, unit: Unit, now_ms: int) -> Member:
        """The answer to an approved unit, made whole.

        Raises CollectorError where it cannot be given what it needs, and Malformed where its keys will not do.
        """
        terms = self._terms
        said = replace(
            said,
            tenant=sensor.tenant,
            sensor=sensor.name,
            site=sensor.site,
            broker_host=terms.broker_host,
            broker_port=terms.broker_port,
        )
        if asked.about.profile == LEAN:
            if terms.gateway is None:
                return said
            if not asked.wireguard or not asked.sealing:
                return replace(said, says=NO_TUNNEL)
            way = terms.gateway.admit(sensor, asked.wireguard, asked.sealing, now_ms)
            return replace(
                said,
                broker_host=way.broker_host,
                broker_port=way.broker_port,
                tunnel=way.tunnel.encode(),
                password=way.password,
            )
        if terms.issuer is None:
            return said
        held = self._certificate(terms.issuer, sensor, unit, now_ms)
        return replace(
            said,
            tls=True,
            authority=terms.authority_pem.encode(),
            certificate=held.pem.encode(),
            renew_ms=held.renew_ms,
            ends_ms=held.ends_ms,
        )

    def _certificate(self, issuer: Issuer, sensor: Sensor, unit: Unit, now_ms: int) -> Held:
        if unit.held is not None and now_ms < unit.held.renew_ms:
            return unit.held
        if unit.held is None:  # what was issued under this name before was for the unit that had the place
            issuer.revoke_users([sensor.user], now_ms)
        made = issuer.issue_sensor(unit.key.raw, sensor.user, now_ms)
        held = Held(made.serial_hex, made.pem, made.not_before_ms, made.not_after_ms)
        change = {"serial": held.serial, "pem": held.pem, "begins_ms": held.begins_ms, "ends_ms": held.ends_ms}
        with writing(self._engine).begin() as connection:
            connection.execute(update(schema.units).where(schema.units.c.id == unit.id).values(change))
        return held
