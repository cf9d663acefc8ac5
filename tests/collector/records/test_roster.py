"""The roster: states change by allowed ways only, and each change is in the audit log with it."""

from pathlib import Path

import pytest
from shop import SmallShop

from collector.errors import QueryError
from collector.records.audit import Audit
from collector.records.roster import Roster
from collector.records.standing import NEXT, Standing


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    shop = SmallShop(tmp_path / "c")
    shop.sensor("door")
    return shop


def test_a_change_and_its_record_are_there_together(shop: SmallShop) -> None:
    engine = shop.collector.registry.engine
    moved = Roster(engine).move("door", Standing.QUARANTINED, "three strikes", "collector", 42)
    assert (moved.state, moved.says, moved.changed_ms) == (Standing.QUARANTINED, "three strikes", 42)
    last = Audit(engine).entries()[-1]
    assert (last.actor, last.verb, last.object, last.says) == (
        "collector",
        "quarantined",
        "sensor default/door",
        "three strikes",
    )


def test_a_way_that_is_not_allowed_changes_and_records_nothing(shop: SmallShop) -> None:
    engine = shop.collector.registry.engine
    roster = Roster(engine)
    roster.move("door", Standing.REVOKED, "stolen", "cli:ada", 1)
    before = Audit(engine).entries()
    with pytest.raises(QueryError, match="revoked and cannot become approved"):
        roster.move("door", Standing.APPROVED, "found again", "cli:ada", 2)
    assert roster.find("door").state is Standing.REVOKED
    assert Audit(engine).entries() == before


def test_nothing_leads_back_from_revoked() -> None:
    assert NEXT[Standing.REVOKED] == frozenset()
    assert set(NEXT) == set(Standing)


def test_an_unknown_sensor_is_named(shop: SmallShop) -> None:
    with pytest.raises(QueryError, match="no sensor 'window'"):
        Roster(shop.collector.registry.engine).find("window")


def test_a_name_is_one_tenants_only(shop: SmallShop) -> None:
    """An envelope names its sensor and no tenant: two of one name could be told each other's words."""
    with pytest.raises(QueryError, match="unique"):
        shop.collector.registry.put_sensor("other", "door", "shop", bytes(8), bytes(32))
