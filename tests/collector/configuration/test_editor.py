"""The editor: every change is kept, can be gone back from, and has its record; what loosens needs two people."""

from pathlib import Path

import pytest
from shop import SITE, TENANT, SmallShop

from collector.configuration.editor import Editor
from collector.configuration.layers import Place, Scope
from collector.configuration.plan import values
from collector.configuration.store import PROPOSAL_LIFE_MS
from collector.errors import QueryError, SettingsError
from collector.records.audit import Audit

SHOP = Place(Scope.SITE, TENANT, SITE)
DOOR = Place(Scope.SENSOR, TENANT, "door")


class Desk:
    """Editors of several people on one registry, and a clock that tests set."""

    def __init__(self, folder: Path) -> None:
        self.shop = SmallShop(folder)
        self.shop.sensor("door")
        self.registry = self.shop.collector.registry
        self.now_ms = 1_800_000_000_000

    def of(self, who: str = "cli:ada") -> Editor:
        return Editor(self.registry, who, lambda: self.now_ms)

    def runs(self) -> dict[str, str]:
        fleet = self.of().store.fleet()
        return values(fleet.effective(fleet.sensors[0]))

    def log(self) -> list[tuple[str, str, str, str]]:
        return [(row.actor, row.verb, row.object, row.says) for row in Audit(self.registry.engine).entries()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "collector")


def test_every_change_is_kept_with_who_when_and_why(desk: Desk) -> None:
    desk.of().set(SHOP, {"window_s": "60"}, "less traffic")
    desk.now_ms += 5
    desk.of("cli:grace").set(SHOP, {"dwell_ms": "500"})
    desk.of().unset(SHOP, ["window_s"])
    found = [(one.number, one.options, one.actor, one.why) for one in desk.of().store.history(SHOP)]
    assert found == [
        (3, {"dwell_ms": "500"}, "cli:ada", ""),
        (2, {"window_s": "60", "dwell_ms": "500"}, "cli:grace", ""),
        (1, {"window_s": "60"}, "cli:ada", "less traffic"),
    ]
    assert desk.log()[0] == ("cli:ada", "configure", f"site {TENANT}/{SITE}", "change 1: window_s=60; less traffic")
    assert len(desk.log()) == 3
    assert Audit(desk.registry.engine).verify().broken is None


def test_going_back_is_a_change_of_its_own(desk: Desk) -> None:
    for window_s in ("10", "20"):
        desk.of().set(DOOR, {"window_s": window_s})
    assert desk.of().rollback(DOOR, 1).plan.affected[0].options == {"window_s": ("20", "10")}
    assert desk.runs() == {"window_s": "10"}
    desk.of().rollback(DOOR, 0)
    assert desk.runs() == {}
    assert [one.why for one in desk.of().store.history(DOOR)][:2] == ["back to change 0", "back to change 1"]
    with pytest.raises(QueryError, match="has no change 9"):
        desk.of().rollback(DOOR, 9)


def test_a_dry_run_shows_all_and_writes_nothing(desk: Desk) -> None:
    done = desk.of().set(SHOP, {"mode": "tokens"}, dry=True)
    assert (done.written, done.proposal, len(done.plan.affected)) == (False, None, 1)
    assert done.plan.loosens
    assert (desk.runs(), desk.log(), desk.of().store.proposals(desk.now_ms)) == ({}, [], [])


def test_what_is_so_already_is_no_change(desk: Desk) -> None:
    desk.of().set(SHOP, {"window_s": "60"})
    assert not desk.of().set(SHOP, {"window_s": "60"}).written
    assert not desk.of().move("door", "").written
    assert len(desk.log()) == 1


def test_tightening_is_done_at_once_and_loosening_waits(desk: Desk) -> None:
    """The proposer cannot confirm; another can, once; both are in the log."""
    assert desk.of().set(SHOP, {"mode": "counts"}).written
    done = desk.of().set(SHOP, {"mode": "tokens"}, "routes")
    assert (done.written, done.proposal, desk.runs()) == (False, 1, {"mode": "counts"})
    with pytest.raises(QueryError, match="your own"):
        desk.of().confirm(1)
    assert desk.runs() == {"mode": "counts"}
    desk.of("cli:grace").confirm(1)
    assert desk.runs() == {"mode": "tokens"}
    with pytest.raises(QueryError, match="confirmed already, by cli:grace"):
        desk.of("cli:joan").confirm(1)
    assert [row[:2] for row in desk.log()[1:]] == [
        ("cli:ada", "propose"),
        ("cli:grace", "confirm"),
        ("cli:ada", "configure"),
    ]
    assert desk.log()[-1][3].endswith("routes; proposal 1, confirmed by cli:grace")


