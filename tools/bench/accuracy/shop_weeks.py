"""Simulated shops over several days: what is said of the days of one mall together."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from collector import flows

from .shop_days import Said, Truth
from .shop_figures import TARGETS, Crossing, crossed, error, held


@dataclass(slots=True)
class Week:
    """Days of one mall, as they come: what was said and what was so, of each of its shops."""

    rates: Sequence[flows.Rates]
    before: Sequence[flows.Stays]  # the visits of days before these
    said: list[Sequence[Said]] = field(default_factory=list)
    truth: list[Sequence[Truth]] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)

    def add(self, both: Sequence[Said], truth: Sequence[Truth], crossing: Crossing) -> None:
        """One day more."""
        self.said.append(both)
        self.truth.append(truth)
        self.crossings.append(crossing)

    @property
    def days(self) -> int:
        """How many there are."""
        return len(self.said)

    def stays(self) -> list[flows.Stays]:
        """The visits of all days so far, and of those before; one a shop."""
        return [
            flows.Stays.together([before, *(both[place].stays for both in self.said)])
            for place, before in enumerate(self.before)
        ]

    def shops(self) -> list[tuple[flows.Flows | None, Truth]]:
        """What is said of all days together, and the truth of them; a row a shop."""
        return [
            (
                flows.estimate(
                    flows.Stays.together([one.stays for one in said]),
                    [hour for one in said for hour in one.hours],
                    rates,
                    before,
                ),
                Truth.together(truth),
            )
            for said, truth, rates, before in zip(
                zip(*self.said, strict=True), zip(*self.truth, strict=True), self.rates, self.before, strict=True
            )
        ]

    def crossing(self) -> tuple[flows.Estimate, float] | None:
        """The share of the first shop's visitors who came to the second, mended, and as it was; None of few visits."""
        stayed = flows.dwell(flows.Stays.together([both[1].stays for both in self.said]))
        both, first = (sum(getattr(one, name) for one in self.crossings) for name in ("panel_both", "panel_first"))
        mended = crossed(both, first, stayed)
        if mended is None:
            return None
        return mended, self.crossing_true()

    def crossing_true(self) -> float:
        """That share as it was."""
        return sum(one.share * one.phones for one in self.crossings) / sum(one.phones for one in self.crossings)

    def crossing_oracle(self) -> float:
        """That share, had every visit been known of those phones whose address lasts."""
        return sum(one.oracle_both for one in self.crossings) / max(1, sum(one.oracle_first for one in self.crossings))


def week_figures(weeks: Sequence[Week]) -> dict[str, object]:
    """Errors of what is said of all days of a mall together; empty of none."""
    if not weeks:
        return {}
    shops = [(said, truth) for week in weeks for said, truth in week.shops() if said is not None]
    both = [pair for week in weeks if (pair := week.crossing())]
    return {
        "shops": len(shops),
        "visitors": error([said.visitors.value / truth.visitors - 1 for said, truth in shops], TARGETS["visitors"]),
        "entry_rate": error([said.entry_rate.value - truth.entry_rate for said, truth in shops], TARGETS["entry_rate"]),
        "dwell_median": error(
            [said.stay.value / truth.dwell_median_s - 1 for said, truth in shops], TARGETS["dwell_median"]
        ),
        "intersections": error([found.value / share - 1 for found, share in both if share], TARGETS["intersections"])
        | {"interval90_coverage": held(both)},
        "intersections_oracle": error(
            [week.crossing_oracle() / true - 1 for week in weeks if (true := week.crossing_true())],
            TARGETS["intersections"],
        ),
        "interval90_coverage": held([(said.visitors, truth.visitors) for said, truth in shops]),
    }
