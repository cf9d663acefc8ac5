"""`footfall bench accuracy shops`: simulated shops with known truth, through sensor core, store, fold and query."""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from collector import flows
from tools.simulate.mall import Mall, simulate_mall
from tools.simulate.plan import ShopPlan
from tools.simulate.shop import ShopDay

from .shop_days import SITES, Said, Silence, collector_of, crossing_share, phone_visitors, said, truth
from .shop_figures import Crossing, Dropout, Shop, crossed, figures, table
from .shop_oracles import crossing
from .shop_weeks import Week, week_figures

SEEDS = 20
VISITORS = (100, 200, 400, 800)  # a day and shop, in turn from seed to seed: light to crowded
PASSERS_A_VISITOR = 3
CROSSING_SHARE = 0.25  # of the first shop's visitors go on to the second
MALL_DAYS = 5  # judged days of one mall; then comes another, with other staff and neighbours
COUNTED_VISITORS, COUNTED_SEED = (100, 400), 9001  # of a mall's two days that were counted at the door; not judged
DROPOUT_VISITORS = 400  # days of so many are played again with silent sensors
HOUR_MS = 3_600_000


@click.command()
@click.option("--seeds", type=click.IntRange(1, 200), default=SEEDS, show_default=True, help="Days, two shops each.")
@click.option("--first-seed", type=click.IntRange(1, 10_000), default=1, show_default=True, help="Other days: 101.")
@click.option(
    "--randomizing-share",
    "share",
    type=click.FloatRange(0, 1),
    help="Share of phones that probe under random addresses.  [default: as measured, 17 of 22]",
)
@click.option("--dwell-sigma", type=click.FloatRange(0.1, 2), default=0.9, show_default=True, help="Spread of stays.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line instead of a table.")
def shops(seeds: int, first_seed: int, share: float | None, dwell_sigma: float, as_json: bool) -> None:
    """Judge visitors, entry rate, stays and intersections in simulated shops, 100 to 800 visitors a day and shop.

    Each seed is a day in two shops with three sensors each; a quarter of the first one's visitors go on to the second.
    Five days belong to one mall: the same staff, neighbours and tills. `weeks` judges what is said of all five.
    Frames go through the sensor's core, the collector's store, fold and query layer; the truth is the simulator's, of
    people, with or without a phone. In each mall a quiet and a busier day, never judged, are counted at the doors hour
    by hour, and teach the rates (see collector/flows/). `uncalibrated` says what comes out without them. The median
    stay of a day rests on the visits of these and of the mall's days before it too; `dwell_of_the_day_alone` does not.
    `intersections_oracle`: had every visit been known of those phones whose address lasts.

    This is a simulation: it shows that the line counts what it was given. The simulator draws lengths of stay from a
    lognormal law, which the estimator assumes: with real people that will be worse. See docs/accuracy.md.

    \b
    Example:
        footfall bench accuracy shops --json
        footfall bench accuracy shops --randomizing-share 0.95 --seeds 5
    """
    found = measure(range(first_seed, first_seed + seeds), share, dwell_sigma)
    click.echo(json.dumps(found) if as_json else table(found))


def measure(seeds: Sequence[int], share: float | None, dwell_sigma: float = 0.9) -> dict[str, object]:
    """Play and judge these days; figures by name."""
    counted: dict[int, _Counted] = {}
    found: list[Shop] = []
    crossings: list[Crossing] = []
    dropouts: list[Dropout] = []
    weeks: dict[int, Week] = {}
    with click.progressbar(seeds, label="simulating and counting", file=sys.stderr) as bar:
        for seed in bar:
            house = (seed - 1) // MALL_DAYS
            before = counted.get(house) or counted.setdefault(house, _counted(house, share, dwell_sigma))
            week = weeks.setdefault(house, Week(before.rates, before.stays))
            mall = _mall(_plan(seed, share, dwell_sigma), house)
            both = _said(mall)
            found += [_shop(seed, *each) for each in zip(_days(mall), both, before.rates, week.stays(), strict=True)]
            crossings.append(_crossing(seed, mall, both))
            week.add(both, [truth(day) for day in _days(mall)], crossings[-1])
            if mall.first.plan.visitors == DROPOUT_VISITORS:
                dropouts.append(_dropout(seed, mall.first, before.rates[0]))
    whole = [week for week in weeks.values() if week.days == MALL_DAYS]
    return figures(found, crossings, dropouts) | {
        "weeks": week_figures(whole),
        "seeds": len(seeds),
        "randomizing_share": "17/22" if share is None else share,
    }


def _plan(seed: int, share: float | None, dwell_sigma: float, visitors: int | None = None) -> ShopPlan:
    wanted = _wanted(seed) if visitors is None else visitors
    return ShopPlan(
        visitors=wanted,
        passers_by=PASSERS_A_VISITOR * wanted,
        randomizing_share=share,
        dwell_sigma=dwell_sigma,
        margin_min=30,
        seed=seed,
    )


