"""The page's benchmark: a store of the size that was asked for, viewers who open pages, and figures of both."""

from pathlib import Path

import pytest

from collector import calendar
from collector import folder as folders
from collector.reporting import report
from tools.bench import page_store
from tools.bench.page import PageResult
from tools.bench.page_load import LOADS, FirstView, Load, Overviewed

SMALL = page_store.Size(sites=2, days=2, units=30, users=2, visits=60, passers_by=80, unlinked=50)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "collector"
    page_store.fill(folder, SMALL, lambda: None)
    return folder


def test_a_site_of_the_store_has_the_days_that_were_asked_for(folder: Path) -> None:
    collector = folders.open_folder(folder)
    built = report.build(collector.store, collector.registry, page_store.CHAIN, page_store.site_name(0), None, 0)
    found = {
        cell.cell: cell.value for answer in built.answers if answer.metric.name == "passers_by" for cell in answer.cells
    }
    assert found["all"] == SMALL.passers_by * SMALL.days
    assert len(built.epochs) == SMALL.days
    assert built.answer("coverage").value == 1.0
    assert len(collector.registry.sensors()) == SMALL.units + SMALL.sites
    collector.close()


def test_the_days_end_yesterday(folder: Path) -> None:
    collector = folders.open_folder(folder)
    days = {file.day for file in collector.store.manifest.files(page_store.CHAIN, "visits")}
    today = calendar.day_of(calendar.day_named(max(days), "UTC", 4).end_ms, "UTC", 4)
    assert today.start_ms - calendar.day_named(min(days), "UTC", 4).start_ms == SMALL.days * page_store.DAY_MS
    collector.close()


def test_what_a_page_loads_is_found_in_it() -> None:
    html = (
        '<link rel="icon" href="data:x"><link rel="stylesheet" href="/static/site.css?v=1">'
        '<script src="/static/htmx.min.js?v=2" defer></script><a href="/fleet">'
    )
    assert LOADS.findall(html) == ["/static/site.css?v=1", "/static/htmx.min.js?v=2"]


def test_a_limit_that_is_missed_is_said() -> None:
    slow = Load(50, 20.0, 100, 3, 0, 10.0, 151.0, 200.0, 10.0, 149.0)
    first, cold = FirstView(250_000, 60_000, 2, 900.0), FirstView(250_000, 60_000, 2, 1100.0)
    seen = Overviewed(100.0, 5.0, 10.0, 9000)
    found = PageResult(SMALL, (cold,), (first,), 60.0, 5.0, seen, {}, (slow,), (slow,), slow)
    assert [target.met for target in found.targets()] == [False, True, False, False, True, False]
    assert found.figures()["first_bytes"] == 310_000
    assert "Chromium" in found.notes()[-1]
