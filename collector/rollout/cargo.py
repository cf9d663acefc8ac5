"""Cargo: what a campaign rolls out, whom it can reach, and what counts as proof that a unit has it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..configuration import plan as changes
from ..configuration.layers import Place, places
from ..configuration.plan import Change, Fleet
from ..configuration.push import Push, PushState, packed
from ..errors import QueryError
from ..records.registry import Sensor
from .plan import Candidate

AT_ONCE = frozenset({"mode", "associated", "bssid"})
"""What tells more or less of people: it is changed for all at once or not at all, and may need a second person."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of one layer."""

    place: Place
    options: Mapping[str, str]

    def __str__(self) -> str:
        words = " ".join(f"{name}={value}" for name, value in sorted(self.options.items()))
        return f"{words} for {self.place}"

    def change(self, fleet: Fleet) -> Change:
        """The layer as it is once all have it."""
        return Change(self.place, {**fleet.layer(self.place).options, **self.options})

    def candidates(self, fleet: Fleet, behind: Mapping[int, str], busy: Mapping[int, int]) -> list[Candidate]:
        """The sensors that the layer holds for. busy: the campaign that has a sensor already. Raises QueryError."""
        private = sorted(AT_ONCE & set(self.options))
        if private:
            raise QueryError(
                f"{private[0]} is not rolled out in stages: it tells of people. Use footfall fleet config set"
            )
        made = changes.make(fleet, self.change(fleet))
        affected = {one.sensor for one in made.affected}
        return [
            Candidate(
                sensor.id,
                sensor.name,
                sensor.tenant,
                sensor.site,
                behind.get(sensor.id, ""),
                self._left_out(sensor, affected, busy),
            )
            for sensor in fleet.sensors
            if self.place in places(sensor)
        ]

    def _left_out(self, sensor: Sensor, affected: Iterable[str], busy: Mapping[int, int]) -> str:
        if not sensor.approved:
            return f"it may not send: {sensor.state}"
        if sensor.name not in affected:
            return "it runs so already, or a nearer layer says otherwise"
        return f"campaign {busy[sensor.id]} has it" if sensor.id in busy else ""


def proof(push: Push | None, wanted: str) -> tuple[bool | None, str]:
    """Whether a unit has proved that it runs these options (JSON, packed), and what it says; None = not yet.

    Only the unit's own signed word counts: that it runs that version and has left probation, or that it refused it or
    gave it up. That it was sent counts for nothing.
    """
    if push is None or push.options != wanted:
        return None, ""  # the pusher has not looked yet
    if push.state in (PushState.REFUSED, PushState.REVERTED):
        return False, f"{push.state}: {push.says}"
    if push.state is PushState.APPLIED and push.running == push.version:
        return True, f"runs configuration {push.version}"
    return None, ""


def wanted(fleet: Fleet, sensor: Sensor) -> str:
    """The options that a sensor is to run with, as a push keeps them; "", which none has, where they cannot be made."""
    effective, lacks = fleet.known(sensor)
    return "" if lacks else packed(changes.values(effective))
