"""Kept estimates: they are those that would be made now, and where anything they follow from has changed, none."""

from dataclasses import replace

import pytest
from shop import DAY, TENANT, SmallShop, Stay, at

from collector import calendar
from collector.counting import chain, estimating, folding, kept, people
from collector.counting.calibrations import Calibration, Calibrations
from collector.counting.keeping import Keeping
from collector.housekeeping import retention
from collector.records.registry import Site
from collector.service import upkeep
from collector.storage.store import ESTIMATES, Store
from collector.verification import files

DAY_MS = 86_400_000
COUNTS = [Calibration(at(10) - (n + 1) * DAY_MS, -70, 20.0, (20.0, 0.0)) for n in reversed(range(6))]
OVER_MS = at(30)


@pytest.fixture
def shop(tmp_path):
    """Two days of twenty people for an hour, half of them far away; signs are there, estimates are not."""
    shop = SmallShop(tmp_path / "collector")
    for day in (1, 0):
        begin, end = at(10) - day * DAY_MS, at(11) - day * DAY_MS
        shop.hear([Stay(n, begin, end, -50 if n % 2 else -62) for n in range(20)])
    folding.refresh(shop.collector.store, shop.collector.registry.tenant(TENANT), 0)
    return shop


def book(shop):
    return Calibrations(shop.collector.registry.engine)


def keep(shop):
    registry = shop.collector.registry
    keeping = Keeping(shop.collector.store, book(shop))
    return keeping.turn(registry.tenant(TENANT), registry.sites(TENANT), OVER_MS)


def asked(shop, store=None):
    """What a report of both days is told, without anything that this process remembers."""
    people._courses.cache_clear()
    kept._read.cache_clear()
    tenant, site = shop.collector.registry.tenant(TENANT), shop.collector.registry.site(TENANT, "shop")
    span = calendar.Span("", at(4) - DAY_MS, at(28))
    counts = book(shop).of(site, estimating.level_dbm(site))
    days = list(calendar.days(span, tenant.time_zone, tenant.epoch_turn_h))
    told = estimating.estimate(store or shop.collector.store, tenant, site, days, span, counts)
    return told.levels.to_pylist(), told.present.to_pylist(), told.beside, told.basis


class Forgetful(Store):
    """A store that keeps no estimates."""

    def __init__(self, shop):
        super().__init__(shop.collector.store.shelf, shop.collector.registry.engine)
        self.manifest.files = lambda tenant, kind, days=None: (  # type: ignore[method-assign]
            [] if kind == ESTIMATES else shop.collector.store.manifest.files(tenant, kind, days)
        )


def test_a_day_that_is_over_is_worked_out_once(shop, monkeypatch):
    """Another process, with nothing in its memory, tells the same to the last digit and draws no course."""
    anew = asked(shop)
    assert keep(shop) == 2
    monkeypatch.setattr(chain, "courses", None)
    assert asked(shop) == anew
    assert keep(shop) == 0


def test_a_day_that_goes_on_is_not_kept(shop):
    """Until an hour after its end: what is in spools is still to come."""
    keeping, registry = Keeping(shop.collector.store, book(shop)), shop.collector.registry
    assert keeping.turn(registry.tenant(TENANT), registry.sites(TENANT), at(28, 59)) == 1
    assert not shop.collector.store.manifest.files(TENANT, ESTIMATES, [DAY])


def come_late(shop):
    shop.hear([Stay(100 + n, at(10, 30), at(11)) for n in range(15)])
    folding.refresh(shop.collector.store, shop.collector.registry.tenant(TENANT), 0)


def come_late_for_the_day_before(shop):
    shop.hear([Stay(100 + n, at(10, 30) - DAY_MS, at(11) - DAY_MS) for n in range(15)])
    folding.refresh(shop.collector.store, shop.collector.registry.tenant(TENANT), 0)


def count_people(shop):
    book(shop).put(shop.site, COUNTS, "test", 0)


def change_site(shop, **more):
    registry = shop.collector.registry
    registry.put_site(replace(registry.site(TENANT, "shop"), **more))


