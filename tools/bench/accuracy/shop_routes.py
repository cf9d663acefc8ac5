"""`footfall bench accuracy routes`: whether the most frequent ways through simulated shops are found, and in order."""

import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path

import click
import numpy as np

from collector import calendar
from collector.answers.query import Answers
from collector.answers.question import Question
from collector.folder import Collector
from tools.simulate import walk
from tools.simulate.crowd import crowd
from tools.simulate.hours import hours_of
from tools.simulate.people import Kind, Person
from tools.simulate.plan import ShopPlan
from tools.simulate.premises import Zone
from tools.simulate.shop import ShopDay, simulate
from tools.simulate.truth import VISIT_S_MIN

from .shop_days import SITES, TENANT, collector_of
from .shop_oracles import Ways, heard_ways, in_panel, nearest_ways, walked

SEEDS = 5
VISITORS = 400  # a day; the panel is about a fifth of them
TOP = 10
LABELS = {
    "panel": ", panel's own ways",
    "heard": ", true zone of what was heard",
    "nearest": ", nearest sensor of what was heard",
}
# Of those who wander: zones of their stops, each drawn anew. Chosen, no source.
WANDER = ((Zone.WINDOW, 0.3), (Zone.SHELVES, 0.45), (Zone.TILL, 0.25))


@click.command()
@click.option("--seeds", type=click.IntRange(1, 100), default=SEEDS, show_default=True, help="Days, a shop each.")
@click.option("--first-seed", type=click.IntRange(1, 10_000), default=1, show_default=True, help="Other days: 201.")
@click.option("--wandering", is_flag=True, help="Visitors go from any zone to any other, and back.")
@click.option("--visitors", type=click.IntRange(20, 5000), default=VISITORS, show_default=True, help="A day.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line instead of a table.")
def routes(seeds: int, first_seed: int, visitors: int, wandering: bool, as_json: bool) -> None:
    """Judge the ten most frequent ways through simulated shops: how many of them are found, and in what order.

    A shop has three zones, each with one sensor. The truth are the zones that all visitors of a minute or longer went
    through, with a phone or without. Frames go through the sensor's core, the collector's store, fold and query layer;
    what the metric `routes` counts is judged before few are withheld and times are blurred. Ways are from zone to zone
    and over three zones in a row, as the metric has them. found: share of the true ten most frequent among the ten
    said. in_order: share of the pairs of those found that stand in the true order; 0.5 is chance. Three oracles say the
    same of those phones alone whose address lasts. `panel`: every step of theirs is known; `heard`: the true zone of
    each frame that was heard; `nearest`: the sensor that the phone was nearest to at each of these.
    Visitors go straight from the window to the till, so there are four ways; --wandering has all of them. This is a
    simulation: see docs/accuracy.md.

    \b
    Example:
        footfall bench accuracy routes --json
        footfall bench accuracy routes --wandering --first-seed 201
    """
    found = measure(range(first_seed, first_seed + seeds), visitors, wandering)
    click.echo(json.dumps(found) if as_json else table(found))


def measure(seeds: Sequence[int], visitors: int, wandering: bool = False) -> dict[str, object]:
    """Play and judge these days: each alone, and all of them added up, where chance weighs less."""
    days: dict[str, list[tuple[float, float]]] = {name: [] for name in ("said", *ORACLES)}
    added: dict[str, Ways] = {name: Ways() for name in ("true", *days)}
    with click.progressbar(seeds, label="simulating and counting", file=sys.stderr) as bar:
        for seed in bar:
            plan = ShopPlan(visitors=visitors, passers_by=3 * visitors, margin_min=30, seed=seed)
            day = wandered(plan) if wandering else simulate(plan)
            true = truth(day)
            added["true"].update(true)
            for name, told in (("said", said(day)), *((name, oracle(day)) for name, oracle in ORACLES.items())):
                days[name].append(judged(true, told))
                added[name].update(told)
    figures = {name: _figures(days[name], added["true"], added[name]) for name in days}
    return {
        "days": len(days["said"]),
        "visitors": visitors,
        "wandering": wandering,
        **figures.pop("said"),
        **figures,
        "times_true": added["true"].total(),
        "times_true_of_panel": added["panel"].total(),
        "times_said": added["said"].total(),
    }


