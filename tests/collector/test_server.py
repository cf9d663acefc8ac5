"""Housekeeping goes on whatever the disk says, and the process ends when ingest has died."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from shop import SmallShop, Stay, at

from collector import server
from collector.errors import StoreError
from collector.housekeeping import keeper


def test_a_fold_that_finds_no_room_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And all other tasks of a collector are done meanwhile."""
    shop = SmallShop(tmp_path)
    shop.hear([Stay(1, at(10), at(10, 5))])
    tried, now_s = [], [0.0]

    def refuse(*_: object) -> None:
        tried.append(now_s[0])
        raise StoreError("no room")

    monkeypatch.setattr(keeper.fold, "refresh", refuse)
    keeping = keeper.Keeper(keeper.tasks(shop.collector), lambda: at(24), lambda: now_s[0])
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
