"""Housekeeping goes on whatever the disk says, and the process ends when ingest has died."""

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from shop import SmallShop, Stay, at

from collector import server
from collector.errors import StoreError


class Rounds(threading.Event):
    """A stop signal that lets housekeeping make so many rounds, without waiting."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self.left = rounds

    def wait(self, timeout: float | None = None) -> bool:
        self.left -= 1
        return self.left < 0


def keep(shop: SmallShop, rounds: int, ingest_ok: bool = True) -> SimpleNamespace:
    uvicorn = SimpleNamespace(should_exit=False)
    server._keep(shop.collector, SimpleNamespace(ok=ingest_ok), uvicorn, Rounds(rounds))  # type: ignore[arg-type]
    return uvicorn


def test_a_fold_that_finds_no_room_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = SmallShop(tmp_path)
    shop.sensor()
    shop.hear([Stay(1, at(10), at(10, 5))])
    monkeypatch.setattr(server, "FOLD_S", -1.0)
    tried = []

    def refuse(*_: object) -> None:
        tried.append(1)
        raise StoreError("no room")

    monkeypatch.setattr(server.fold, "refresh", refuse)
    assert not keep(shop, rounds=3).should_exit
    assert len(tried) == 3


def test_when_ingest_has_died_the_process_ends(tmp_path: Path) -> None:
    assert keep(SmallShop(tmp_path), rounds=3, ingest_ok=False).should_exit
