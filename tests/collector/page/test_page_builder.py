"""The builder: each thing is made once, one at a time, and only a few wait for it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from browse import browser
from shop import SmallShop, Stay, at

from collector.errors import BusyError, QueryError
from collector.page import builder as builders
from collector.page.builder import Builder
from collector.page.desk import Desk
from collector.reporting.report import Report


def test_who_waits_too_long_comes_again_and_finds_it_made() -> None:
    ready = threading.Event()
    made: list[int] = []

    def make() -> int:
        ready.wait(10)
        made.append(1)
        return 7

    builder = Builder("test", patience_s=0.01)
    with pytest.raises(BusyError, match="ask again"):
        builder.get("one", make)
    coming = builder.begin("one", make)
    ready.set()
    assert coming.result(10) == 7
    assert made == [1], "made once, though asked for twice"


def test_only_a_few_wait_and_the_next_is_told_at_once() -> None:
    ready = threading.Event()
    builder = Builder("test", patience_s=10, waiting_max=2)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(builder.get, name, lambda: ready.wait(10)) for name in ("one", "two")]
        while builder._places._value:
            time.sleep(0.001)
        with pytest.raises(BusyError, match="others are waiting"):
            builder.get("three", lambda: True)
        ready.set()
        assert [one.result(10) for one in waiting] == [True, True]
    assert builder.get("four", lambda: True), "there is room again"


def test_what_making_it_came_to_is_said_to_who_waits() -> None:
    def fail() -> int:
        raise QueryError("no such site")

    builder = Builder("test")
    for _ in range(2):
        with pytest.raises(QueryError, match="no such site"):
            builder.get("one", fail)


def test_so_many_different_things_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builders, "COMING_MAX", 1)
    ready = threading.Event()
    builder = Builder("test")
    first = builder.begin("one", lambda: ready.wait(10))
    with pytest.raises(BusyError, match="too many"):
        builder.begin("two", lambda: True)
    ready.set()
    assert first.result(10)


def test_a_page_that_is_not_made_yet_looks_again_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = SmallShop(tmp_path / "collector")
    shop.hear([Stay(n, at(10), at(10, 5)) for n in range(20)], at(10), at(11))

    def busy(_desk: Desk, _tenant: str, _site: str, _old_s: float) -> Report:
        raise BusyError("the numbers are being put together; ask again in a moment")

    monkeypatch.setattr(Desk, "report", busy)
    answer = browser(shop.collector).get("/")
    assert answer.status_code == 503
    assert answer.headers["Refresh"] == answer.headers["Retry-After"] == "3"
    assert "The page looks again" in answer.text