def test_taking_a_tight_option_out_or_going_back_before_it_waits_too(desk: Desk) -> None:
    desk.of().set(SHOP, {"mode": "counts"})
    assert desk.of().unset(SHOP, ["mode"]).proposal == 1
    assert desk.of().rollback(SHOP, 0).proposal == 2
    assert desk.runs() == {"mode": "counts"}


def test_a_move_into_a_looser_group_waits(desk: Desk) -> None:
    desk.of().set(Place(Scope.TENANT, TENANT, TENANT), {"mode": "counts"})
    desk.of().set(Place(Scope.GROUP, TENANT, "study"), {"mode": "tokens"})
    desk.of("cli:grace").confirm(1)
    assert desk.of().move("door", "study").proposal == 2
    assert desk.runs() == {"mode": "counts"}
    desk.of("cli:grace").confirm(2)
    assert desk.runs() == {"mode": "tokens"}
    assert desk.of().move("door", "").written
    assert desk.runs() == {"mode": "counts"}


def test_a_proposal_is_for_the_layer_that_was_looked_at(desk: Desk) -> None:
    """Changed since, withdrawn, or a week old: it is made again."""
    desk.of().set(SHOP, {"mode": "tokens"})
    desk.of().set(SHOP, {"window_s": "60"})
    with pytest.raises(QueryError, match="has changed since"):
        desk.of("cli:grace").confirm(1)
    desk.of().set(SHOP, {"mode": "tokens"})
    desk.of("cli:grace").withdraw(2)
    with pytest.raises(QueryError, match="withdrawn already"):
        desk.of("cli:grace").confirm(2)
    desk.of().set(SHOP, {"mode": "tokens"})
    desk.now_ms += PROPOSAL_LIFE_MS
    with pytest.raises(QueryError, match="more than a week old"):
        desk.of("cli:grace").confirm(3)
    assert desk.runs() == {"window_s": "60"}


def test_a_tenants_own_settings_have_floors_and_two_people(desk: Desk) -> None:
    assert desk.of().terms(TENANT, {"minimum_group": "20"}).written
    with pytest.raises(QueryError, match="below 10"):
        desk.of().terms(TENANT, {"minimum_group": "9"})
    assert desk.of().terms(TENANT, {"minimum_group": "10"}, "a small shop").proposal == 1
    assert desk.registry.tenant(TENANT).minimum_group == 20
    desk.of("cli:grace").confirm(1)
    assert desk.registry.tenant(TENANT).minimum_group == 10
    assert desk.log()[-1] == (
        "cli:ada",
        "set",
        f"tenant {TENANT}",
        "minimum_group: 20 -> 10; a small shop; proposal 1, confirmed by cli:grace",
    )


@pytest.mark.parametrize(
    ("place", "named"),
    [
        (Place(Scope.SITE, TENANT, "mall"), "site default/mall"),
        (Place(Scope.SENSOR, TENANT, "window"), "sensor default/window"),
        (Place(Scope.TENANT, "acme", "acme"), "tenant acme"),
    ],
)
def test_a_layer_of_nothing_is_refused(place: Place, named: str, desk: Desk) -> None:
    with pytest.raises(QueryError, match=f"there is no {named}"):
        desk.of().set(place, {"window_s": "60"})


def test_an_unknown_sensor_or_a_wild_group_name_is_refused(desk: Desk) -> None:
    with pytest.raises(QueryError, match="no sensor 'window'"):
        desk.of().move("window", "doors")
    with pytest.raises(QueryError, match="group's name"):
        desk.of().move("door", "a/b")
    with pytest.raises(QueryError, match="not set in"):
        desk.of().unset(SHOP, ["window_s"])


def test_a_tenants_own_settings_are_checked_as_everywhere(desk: Desk) -> None:
    """A zone that nobody knows would end every report."""
    with pytest.raises(SettingsError, match="no time zone"):
        desk.of().terms(TENANT, {"time_zone": "Mars/Base"})
    assert desk.log() == []
