"""What happens in the lab: how many sensors there are, who goes away, who goes deaf, who fails at an upgrade."""

from dataclasses import dataclass
from random import Random

SITE = "mall"  # the one that goes down
DEAF = 1  # sensors


@dataclass(frozen=True, slots=True)
class Scene:
    """One run. by_hand: minutes pass when everybody has spoken, and not by themselves."""

    sensors: int = 2500
    outage: int = 60  # sensors of the site that goes down
    failing: float = 0.03  # share of the sensors that an upgrade fails at
    canary: str = "4%"
    stop_at: str = "1"
    by_hand: bool = False
    looks: int = 30  # at the list, one after the other
    processes: int = 2
    seed: int = 1

    def roles(self, names: list[str]) -> "Roles":
        """Who is who: drawn before anything begins, so that a campaign's own order has nothing to do with it."""
        chance, rest = Random(self.seed), names[self.outage :]
        return Roles(
            tuple(names[: self.outage]),
            tuple(chance.sample(rest, DEAF)),
            tuple(chance.sample(names, round(self.failing * len(names)))),
        )


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of sensors."""

    away: tuple[str, ...]
    deaf: tuple[str, ...]
    fails: tuple[str, ...]
