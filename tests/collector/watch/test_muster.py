"""The muster: made once however many look, anew when something was changed; nobody waits while one is good enough."""

import threading
from typing import cast

import pytest

from collector.folder import Collector
from collector.watch import muster
from collector.watch.muster import Muster, Mustered


class Counted(Muster):
    """A muster that makes nothing, and counts how often."""

    def __init__(self) -> None:
        super().__init__(cast(Collector, None), lambda: 0)
        self.made = 0
        self.hold: threading.Event | None = None

    def _make(self) -> tuple[Mustered, ...]:
        self.made += 1
        made = self.made
        if self.hold is not None:
            self.hold.wait(10)
        return (cast(Mustered, made),)


def test_it_is_made_once_until_something_is_changed() -> None:
    counted = Counted()
    assert counted.all() == counted.all() == (1,)
    counted.forget()
    assert counted.all() == (2,)


def test_while_somebody_makes_it_others_get_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    counted.all()
    monkeypatch.setattr(muster, "KEPT_S", 0.0)
    counted.hold = threading.Event()
    maker = threading.Thread(target=counted.all)
    maker.start()
    while counted.made < 2:
        pass
    assert counted.all() == (1,), "nobody waits"
    counted.hold.set()
    maker.join()


def test_what_was_begun_before_a_change_is_not_taken_for_new() -> None:
    counted = Counted()
    counted.hold = threading.Event()
    maker = threading.Thread(target=counted.all)
    maker.start()
    while counted.made < 1:
        pass
    counted.forget()
    counted.hold.set()
    maker.join()
    assert counted.all() == (2,)
