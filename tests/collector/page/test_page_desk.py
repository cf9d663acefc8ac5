"""The desk: one report at a time, shared while it is fresh; and the pulse of what comes in."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from posts import until
from shop import SITE, TENANT, SmallShop, Stay, at

from collector.errors import QueryError
from collector.page import desk as desk_module
from collector.page.desk import Desk, Pulse
from collector.records.audit import Audit, Event
from collector.reporting import report


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    shop = SmallShop(tmp_path / "collector")
    shop.hear([Stay(n, at(10), at(10, 5)) for n in range(20)], at(10), at(11))
    return shop


def test_many_who_ask_at_once_get_one_report(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []
    at_work = threading.Semaphore(1)
    build = report.build

    def slow(*arguments: object) -> report.Report:
        assert at_work.acquire(blocking=False), "two at a time"
        time.sleep(0.1)
        at_work.release()
        built.append(1)
        return build(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(report, "build", slow)
    desk = Desk(shop.collector, lambda: at(24))
    found: list[report.Report] = []
    threads = [threading.Thread(target=lambda: found.append(desk.report(TENANT, SITE))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert len(found) == 8
    assert all(one is found[0] for one in found)


def test_a_stale_report_is_built_anew(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(shop.collector, lambda: at(24))
    first = desk.report(TENANT, SITE)
    assert desk.report(TENANT, SITE) is first
    monkeypatch.setattr(desk_module, "KEPT_S", 0.0)
    shop.hear([Stay(100 + n, at(11), at(11, 5)) for n in range(20)], at(11), at(12))
    assert desk.report(TENANT, SITE).answer("visitors").value == 40


def test_what_nothing_has_come_for_is_not_built_again(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "KEPT_S", 0.0)
    desk = Desk(shop.collector, lambda: at(24))
    desk.report(TENANT, SITE)
    first = desk.report(TENANT, SITE)  # the first one folded, so the files have changed while it was built
    assert desk.report(TENANT, SITE) is first
    registry = shop.collector.registry
    registry.put_site(replace(registry.site(TENANT, SITE), visit_min_s=3600))
    assert desk.report(TENANT, SITE).answer("visitors").value != 20


def test_what_people_enter_by_hand_is_in_the_next_report(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Door counts, sales and calibrations leave no file, but a row in the audit log."""
    monkeypatch.setattr(desk_module, "KEPT_S", 0.0)
    desk = Desk(shop.collector, lambda: at(24))
    desk.report(TENANT, SITE)
    first = desk.report(TENANT, SITE)
    engine = shop.collector.registry.engine
    Audit(engine).append(Event("test", "calibrate", f"site {TENANT}/{SITE}"), at(24))
    assert desk.report(TENANT, SITE) is not first


def test_a_dear_report_is_handed_out_while_it_is_built_anew(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "KEPT_S", 0.0)
    monkeypatch.setattr(desk_module, "DEAR_ROWS", 0)
    desk = Desk(shop.collector, lambda: at(24))
    first = desk.report(TENANT, SITE)
    shop.hear([Stay(100 + n, at(11), at(11, 5)) for n in range(20)], at(11), at(12))
    assert desk.report(TENANT, SITE) is first
    until(lambda: desk.report(TENANT, SITE).answer("visitors").value == 40, what="it is built anew behind the page")
    until(lambda: not desk.builder._coming, what="nothing is being built")
    monkeypatch.setattr(desk_module, "OLD_S", 0.0)
    shop.hear([Stay(200 + n, at(12), at(12, 5)) for n in range(20)], at(12), at(13))
    assert desk.report(TENANT, SITE).answer("visitors").value == 60, "too old to be handed out"


def test_what_is_not_there_is_not_kept(shop: SmallShop) -> None:
    desk = Desk(shop.collector, lambda: at(24))
    for _ in range(2):
        with pytest.raises(QueryError, match="nowhere"):
            desk.report(TENANT, "nowhere")


def test_the_pulse_stops_ten_seconds_after_the_last_growth() -> None:
    pulse = Pulse()
    looks = [(0, 100.0), (5, 101.0), (5, 105.0), (5, 110.9), (5, 111.0), (6, 500.0)]
    assert [pulse.beats(count, now_s) for count, now_s in looks] == [False, True, True, True, False, True]


def test_a_collector_at_which_nobody_looks_holds_no_drawing_program() -> None:
    """vl-convert takes 60 MB: it is loaded when the first picture is asked for."""
    heavy = "('vl_convert', 'weasyprint')"
    loaded = f"import sys, collector.service.server; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
