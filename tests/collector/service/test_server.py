"""Housekeeping goes on whatever the disk says, and the process ends when ingest has died."""

import re
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
from shop import SmallShop, Stay, at

from collector import clock
from collector.errors import StoreError
from collector.housekeeping import keeper
from collector.options.settings import Settings
from collector.people.book import People
from collector.service import server, upkeep, web


def test_a_fold_that_finds_no_room_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And all other tasks of a collector are done meanwhile."""
    shop = SmallShop(tmp_path)
    shop.hear([Stay(1, at(10), at(10, 5))])
    tried, now_s = [], [0.0]

    def refuse(*_: object, **__: object) -> None:
        tried.append(now_s[0])
        raise StoreError("no room")

    monkeypatch.setattr(upkeep.fold, "refresh", refuse)
    keeping = keeper.Keeper(upkeep.tasks(shop.collector), lambda: at(24), lambda: now_s[0])
    for _ in range(3):
        keeping.step()
        now_s[0] += 60
    assert tried == [0.0, 60.0, 120.0]
    assert keeping.failed == {"fold": "no room"}


@pytest.mark.parametrize("lives", [True, False])
def test_when_ingest_has_died_the_process_ends(lives: bool) -> None:
    uvicorn = SimpleNamespace(should_exit=False)
    server._end_with(SimpleNamespace(ok=lives), uvicorn)  # type: ignore[arg-type]
    assert uvicorn.should_exit is not lives


def test_the_first_start_says_once_how_to_sign_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = SmallShop(tmp_path)
    server._welcome(shop.collector, clock.now_ms())
    [line] = capsys.readouterr().out.splitlines()
    found = re.fullmatch(
        r"sign in at http://127.0.0.1:\d+/ as admin with the one-time password ([a-z0-9-]{24}) within 24 hours", line
    )
    assert found
    assert People(shop.collector.registry.engine).sign_in("admin", found.group(1), clock.now_ms())
    server._welcome(shop.collector, clock.now_ms())
    assert capsys.readouterr().out == ""


def test_an_open_page_has_no_first_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = SmallShop(tmp_path, settings=Settings(open_page=True))
    server._welcome(shop.collector, clock.now_ms())
    assert not People(shop.collector.registry.engine).all()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_being_told_ends_the_page_and_not_the_process(told: signal.Signals) -> None:
    """uvicorn raises the signal again when it has ended: what stands after it is to be stopped in order, too."""
    uvicorn, done = SimpleNamespace(should_exit=False), []
    before = signal.signal(told, lambda *_: done.append("the end"))
    try:
        with web._told_by_signals(uvicorn):  # type: ignore[arg-type]
            signal.raise_signal(told)
        assert uvicorn.should_exit
        assert done == []
        signal.raise_signal(told)
        assert done == ["the end"], "as it was before: a second one ends it at once"
    finally:
        signal.signal(told, before)