def _wanted(seed: int) -> int:
    return VISITORS[(seed - 1) % len(VISITORS)]


def _days(mall: Mall) -> tuple[ShopDay, ShopDay]:
    return mall.first, mall.second


def _said(mall: Mall, silent: Sequence[Silence] = ()) -> tuple[Said, ...]:
    with tempfile.TemporaryDirectory(prefix="footfall-shops-") as folder:
        collector = collector_of(Path(folder) / "collector", _days(mall), silent, mall.first.plan.seed)
        try:
            return tuple(said(collector, name, day) for name, day in zip(SITES, _days(mall), strict=True))
        finally:
            collector.close()


def _mall(plan: ShopPlan, house: int) -> Mall:
    return simulate_mall(plan, CROSSING_SHARE, house_seed=1000 + 2 * house)


@dataclass(frozen=True, slots=True)
class _Counted:
    """Of each shop of a mall: what two days of counting at the door teach, hour by hour, and their visits."""

    rates: tuple[flows.Rates, ...]
    stays: tuple[flows.Stays, ...]


def _counted(house: int, share: float | None, dwell_sigma: float) -> _Counted:
    days, heard = [], []
    for place, visitors in enumerate(COUNTED_VISITORS):
        seed = COUNTED_SEED + len(COUNTED_VISITORS) * house + place
        mall = _mall(_plan(seed, share, dwell_sigma, visitors), house)
        days.append(_days(mall))
        heard.append(_said(mall))
    places = range(len(SITES))
    return _Counted(
        tuple(_learnt([day[place] for day in days], [one[place] for one in heard]) for place in places),
        tuple(flows.Stays.together([one[place].stays for one in heard]) for place in places),
    )


def _learnt(days: Sequence[ShopDay], heard: Sequence[Said]) -> flows.Rates:
    counts = []
    for day, said_of in zip(days, heard, strict=True):
        for hour in said_of.hours:
            came = truth(day, hour.start_ms, hour.start_ms + HOUR_MS)
            counts.append(flows.Counted(hour, came.visitors, came.passers_by))
    return flows.calibrate(flows.Stays.together([one.stays for one in heard]), counts)


def _shop(seed: int, day: ShopDay, heard: Said, rates: flows.Rates, before: flows.Stays) -> Shop:
    found = flows.estimate(heard.stays, heard.hours, rates, before)
    plain = flows.estimate(heard.stays, heard.hours, flows.prior())
    passers = sum(hour.panel_passers for hour in heard.hours)
    return Shop(
        seed=seed,
        visitors=_wanted(seed),
        truth=truth(day),
        panel_visits=len(heard.stays.span_s),
        by_level=found.by_level.value if found and found.by_level else None,
        by_panel=found.by_panel.value if found else None,
        estimate=found.visitors.value if found else None,
        interval=(found.visitors.low, found.visitors.high) if found else None,
        uncalibrated=plain.visitors.value if plain else None,
        entry_rate=found.entry_rate.value if found else None,
        panel_entry_rate=heard.panel_visitors / max(1, heard.panel_visitors + passers),
        dwell_median_s=found.stay.value if found else None,
        dwell_alone_s=found.dwell.median.value if found else None,
        dwell_interval_s=(found.stay.low, found.stay.high) if found else None,
        agree=bool(found and found.agree),
    )


def _crossing(seed: int, mall: Mall, both: Sequence[Said]) -> Crossing:
    first, second = both
    shared = len(first.visit_tokens & second.visit_tokens)
    mended = crossed(shared, first.panel_visitors, flows.dwell(second.stays))
    phones = phone_visitors(mall.first)
    share, oracle = crossing_share(mall.first, mall.second), crossing(mall.first, mall.second)
    return Crossing(seed, share, shared, first.panel_visitors, phones, mended, *oracle)


def _dropout(seed: int, day: ShopDay, rates: flows.Rates) -> Dropout:
    """The back sensor is silent from the third to the fifth hour, all of them in the eighth."""
    opened = day.hours.opened
    at = [opened.start_ms + hour * HOUR_MS for hour in range(12)]
    names = [f"{SITES[0]}-{spot.name}" for spot in day.sensors]
    silent = [Silence(names[-1], at[2], at[4]), *(Silence(name, at[7], at[8]) for name in names)]
    with tempfile.TemporaryDirectory(prefix="footfall-shops-") as folder:
        collector = collector_of(Path(folder) / "collector", [day], silent, seed)
        heard = said(collector, SITES[0], day)
        collector.close()
    found = flows.estimate(heard.stays, heard.hours, rates)
    open_h = (opened.end_ms - opened.start_ms) / HOUR_MS
    planned = open_h * len(names)
    return Dropout(
        seed=seed,
        coverage=heard.coverage,
        coverage_true=(planned - 2 - len(names)) / planned,
        gap_hours=heard.gap_hours,
        visitors=truth(day).visitors - truth(day, at[7], at[8]).visitors,
        estimate=found.visitors.value if found else None,
    )