def listen_at_another_level(shop):
    change_site(shop, inside_dbm=-55)


def move_to_another_zone(shop):
    change_site(shop, time_zone="Asia/Kolkata")


def move_opening_hours(shop):
    change_site(shop, opens="10:30", closes="10:50")


def move_the_business_day(shop):
    shop.collector.registry.put_tenant(replace(shop.collector.registry.tenant(TENANT), time_zone="Asia/Kolkata"))


CHANGES = [
    (come_late, True),
    (come_late_for_the_day_before, True),
    (count_people, True),
    (listen_at_another_level, True),
    (move_to_another_zone, True),
    (move_the_business_day, False),  # all of what was heard lies in the same days still
    (move_opening_hours, False),  # no part of an estimate of people
]


def test_what_is_kept_goes_with_what_it_follows_from(shop):
    """Each change is told at once, as if nothing had been kept; after it, the new answer is kept."""
    for change, tells_otherwise in CHANGES:
        keep(shop)
        before = asked(shop)
        change(shop)
        now = asked(shop, Forgetful(shop))
        assert (now != before) is tells_otherwise, change
        assert asked(shop) == now, change
        assert keep(shop) > 0, change
        assert asked(shop) == now, change


def test_another_program_believes_nothing_that_is_kept(shop, monkeypatch):
    """Each letter of what estimates counts; afterwards it is kept for that program."""
    keep(shop)
    monkeypatch.setattr(kept, "program", lambda: "another")
    drawn = []
    monkeypatch.setattr(chain, "courses", lambda *given, of=chain.courses: drawn.append(1) or of(*given))
    asked(shop)
    assert len(drawn) == 2
    assert keep(shop) == 2
    drawn.clear()
    asked(shop)
    assert drawn == []


def test_a_turn_makes_a_part_and_the_next_the_rest(shop, monkeypatch):
    """The newest day first. A site that heard nothing is looked at once; one that is gone is dropped."""
    store, registry = shop.collector.store, shop.collector.registry
    registry.put_site(Site(TENANT, "quiet"))
    monkeypatch.setattr("collector.counting.keeping.LOOKS_A_TURN", 3)
    keeping, tenant = Keeping(store, book(shop)), registry.tenant(TENANT)
    turns = [keeping.turn(tenant, registry.sites(TENANT), OVER_MS) for _ in range(3)]
    assert turns == [3, 1, 0]
    (newest,) = store.manifest.files(TENANT, ESTIMATES, [DAY])
    assert [row.site for row in kept.rows(store, [newest])] == ["quiet", "shop"]
    keeping.turn(tenant, [registry.site(TENANT, "shop")], OVER_MS)
    assert [row.site for row in kept.rows(store, store.manifest.files(TENANT, ESTIMATES, [DAY]))] == ["shop"]


def test_a_file_that_is_damaged_costs_time_and_no_number(shop):
    """It is passed over, and made again when the day is looked at; verification names it meanwhile."""
    keep(shop)
    told = asked(shop)
    (lying,) = shop.collector.store.manifest.files(TENANT, ESTIMATES, [DAY])
    path = shop.collector.store.shelf.root / lying.name
    path.write_bytes(b"\0" * lying.bytes)
    assert asked(shop) == told
    assert keep(shop) == 1
    assert asked(shop) == told


def test_estimates_are_kept_beside_everything_else_and_change_no_page(shop):
    """Upkeep makes them; what pages show does not become old by that, and nothing is wrong with the files."""
    store = shop.collector.store
    stamp = store.manifest.stamp(TENANT)
    (task,) = [one for one in upkeep.tasks(shop.collector) if one.name == "keep estimates"]
    task.do(OVER_MS)
    assert len(store.manifest.files(TENANT, ESTIMATES)) == 2
    assert store.manifest.stamp(TENANT) == stamp
    looked = files.check(store, shop.collector.registry, OVER_MS, deep=True)
    assert looked.findings == ()


def test_estimates_go_with_the_windows_and_signs_they_rest_on():
    """They hold nothing of devices."""
    assert ESTIMATES in retention.CLASSES["windows"]