def _figures(days: Sequence[tuple[float, float]], true: Ways, told: Ways) -> dict[str, object]:
    found, order = judged(true, told)
    return {
        "found_mean": round(float(np.mean([one for one, _ in days])), 3),
        "in_order_mean": round(float(np.mean([one for _, one in days])), 3),
        "found_pooled": round(found, 3),
        "in_order_pooled": round(order, 3),
    }


def wandered(plan: ShopPlan) -> ShopDay:
    """The plan's day with visitors who go from any zone to any other: as many stops as the plan's own would make."""
    people = crowd(plan, hours_of(plan), np.random.default_rng(np.random.SeedSequence(plan.seed).spawn(1)[0]))
    rng = np.random.default_rng(np.random.SeedSequence((plan.seed, 2)))
    guests = [_wander(one, rng) for one in people if one.kind is Kind.VISITOR]
    return simulate(replace(plan, visitors=0), guests=guests)


def _wander(person: Person, rng: np.random.Generator) -> Person:
    stops = len(walk.visit_zones(person.dwell_s, rng))
    drawn = rng.choice(len(WANDER), stops, p=[share for _, share in WANDER])
    (inside,) = person.inside
    within, stays = walk.among_zones(inside, tuple(WANDER[place][0] for place in drawn), rng)
    coming = [point for point in person.track if point.t_ms <= inside.start_ms]
    going = [point for point in person.track if point.t_ms >= inside.end_ms]
    return replace(person, zones=stays, track=(*coming, *within, *going))


def truth(day: ShopDay, panel: bool = False) -> Ways:
    """The ways of all visitors, by name; panel: of those whose phone keeps its address."""
    found = Ways()
    for one in day.people:
        if one.kind is Kind.VISITOR and one.dwell_s >= VISIT_S_MIN and (not panel or in_panel(one)):
            found.update(walked(one))
    return found


ORACLES: Mapping[str, Callable[[ShopDay], Ways]] = {
    "panel": partial(truth, panel=True),
    "heard": heard_ways,
    "nearest": nearest_ways,
}


def said(day: ShopDay) -> Ways:
    """The ways that the query layer counts, before anything is withheld or blurred."""
    with tempfile.TemporaryDirectory(prefix="footfall-routes-") as folder:
        collector = collector_of(Path(folder) / "collector", [day], seed=day.plan.seed, zoned=True)
        try:
            return _counted(collector, day)
        finally:
            collector.close()


def _counted(collector: Collector, day: ShopDay) -> Ways:
    site = SITES[0]
    asked = Question(
        collector.registry.tenant(TENANT),
        collector.registry.site(TENANT, site),
        len(day.sensors),
        calendar.Span("open", day.hours.opened.start_ms, day.hours.opened.end_ms),
        zones=collector.store.zones.of(TENANT, site),
    )
    with Answers(collector.store, asked) as answers:
        found = answers.groups(("routes",)).tokens  # a row each time that a way was taken
    return Ways({cell: len(tokens) for (_, cell), tokens in found.items()})


def judged(true: Mapping[str, int], told: Mapping[str, int]) -> tuple[float, float]:
    """(share of the true ten most frequent that are among the ten said, share of their pairs in the true order)."""
    wanted, found = _top(true), set(_top(told))
    both = [name for name in wanted if name in found]
    pairs = [(a, b) for a, b in combinations(both, 2) if true[a] != true[b]]
    ordered = [(true[a] > true[b]) == (told[a] > told[b]) for a, b in pairs]
    return len(both) / max(1, len(wanted)), float(np.mean(ordered)) if ordered else 1.0


def _top(ways: Mapping[str, int]) -> list[str]:
    return sorted((name for name in ways if ways[name] > 0), key=lambda name: (-ways[name], name))[:TOP]


def table(said_of: Mapping[str, object]) -> str:
    """The figures for a reader."""
    told = [("", said_of), *((LABELS[name], said_of[name]) for name in ORACLES)]
    rows = [
        f"{days + label:44}{of[f'found_{kind}']:>8}{of[f'in_order_{kind}']:>10}"
        for kind, days in (("mean", "a day"), ("pooled", "all days"))
        for label, of in told
        if isinstance(of, Mapping)
    ]
    return "\n".join(
        [
            f"{said_of['days']} simulated days of {said_of['visitors']} visitors, three zones",
            f"{'':44}{'found':>8}{'in order':>10}",
            *rows,
        ]
    )
