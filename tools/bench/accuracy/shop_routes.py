"""`footfall bench accuracy routes`: whether the most frequent ways through simulated shops are found, and in order."""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from pathlib import Path

import click
import numpy as np

from collector import calendar
from collector.answers.query import Answers
from collector.answers.question import Question
from collector.folder import Collector
from tools.simulate.people import Kind, Person
from tools.simulate.plan import ShopPlan
from tools.simulate.premises import Zone
from tools.simulate.shop import ShopDay, simulate
from tools.simulate.truth import VISIT_S_MIN

from .shop_days import SITES, TENANT, collector_of

SEEDS = 5
VISITORS = 400  # a day; the panel is about a fifth of them
TOP = 10
NEAREST = {Zone.WINDOW: "door", Zone.SHELVES: "middle", Zone.TILL: "back"}  # the sensor that hangs in a zone
Ways = Counter[str]


@click.command()
@click.option("--seeds", type=click.IntRange(1, 100), default=SEEDS, show_default=True, help="Days, a shop each.")
@click.option("--visitors", type=click.IntRange(20, 5000), default=VISITORS, show_default=True, help="A day.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line instead of a table.")
def routes(seeds: int, visitors: int, as_json: bool) -> None:
    """Judge the ten most frequent ways through simulated shops: how many of them are found, and in what order.

    A shop has three zones, each with one sensor. The truth are the zones that all visitors of a minute or longer went
    through, with a phone or without. Frames go through the sensor's core, the collector's store, fold and query layer;
    what the metric `routes` counts is judged before few are withheld and times are blurred. Ways are from zone to zone
    and over three zones in a row, as the metric has them. found: share of the true ten most frequent among the ten
    said. in_order: share of the pairs of those found that stand in the true order; 0.5 is chance. This is a simulation:
    see docs/accuracy.md.

    \b
    Example:
        footfall bench accuracy routes --json
    """
    found = measure(range(1, seeds + 1), visitors)
    click.echo(json.dumps(found) if as_json else table(found))


def measure(seeds: Sequence[int], visitors: int) -> dict[str, object]:
    """Play and judge these days: each alone, and all of them added up, where chance weighs less."""
    days: list[tuple[float, float]] = []
    all_true, all_said = Ways(), Ways()
    with click.progressbar(seeds, label="simulating and counting", file=sys.stderr) as bar:
        for seed in bar:
            plan = ShopPlan(visitors=visitors, passers_by=3 * visitors, margin_min=30, seed=seed)
            day = simulate(plan)
            true, told = truth(day), said(day)
            days.append(judged(true, told))
            all_true.update(true)
            all_said.update(told)
    found, order = judged(all_true, all_said)
    return {
        "days": len(days),
        "visitors": visitors,
        "found_mean": round(float(np.mean([one for one, _ in days])), 3),
        "in_order_mean": round(float(np.mean([one for _, one in days])), 3),
        "found_pooled": round(found, 3),
        "in_order_pooled": round(order, 3),
        "times_true": all_true.total(),
        "times_said": all_said.total(),
    }


def truth(day: ShopDay) -> Ways:
    """The ways of all visitors, by name."""
    found = Ways()
    for one in day.people:
        if one.kind is Kind.VISITOR and one.dwell_s >= VISIT_S_MIN:
            found.update(_ways(one))
    return found


def _ways(person: Person) -> list[str]:
    names = [NEAREST[stay.zone] for stay in sorted(person.zones, key=lambda stay: stay.start_ms)]
    passed = [name for place, name in enumerate(names) if not place or names[place - 1] != name]
    both = pairwise(passed), zip(passed, passed[1:], passed[2:], strict=False)
    return [" > ".join(way) for ways in both for way in ways]


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
    return "\n".join(
        [
            f"{said_of['days']} simulated days of {said_of['visitors']} visitors, three zones",
            f"{'':14}{'found':>8}{'in order':>10}",
            f"{'a day':14}{said_of['found_mean']:>8}{said_of['in_order_mean']:>10}",
            f"{'all days':14}{said_of['found_pooled']:>8}{said_of['in_order_pooled']:>10}",
        ]
    )
