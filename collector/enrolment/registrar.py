"""The registrar: what the collector makes of a unit that asks, and what it answers. No HTTP in here.

A unit whose key is known is the sensor it was, whatever claim it shows; so a unit that was flashed and kept its key
just asks. A unit whose key is not known needs a claim. Everything happens in one transaction.
"""

from collections import Counter
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine, select

from footfall_sensor import claim as proofs
from footfall_sensor import keys
from footfall_sensor.wire.enrol import Enrol
from footfall_sensor.wire.member import Member, State

from .. import schema
from ..database import writing
from ..keys.issuing import Terms
from ..records import audit, roster
from ..records.audit import Event
from ..records.registry import Sensor, sensor_of
from ..records.standing import Standing
from . import approval, places, units
from .means import Means
from .redeeming import Refusal, redeem
from .units import Unit
from .vault import ClaimVault

GOOD_MS = 5 * 60 * 1000  # how long an answer is good, should the unit know the time
POLL_S, POLL_LATER_S = 5, 120
SOON_MS = 15 * 60 * 1000  # somebody stands beside the unit so long after it first showed itself
POLL_REFUSED_S, POLL_MEMBER_S = 600, 24 * 3600

NOT_LET_IN = "the claim will not do: unknown, used, expired or withdrawn; ask for a new one"
NO_CLAIM = "this unit's key is not known here, and it shows no claim"
REPLACED = "another unit has its place; to use this one remove its key and give it a new claim"
SAYS = {
    Standing.PENDING: "compare the fingerprint and approve it: footfall fleet approve",
    Standing.QUARANTINED: "it is in quarantine until somebody has looked: footfall fleet release",
    Standing.REVOKED: "it was revoked at the collector",
}


@dataclass(frozen=True, slots=True)
class Voice:
    """As whom the collector answers: the key that signs now, and the ids of all that it has signed with or will."""

    public: keys.PublicKey
    ids: frozenset[bytes]


class Registrar:
    """Answers units. refused counts by reason since the start."""

    def __init__(self, engine: Engine, vault: ClaimVault, terms: Terms) -> None:
        self.refused: Counter[str] = Counter(dict.fromkeys(Refusal, 0))  # all keys: it is read by another thread
        self._engine = engine
        self._vault = vault
        self._means = Means(engine, terms)

    def answer(self, asked: Enrol, voice: Voice, now_ms: int) -> Member:
        """What to say to a unit whose signature was found good and whose challenge is fresh.

        Raises CollectorError, and Malformed where a lean unit's keys will not do.
        """
        with writing(self._engine).begin() as connection:
            unit = (
                units.find(connection, asked.key.raw)
                or self._by_hand(connection, asked, now_ms)
                or self._by_claim(connection, asked, now_ms)
            )
            if isinstance(unit, Refusal):
                self.refused[unit] += 1
                says = NO_CLAIM if unit is Refusal.NO_CLAIM else NOT_LET_IN
                return _member(asked, voice, State.REFUSED, says, POLL_REFUSED_S, now_ms)
            said, sensor = self._of_unit(connection, asked, voice, unit, now_ms)
        return self._means.add(said, asked, sensor, unit, now_ms) if said.state is State.APPROVED else said

    def _by_hand(self, connection: Connection, asked: Enrol, now_ms: int) -> Unit | None:
        """A sensor that was registered with its key and has never asked before."""
        row = connection.execute(select(schema.sensors).where(schema.sensors.c.public_key == asked.key.raw)).first()
        if row is None:
            return None
        sensor = sensor_of(row)
        unit = units.add(connection, asked, sensor.id, None, b"", now_ms)
        if sensor.state is not Standing.PENDING:
            units.seat(connection, sensor, unit, "collector", now_ms)
        return unit

    def _by_claim(self, connection: Connection, asked: Enrol, now_ms: int) -> Unit | Refusal:
        """A new unit: with a good claim it gets the place, or waits for it."""
        redeemed = redeem(connection, self._vault, asked, now_ms)
        if isinstance(redeemed, Refusal):
            return redeemed
        sensor = places.take(connection, redeemed.offer, "collector", now_ms)
        if sensor is None:
            return Refusal.NO_PLACE
        link = self._vault.seal("link", redeemed.link)
        unit = units.add(connection, asked, sensor.id, redeemed.claim_id, link, now_ms)
        says = f"by claim {redeemed.claim_id}, fingerprint {unit.fingerprint}"
        if sensor.state in approval.SEATED:
            says = f"{says}: waits to take the place of the unit that is there"
            audit.append(connection, Event("collector", Standing.PENDING, f"sensor {sensor.user}", says), now_ms)
        else:
            units.displace(connection, sensor, unit, "collector", now_ms)
            if sensor.state is Standing.NEW:
                roster.move(connection, sensor.name, Standing.PENDING, says, "collector", now_ms)
        if redeemed.offer.approve and sensor.state not in approval.SEATED:  # to unseat a unit a person is needed
            says = f"approved by the rule of claim {redeemed.claim_id}"
            approval.approve(connection, sensor.name, says, "collector", now_ms)
        return units.find(connection, asked.key.raw) or unit

    def _of_unit(
        self, connection: Connection, asked: Enrol, voice: Voice, unit: Unit, now_ms: int
    ) -> tuple[Member, Sensor]:
        """The answer to a unit that is known, and where it belongs."""
        knows_us = asked.collector_id in voice.ids
        units.heard(connection, unit, asked, keep_link=not knows_us, now_ms=now_ms)
        row = connection.execute(select(schema.sensors).where(schema.sensors.c.id == unit.sensor_id)).one()
        sensor = sensor_of(row)
        seated = sensor.public_key == unit.key.raw
        if not seated and not unit.waits:
            said = _member(asked, voice, State.REFUSED, REPLACED, POLL_REFUSED_S, now_ms)
        elif sensor.state in places.GONE:
            said = _member(asked, voice, State.REFUSED, SAYS[Standing.REVOKED], POLL_REFUSED_S, now_ms)
        elif seated and sensor.state is Standing.APPROVED:
            said = _member(asked, voice, State.APPROVED, "", POLL_MEMBER_S, now_ms)
        else:
            why = sensor.state if seated and sensor.state in SAYS else Standing.PENDING
            poll_s = POLL_S if now_ms - unit.shown_ms < SOON_MS else POLL_LATER_S
            said = _member(asked, voice, State.PENDING, SAYS[why], poll_s, now_ms)
        if not knows_us and unit.link:
            linked = self._vault.open("link", unit.link)
            said = replace(said, proof=proofs.collector_proof(linked, voice.public.raw, asked.nonce))
        return said, sensor


def _member(asked: Enrol, voice: Voice, state: State, says: str, poll_s: int, now_ms: int) -> Member:
    return Member(asked.nonce, now_ms, now_ms + GOOD_MS, state, says, poll_s, voice.public)
