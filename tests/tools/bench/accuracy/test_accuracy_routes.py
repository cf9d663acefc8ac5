"""The judgement of routes: what counts as found and as in order, and a small shop through the whole line."""

import pytest

from tools.bench.accuracy import shop_routes
from tools.simulate.people import Kind
from tools.simulate.plan import ShopPlan
from tools.simulate.shop import simulate

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
