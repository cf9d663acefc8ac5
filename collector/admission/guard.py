"""The guard: watches what each sensor does over time, and puts one that cannot be trusted into quarantine.

It acts after the store has committed, through the roster, with a row in the audit log. What it has seen of messages
that could not be stored it forgets, because they come again.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from footfall_sensor.wire.envelope import Kind

from ..errors import QueryError
from ..records.registry import Sensor
from ..records.reports import boot_number
from ..records.roster import Roster
from ..records.standing import Standing
from .clones import Life, Order, Start
from .door import Admitted, Arrived, Reason, Refused
from .starts import Starts
from .strikes import STRIKES, Strikes

log = logging.getLogger(__name__)

ACTOR = "collector"
CLONED = "cloned: two units speak with its key. Revoke it, or find the twin; then: footfall fleet release"
SAYS = {
    Order.REPEATED: "this, or a later message of the same start, has come before",
    Order.OVER: "a newer start of the sensor has ended this one",
}
STRUCK = f"{STRIKES} broken messages of its own within an hour; footfall collector quarantine list shows them"


@dataclass(slots=True)
class Guard:
    """watching: False for replays of captures, which come as often, and in as many starts, as somebody plays them."""

    starts: Starts
    roster: Roster
    watching: bool = True
    _lives: dict[int, Life] = field(default_factory=dict)
    _strikes: Strikes = field(default_factory=Strikes)
    _suspects: dict[str, tuple[int, str]] = field(default_factory=dict)  # sensor's name -> id, and why

    def know(self, sensors: Iterable[Sensor]) -> None:
        """Take only these for known, and learn anew which of their messages other collectors have seen."""
        ids = {sensor.id for sensor in sensors}
        self._lives = {one: life for one, life in self._lives.items() if one in ids}
        self._strikes.keep(ids)
        known = self.starts.all() if self._lives else {}
        for one, life in self._lives.items():
            _learn(life, known.get(one, {}))

    def order(self, arrived: Arrived, now_ms: int) -> Refused | None:
        """A Refused for a birth, health, death or result that has come before, or that a newer start has overtaken."""
        if not self.watching:
            return None
        sensor, opened = arrived.sensor, arrived.envelope
        life, boot = self._life(sensor.id), boot_number(opened.boot)
        if opened.number >= 1 << 63:
            return Refused(Reason.MALFORMED, "numbers above 2**63 are not used", sensor, strike=arrived.digest)
        if opened.kind is Kind.DEATH:
            order = life.death(boot, opened.number)
        else:
            order = life.signal(boot, opened.number, now_ms)
        self._look(sensor, life)
        if order is Order.FRESH:
            return None
        return Refused(Reason.REPEATED, SAYS[order], sensor)

    def saw(self, admitted: Admitted) -> None:
        """A batch is about to be stored."""
        if self.watching:
            life = self._life(admitted.sensor.id)
            life.batch(admitted.boot, admitted.batch.start_ms, admitted.received_ms)
            self._look(admitted.sensor, life)

    def strike(self, sensor: Sensor, digest: bytes, now_ms: int) -> None:
        """The sensor has sent something that none in order would send."""
        if self.watching and sensor.approved and self._strikes.strike(sensor.id, digest, now_ms):
            self._suspects.setdefault(sensor.name, (sensor.id, STRUCK))

    def twins(self, sensors: Iterable[Sensor]) -> None:
        """Two different batches have come under one number of these."""
        for sensor in sensors if self.watching else ():
            self._suspects[sensor.name] = (sensor.id, CLONED)

    def save(self) -> None:
        """Write down what has changed."""
        changed = {(one, boot): life.starts[boot] for one, life in self._lives.items() for boot in life.changed}
        self.starts.save(changed)
        for life in self._lives.values():
            life.changed.clear()

    def forget(self) -> None:
        """Nothing was stored: what was seen comes again."""
        self._lives.clear()
        self._suspects.clear()

    def act(self, now_ms: int) -> bool:
        """Put the suspects into quarantine; whether there were any."""
        suspects, self._suspects = self._suspects, {}
        for name, (sensor_id, says) in suspects.items():
            try:
                self.roster.move(name, Standing.QUARANTINED, says, ACTOR, now_ms)
            except QueryError as exc:
                log.info("sensor %s is left as it is: %s", name, exc)  # another collector, or a person, was first
            else:
                log.warning("sensor %s is put into quarantine: %s", name, says)
            self._strikes.forget(sensor_id)
            self._lives.pop(sensor_id, None)
        return bool(suspects)

    def _look(self, sensor: Sensor, life: Life) -> None:
        if life.cloned:
            self._suspects[sensor.name] = (sensor.id, CLONED)

    def _life(self, sensor_id: int) -> Life:
        life = self._lives.get(sensor_id)
        if life is None:
            life = self._lives[sensor_id] = Life()
            _learn(life, self.starts.of(sensor_id))
        return life


def _learn(life: Life, starts: dict[int, Start]) -> None:
    life.starts = starts
    life.newest = next(reversed(starts), None)
