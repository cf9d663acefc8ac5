"""The desk: one report at a time, shared while it is fresh; and the pulse of what comes in."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from shop import SITE, TENANT, SmallShop, Stay, at

from collector import report
from collector.errors import QueryError
from collector.page import desk as desk_module
from collector.page.desk import Desk, Pulse


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
    loaded = f"import sys, collector.server; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
