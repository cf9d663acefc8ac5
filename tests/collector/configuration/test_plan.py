"""Layers, floors and plans: the nearer layer wins, floors hold, and what tells more of people is noticed."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.configuration import floors, options, plan
from collector.configuration.layers import Layer, Origin, Place, Scope, merge, places
from collector.configuration.plan import Change, Fleet
from collector.errors import QueryError
from collector.records.registry import Sensor
from footfall_sensor.config import OPTIONS
from footfall_sensor.settings import OWN, PUSHABLE

TENANT = Place(Scope.TENANT, "acme", "acme")
SHOP = Place(Scope.SITE, "acme", "shop")
DOORS = Place(Scope.GROUP, "acme", "doors")
DOOR = Place(Scope.SENSOR, "acme", "door")


def sensor(name: str = "door", site: str = "shop", group: str = "doors", tenant: str = "acme") -> Sensor:
    return Sensor(1, tenant, name, site, bytes(8), bytes(32), group_name=group)


def fleet(*layers: Layer, sensors: tuple[Sensor, ...] = (sensor(),), sensitive: bool = False) -> Fleet:
    sites = frozenset({("acme", "shop")}) if sensitive else frozenset()
    return Fleet({layer.place: layer for layer in layers}, sensors, sites)


LAYER = st.dictionaries(st.sampled_from(["window_s", "dwell_ms", "mode", "health_s"]), st.sampled_from(["1", "2", "3"]))


@given(st.lists(LAYER, min_size=4, max_size=4))
def test_each_value_is_the_nearest_layers_and_says_so(written: list[dict[str, str]]) -> None:
    """Whatever is written where: sensor before group before site before tenant; what nobody names is not there."""
    layers = [Layer(place, 7, said) for place, said in zip(places(sensor()), written, strict=True)]
    merged = merge(layers)
    assert set(merged) == {name for said in written for name in said}
    for name, origin in merged.items():
        nearest = next(layer for layer in reversed(layers) if name in layer.options)
        assert origin == Origin(nearest.options[name], f"{nearest.place}, change 7")


def test_a_sensor_stands_in_four_layers_and_only_its_own_tenants() -> None:
    assert places(sensor()) == (TENANT, SHOP, DOORS, DOOR)
    assert places(sensor(group="")) == (TENANT, SHOP, DOOR)
    other = fleet(Layer(SHOP, 1, {"window_s": "10"}), sensors=(sensor(tenant="other"),))
    assert other.effective(other.sensors[0]) == {}


def test_a_sensitive_site_counts_whatever_the_layers_say() -> None:
    """STAND-IN flag: who sets it is another part's."""
    loose = fleet(Layer(DOOR, 1, {"mode": "tokens", "window_s": "10"}), sensitive=True)
    assert plan.values(loose.effective(sensor())) == {"mode": "counts", "window_s": "10"}
    assert plan.values(fleet(sensitive=True).effective(sensor())) == {"mode": "counts"}


@pytest.mark.parametrize(
    ("before", "after", "looser"),
    [
        ({"mode": "counts"}, {"mode": "tokens"}, True),
        ({"mode": "counts"}, {}, True),
        ({}, {"mode": "tokens"}, True),
        ({"mode": "tokens"}, {"mode": "counts"}, False),
        ({}, {"mode": "counts"}, False),
        ({"mode": "tokens"}, {"mode": "tokens", "window_s": "60"}, False),
        ({}, {"associated": "on", "bssid": "02:00:00:00:00:01"}, True),
        ({"associated": "off"}, {}, True),
        ({"associated": "on", "bssid": "02:00:00:00:00:01"}, {"associated": "off"}, False),
        (
            {"associated": "on", "bssid": "02:00:00:00:00:0a"},
            {"associated": "on", "bssid": "02:00:00:00:00:0A 02:00:00:00:00:0b"},
            True,
        ),
        (
            {"associated": "on", "bssid": "02:00:00:00:00:0a"},
            {"associated": "on", "bssid": "02:00:00:00:00:0A"},
            False,
        ),
        ({"window_s": "30"}, {"window_s": "5"}, False),
    ],
)
def test_what_tells_more_of_people_is_noticed(before: dict[str, str], after: dict[str, str], looser: bool) -> None:
    assert bool(floors.loosens(before, after)) == looser


def test_a_looser_layer_is_noticed_before_any_sensor_hangs_there() -> None:
    """Else whoever mounts the next unit would carry it out."""
    empty = fleet(Layer(TENANT, 1, {"mode": "counts"}), sensors=())
    made = plan.make(empty, Change(SHOP, {"mode": "tokens"}))
    assert made.loosens == ("mode is counts no more",)


def test_a_move_into_a_looser_group_is_noticed() -> None:
    before = fleet(
        Layer(TENANT, 1, {"mode": "counts"}), Layer(DOORS, 1, {"mode": "tokens"}), sensors=(sensor(group=""),)
    )
    made = plan.make(before, Change(DOOR, {}, group="doors"))
    assert (made.loosens, made.affected[0].options) == (("mode is counts no more",), {"mode": ("counts", "tokens")})


def test_a_plan_names_the_sensors_that_change_and_no_others() -> None:
    """A nearer layer that says the same, or another thing, keeps a sensor out of it."""
    several = fleet(
        Layer(Place(Scope.SENSOR, "acme", "window"), 1, {"window_s": "60"}),
        sensors=(sensor("door"), sensor("window"), sensor("far", site="mall")),
    )
    made = plan.make(several, Change(SHOP, {"window_s": "60"}))
    assert [(one.sensor, one.options) for one in made.affected] == [("door", {"window_s": (None, "60")})]


@pytest.mark.parametrize(
    ("said", "named"),
    [({"window_s": "90"}, "window_s"), ({"associated": "on"}, "bssid"), ({"channels": "0"}, "channels")],
)
def test_what_a_sensor_would_refuse_is_refused_here_by_the_same_table(said: dict[str, str], named: str) -> None:
    with pytest.raises(QueryError, match=f"^option {named}: "):
        plan.make(fleet(), Change(TENANT, said))


def test_two_good_layers_that_do_not_go_together_are_refused() -> None:
    before = fleet(Layer(TENANT, 1, {"sightings_max": "60000"}))
    with pytest.raises(QueryError, match=r"^option batch_sightings_max: "):
        plan.make(before, Change(DOOR, {"batch_sightings_max": "10"}))


@pytest.mark.parametrize("name", [*sorted(set(OPTIONS) - PUSHABLE), "ssid", "colour"])
def test_what_may_not_be_set_is_refused_by_name(name: str) -> None:
    with pytest.raises(QueryError, match=f"^option {name}: ") as caught:
        options.parse([f"{name}=x"])
    assert OWN.get(name, "unknown") in str(caught.value)


@pytest.mark.parametrize(
    ("group", "days", "reason", "named"),
    [(9, 1, "", "minimum_group"), (10, 0, "", "epoch_days"), (10, 31, "a study", "epoch_days"), (10, 2, " ", "reason")],
)
def test_a_tenant_below_a_floor_is_refused(group: int, days: int, reason: str, named: str) -> None:
    with pytest.raises(QueryError, match=named):
        floors.check_tenant(group, days, reason)


def test_smaller_groups_and_longer_epochs_tell_more() -> None:
    floors.check_tenant(10, 30, "a study")
    sizes = [floors.loosens_tenant(groups, (1, 1)) for groups in pairwise((30, 20, 20, 25))]
    assert [bool(found) for found in sizes] == [True, False, False]
    assert floors.loosens_tenant((10, 10), (1, 7)) == ("the epoch grows from 1 to 7 days",)
