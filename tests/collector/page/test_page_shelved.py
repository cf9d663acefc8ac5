"""Shelved: the first page after a start is there at once, and shows nothing that may not be shown any more."""

import stat
from pathlib import Path

import pytest
from shop import SITE, TENANT, SmallShop, Stay, at

from collector.page import desk as desk_module
from collector.page import shelved
from collector.page.desk import DAY_S, Desk
from collector.records.audit import Audit, Event
from collector.reporting import report
from collector.reporting.report import Report


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallShop:
    monkeypatch.setattr(desk_module, "DEAR_ROWS", 0)
    shop = SmallShop(tmp_path / "collector")
    shop.hear([Stay(n, at(10), at(10, 5)) for n in range(20)], at(10), at(11))
    return shop


def stopped(shop: SmallShop) -> Report:
    """A collector has shown this report, and has stopped at noon."""
    desk = Desk(shop.collector, lambda: at(12))
    shown = desk.report(TENANT, SITE)
    desk.close()
    return shown


def first_after_a_start(shop: SmallShop, monkeypatch: pytest.MonkeyPatch, hour: int = 13) -> tuple[Report, bool]:
    """What the first page shows, and whether somebody had to wait until it was built."""
    built: list[Report] = []
    build = report.build

    def noted(*arguments: object) -> Report:
        built.append(build(*arguments))  # type: ignore[arg-type]
        return built[-1]

    monkeypatch.setattr(report, "build", noted)
    desk = Desk(shop.collector, lambda: at(hour))
    shown = desk.report(TENANT, SITE, DAY_S)
    desk.builder.close()
    return shown, any(one is shown for one in built)


def test_the_first_page_after_a_start_shows_the_last_before_it(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stopped(shop)
    shop.hear([Stay(100 + n, at(11), at(11, 5)) for n in range(20)], at(11), at(12))
    shown, waited = first_after_a_start(shop, monkeypatch)
    assert not waited
    assert shown == before


def test_what_lies_there_is_read_by_its_owner_alone_and_gone_with_the_start(shop: SmallShop) -> None:
    stopped(shop)
    path = shop.collector.folder / shelved.FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    Desk(shop.collector, lambda: at(13))
    assert not path.exists()


@pytest.mark.parametrize("changed", ["rules", "day", "program", "damaged"])
def test_it_shows_nothing_that_may_not_be_shown_any_more(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    stopped(shop)
    if changed == "rules":
        Audit(shop.collector.registry.engine).append(Event("test", "set", f"tenant {TENANT}", "minimum group"), at(12))
    if changed == "program":
        monkeypatch.setattr(shelved, "_program", lambda: "another release")
    if changed == "damaged":
        path = shop.collector.folder / shelved.FILE_NAME
        path.write_bytes(path.read_bytes().replace(b'"suppressed": false', b'"suppressed": "perhaps"'))
    _, waited = first_after_a_start(shop, monkeypatch, 13 if changed != "day" else 37)
    assert waited, "it was built anew"
