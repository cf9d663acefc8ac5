"""Ahead: what somebody will ask for is built before, the last looked at first, and never while somebody waits."""

from pathlib import Path

import pytest
from posts import until
from shop import SITE, TENANT, SmallShop, Stay, at

from collector.page import desk as desk_module
from collector.page.ahead import LOOK_S, REST, REST_UNWATCHED, Ahead
from collector.page.builder import Builder
from collector.page.desk import DAY_S, Desk
from collector.records.audit import SIGN_IN, SIGN_OUT, Audit, Event
from collector.records.registry import Site
from collector.reporting import report


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    shop = SmallShop(tmp_path_factory.mktemp("ahead") / "collector")
    for name in ("a", "b"):
        shop.collector.registry.put_site(Site(TENANT, name))
        shop.sensor(f"{name}-1", site=name)
        shop.hear([Stay(n, at(10), at(10, 5)) for n in range(20)], at(10), at(11), f"{name}-1")
    shop.hear([Stay(n, at(10), at(10, 5)) for n in range(20)], at(10), at(11))
    return shop


def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sites whose reports are built from now on."""
    found: list[str] = []
    build = report.build

    def noted(*arguments: object) -> report.Report:
        found.append(str(arguments[3]))
        return build(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(report, "build", noted)
    return found


def test_every_site_is_built_once_a_day_the_last_looked_at_first(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [at(12)]
    desk = Desk(shop.collector, lambda: now[0])
    ahead = Ahead(shop.collector, desk, lambda: now[0])
    names = built(monkeypatch)
    desk.report(TENANT, "b")
    while ahead.look():
        pass
    assert ahead.done.is_set()
    assert list(dict.fromkeys(names)) == ["b", "a", SITE]
    names.clear()
    desk.report(TENANT, "a")
    assert not names, "it was built before anybody asked"
    now[0] = at(36)
    assert ahead.look(), "another day"


def test_it_builds_in_passing_while_nobody_looks_and_briskly_as_soon_as_somebody_does(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, rested = [1000.0], []
    desk = Desk(shop.collector, lambda: at(12))
    ahead = Ahead(shop.collector, desk, lambda: at(12))

    def wait(left_s: float) -> bool:
        rested.append(left_s)
        clock[0] += left_s
        if len(rested) == looks_at:
            desk.report(TENANT, SITE)
        return False

    monkeypatch.setattr("collector.page.ahead.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(ahead._stopping, "wait", wait)
    looks_at = 0  # nobody
    ahead._rest(2.0)
    assert sum(rested) == pytest.approx(2.0 * REST_UNWATCHED), "a twentieth of a processor"
    rested.clear()
    looks_at = 2  # somebody opens a page when it has rested twice
    ahead._rest(2.0)
    assert rested == [LOOK_S, LOOK_S]
    rested.clear()
    looks_at = 0
    ahead._rest(2.0)
    assert sum(rested) == pytest.approx(2.0 * REST)


def test_nothing_is_built_ahead_while_somebody_waits(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.page.ahead.REST_UNWATCHED", 0.0)
    builder = Builder("test")
    ahead = Ahead(shop.collector, Desk(shop.collector, lambda: at(12), builder), lambda: at(12))
    builder.begin("a page", lambda: None).result(10)
    until(lambda: not builder.asked)
    busy = Ahead(shop.collector, Desk(shop.collector, lambda: at(12)), lambda: at(12), lambda: True)
    assert not busy.look()
    assert ahead.look()


def test_who_waited_is_remembered_while_a_report_is_built(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of the fleet is waited for, and no report was looked at: somebody is there all the same."""
    monkeypatch.setattr("collector.page.ahead.REST", 0.0)
    monkeypatch.setattr("collector.page.ahead.REST_UNWATCHED", 0.0)
    ahead = Ahead(shop.collector, Desk(shop.collector, lambda: at(12)), lambda: at(12))
    assert not ahead.watched
    with monkeypatch.context() as waited_for:
        waited_for.setattr(Builder, "asked", property(lambda _: True))
        assert not ahead.look()
    assert ahead.look()
    assert ahead.watched


def test_a_page_shows_what_it_has_and_looks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New data alone leaves the old report good enough to be shown; another rule does not."""
    shop = SmallShop(tmp_path / "collector")
    shop.hear([Stay(n, at(10), at(10, 5)) for n in range(20)], at(10), at(11))
    for name, value in (("KEPT_S", 0.0), ("OLD_S", 0.0), ("DEAR_ROWS", 0)):
        monkeypatch.setattr(desk_module, name, value)
    desk = Desk(shop.collector, lambda: at(12))
    first = desk.report(TENANT, SITE)
    shop.hear([Stay(100 + n, at(11), at(11, 5)) for n in range(20)], at(11), at(12))
    assert desk.report(TENANT, SITE, DAY_S) is first
    until(lambda: desk.report(TENANT, SITE, DAY_S).answer("visitors").value == 40, what="the page finds it made")
    shop.hear([Stay(200 + n, at(11), at(11, 5)) for n in range(20)], at(11), at(12))
    Audit(shop.collector.registry.engine).append(Event("test", "calibrate", f"site {TENANT}/{SITE}"), at(12))
    assert desk.report(TENANT, SITE, DAY_S).answer("visitors").value == 60, "somebody has changed what it rests on"


def test_who_signs_in_changes_nothing_that_a_report_rests_on(shop: SmallShop) -> None:
    audit = Audit(shop.collector.registry.engine)
    before = audit.newest((SIGN_IN, SIGN_OUT))
    audit.append(Event("web:somebody", SIGN_IN, "user somebody"), at(12))
    assert audit.newest((SIGN_IN, SIGN_OUT)) == before
    assert audit.newest() == before + 1
