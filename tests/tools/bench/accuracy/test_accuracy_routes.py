"""The judgement of routes: what counts as found and as in order, and a small shop through the whole line."""

import pytest

from tools.bench.accuracy import shop_routes
from tools.bench.accuracy.shop_oracles import passed
from tools.simulate.people import Kind
from tools.simulate.plan import ShopPlan
from tools.simulate.shop import simulate

SPOTS = ("door", "middle", "back")
TRUE = {"a > b": 30, "b > a": 20, "b > c": 10, "c > b": 0}


@pytest.mark.parametrize(
    ("said", "found", "in_order"),
    [
        ({"a > b": 6, "b > a": 4, "b > c": 2}, 1.0, 1.0),
        ({"a > b": 4, "b > a": 6, "b > c": 2}, 1.0, 2 / 3),
        ({"a > b": 6, "c > b": 9}, 1 / 3, 1.0),
        ({}, 0.0, 1.0),
    ],
)
def test_a_way_is_found_or_not_and_pairs_are_in_order_or_not(
    said: dict[str, int], found: float, in_order: float
) -> None:
    assert shop_routes.judged(TRUE, said) == pytest.approx((found, in_order))


def test_only_the_ten_most_frequent_are_looked_for() -> None:
    many = {f"{n:02}": 100 - n for n in range(15)}
    assert shop_routes.judged(many, {name: many[name] for name in list(many)[:10]}) == (1.0, 1.0)


def test_who_wanders_comes_and_goes_with_the_plans_visitors_and_takes_ways_back_too() -> None:
    straight, day = simulate(ShopPlan.small(3)), shop_routes.wandered(ShopPlan.small(3))
    came = [sorted(one.inside for one in of.people if one.kind is Kind.VISITOR) for of in (straight, day)]
    assert came[0] == came[1]
    assert set(shop_routes.truth(straight)) < set(shop_routes.truth(day))
    assert "middle > door" in shop_routes.truth(day, panel=True)


def test_a_small_shop_has_ways_and_some_of_them_are_found() -> None:
    day = simulate(ShopPlan.small(3))
    true, said = shop_routes.truth(day), shop_routes.said(day)
    assert true["door > middle"] > 0
    assert set(said) & set(true)


def test_oracles_know_the_ways_of_the_panel_as_far_as_something_was_heard() -> None:
    """Who knows the zone of each frame knows no way that the panel did not take, unless it passed a zone in silence."""
    day = shop_routes.wandered(ShopPlan.small(3))
    panel, heard, nearest = (oracle(day) for oracle in shop_routes.ORACLES.values())
    steps = {way for way in heard if way.count(">") == 1}
    assert sum(heard[way] for way in steps) <= sum(count for way, count in panel.items() if way.count(">") == 1)
    assert heard.total() > 10
    assert nearest.total() > 10
    assert set(nearest) <= {f"{a} > {b}" for a in SPOTS for b in SPOTS} | {
        f"{a} > {b} > {c}" for a in SPOTS for b in SPOTS for c in SPOTS
    }


def test_somebodys_ways_are_from_place_to_place_and_over_three() -> None:
    assert passed(["door", "door", "middle", "door"]) == {
        "door > middle": 1,
        "middle > door": 1,
        "door > middle > door": 1,
    }
    assert passed(["door"]) == {}
