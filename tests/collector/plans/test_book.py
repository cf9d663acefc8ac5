"""Plans in the registry: kept with their positions, and every change in the audit log."""

from pathlib import Path

import pytest
from shop import SITE, TENANT, SmallShop

from collector.plans.book import Plans
from collector.plans.errors import PlanError
from collector.plans.plan import PICTURE, Plan, Spot
from collector.records.audit import Audit
from collector.records.registry import Site

WIDE, TALL = (Plan(PICTURE, b"made up", *size) for size in ((200.0, 100.0), (100.0, 200.0)))


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    shop = SmallShop(tmp_path / "collector")
    shop.sensor("door")
    shop.collector.registry.put_site(Site(TENANT, "kiosk"))
    shop.sensor("kiosk-1", site="kiosk")
    return shop


@pytest.fixture
def plans(shop: SmallShop) -> Plans:
    return Plans(shop.collector.registry.engine)


def put(plans: Plans, plan: Plan = WIDE) -> bool:
    return plans.put(TENANT, SITE, plan, "web:ann", 7)


def place(plans: Plans, x: float, y: float, sensor: str = "door") -> None:
    plans.place(TENANT, SITE, {sensor: Spot(x, y)}, "web:ann", 8)


def test_positions_stay_with_a_plan_of_the_same_shape_and_go_with_another(plans: Plans) -> None:
    put(plans)
    place(plans, 40, 55)
    assert not put(plans, Plan(PICTURE, b"newer", 400.0, 200.0))
    assert plans.spots(TENANT, SITE) == {"door": Spot(40, 55)}
    assert put(plans, TALL)
    assert plans.spots(TENANT, SITE) == {}


def test_who_changed_what_is_in_the_audit_log(shop: SmallShop, plans: Plans) -> None:
    put(plans)
    place(plans, 40, 55)
    plans.place(TENANT, SITE, {"door": None}, "web:ann", 9)
    plans.remove(TENANT, SITE, "web:bob", 10)
    said = [(one.actor, one.says) for one in Audit(shop.collector.registry.engine).entries(4)]
    assert said == [
        ("web:ann", "plan: a picture of 200 x 100, 7 bytes"),
        ("web:ann", "door at 40.0 %, 55.0 % of the plan"),
        ("web:ann", "door off the plan"),
        ("web:bob", "no plan"),
    ]
    assert plans.of(TENANT, SITE) is None


@pytest.mark.parametrize(("x", "y"), [(-1, 5), (101, 5), (5, float("nan")), (float("inf"), 5)])
def test_a_place_off_the_plan_is_none(plans: Plans, x: float, y: float) -> None:
    put(plans)
    with pytest.raises(PlanError, match="0 to 100"):
        place(plans, x, y)


def test_only_sensors_of_the_site_are_placed_and_only_on_a_plan(plans: Plans) -> None:
    with pytest.raises(PlanError, match="no plan of this site yet"):
        place(plans, 1, 1)
    put(plans)
    with pytest.raises(PlanError, match="no sensor of this site"):
        place(plans, 1, 1, "kiosk-1")


def test_a_sensor_that_was_moved_to_another_site_is_on_no_plan(shop: SmallShop, plans: Plans) -> None:
    put(plans)
    place(plans, 40, 55)
    shop.collector.registry.put_site(Site(TENANT, "annexe"))
    with shop.collector.registry.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sensors SET site = 'annexe' WHERE name = 'door'")
    assert plans.spots(TENANT, SITE) == {}
    assert plans.spots(TENANT, "annexe") == {}
