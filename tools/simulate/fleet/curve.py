"""How much is heard at which hour of the day: the simulated street's, as a share of its busiest hour."""

from tools.simulate.crowd import PASSERS_BY_HOUR
from tools.simulate.fleet.plan import FleetPlan

DAY_TURNS_H = 4  # where a day that passes within the run begins


def share(hour: float) -> float:
    """Of what the busiest hour has, 0 to 1; hours from 0 to 24, in between by straight lines."""
    at = hour % 24
    first, part = int(at), at - int(at)
    here, there = PASSERS_BY_HOUR[first], PASSERS_BY_HOUR[(first + 1) % 24]
    return (here + (there - here) * part) / max(PASSERS_BY_HOUR)


def share_at(plan: FleetPlan, at_s: float) -> float:
    """The share so many seconds after the beginning of a run."""
    return share(plan.hour if plan.hour is not None else DAY_TURNS_H + 24 * at_s / plan.seconds)
