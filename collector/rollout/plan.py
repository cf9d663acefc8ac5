"""Plan of a campaign: in which order and in which stage units are told. Pure: the same units give the same plan.

Leaf units go first: a unit that others hang behind comes after all of them, as far as somebody has said who hangs
behind whom. Where nobody has, those come first that are not the only one of their site: a site with others is not blind
when one of them fails. The rest is shuffled by a hash, so that a canary is of many sites and not of the first in the
alphabet, and so that a dry run shows what then happens.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import QueryError
from ..grouping.selection import Known
from .terms import Amount, sizes


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sensor that a campaign may reach. left_out: why it does not, "" = it does."""

    sensor_id: int
    name: str
    tenant: str
    site: str
    behind: str = ""
    left_out: str = ""

    @classmethod
    def of(cls, known: Known, why: str, busy: Mapping[int, int]) -> "Candidate":
        """A sensor that is asked for. why: what the cargo has against it; busy: campaigns by the sensors they have."""
        sensor = known.sensor
        if not sensor.approved:
            why = f"it may not send: {sensor.state}"
        elif not why and sensor.id in busy:
            why = f"campaign {busy[sensor.id]} has it"
        return cls(sensor.id, sensor.name, sensor.tenant, sensor.site, known.behind, why)


@dataclass(frozen=True, slots=True)
class Turn:
    """A unit's place in the order."""

    candidate: Candidate
    turn: int
    stage: int
    height: int  # 0 = nothing of this campaign hangs behind it
    alone: bool  # the only one of its site


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is told, in which stage, and who is left out and why."""

    turns: tuple[Turn, ...]
    left_out: tuple[Candidate, ...]

    @property
    def order_says(self) -> str:
        """What the order rests on, in words."""
        known = sum(bool(turn.candidate.behind) for turn in self.turns)
        alone = sum(turn.alone for turn in self.turns)
        rest = f"{alone} that are the only one of their site come last" if alone else "no site has only one"
        if not known:
            return f"nobody has said which unit hangs behind which; {rest}"
        return f"{known} of {len(self.turns)} units hang behind another one and come before it; {rest}"


def make(candidates: Iterable[Candidate], stages: Sequence[Amount], seed: str) -> Plan:
    """The plan; seed: what is rolled out, so that another campaign has other canaries. Raises QueryError."""
    everyone = list(candidates)
    taken = [one for one in everyone if not one.left_out]
    at_site = Counter((one.tenant, one.site) for one in everyone)
    height = heights(taken)
    alone = {one.name: at_site[one.tenant, one.site] == 1 for one in taken}
    taken.sort(key=lambda one: (height[one.name], alone[one.name], _shuffled(seed, one.name)))
    of_turn = [stage for stage, size in enumerate(sizes(stages, len(taken))) for _ in range(size)]
    turns = tuple(
        Turn(one, turn, stage, height[one.name], alone[one.name])
        for turn, (one, stage) in enumerate(zip(taken, of_turn, strict=True))
    )
    return Plan(turns, tuple(one for one in everyone if one.left_out))


def heights(candidates: Sequence[Candidate]) -> dict[str, int]:
    """How many levels of units hang behind each one. Raises QueryError where they hang in a ring."""
    there = {one.name for one in candidates}
    waits = Counter(one.behind for one in candidates if one.behind in there)
    height = dict.fromkeys(there, 0)
    above = {one.name: one.behind for one in candidates if one.behind in there}
    ready = [name for name in there if not waits[name]]
    done = 0
    while ready:
        name = ready.pop()
        done += 1
        if name in above:
            parent = above[name]
            height[parent] = max(height[parent], height[name] + 1)
            waits[parent] -= 1
            if not waits[parent]:
                ready.append(parent)
    if done < len(there):
        ring = ", ".join(sorted(name for name in there if waits[name] > 0)[:5])
        raise QueryError(f"these hang behind each other in a ring: {ring}; footfall fleet tag --behind mends it")
    return height


def _shuffled(seed: str, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode()).digest()
