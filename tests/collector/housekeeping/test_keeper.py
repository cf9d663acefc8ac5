"""The keeper: everything in its turn, and a fault of one task is said and keeps no other."""

import os
import sys
import threading
from pathlib import Path

import pytest

from collector.admission.doubt import DOUBT_S, Doubt
from collector.errors import StoreError
from collector.housekeeping.keeper import MORE, Keeper, Task
from collector.housekeeping.thread import NICE, behind


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_each_task_is_done_as_often_as_its_row_says() -> None:
    clock, done = Clock(), []
    todo = [Task("often", 1, lambda _: done.append("often")), Task("seldom", 60, lambda _: done.append("seldom"))]
    keeper = Keeper(todo, lambda: 0, clock)
    for _ in range(61):
        keeper.step()
        clock.now_s += 1
    assert (done.count("often"), done.count("seldom")) == (61, 2)


def test_a_task_that_fails_is_named_and_tried_again_and_the_others_go_on() -> None:
    clock, done, broken = Clock(), [], [True]

    def task(_now_ms: int) -> None:
        if broken:
            raise StoreError("the disk is full")

    keeper = Keeper([Task("fold", 60, task), Task("other", 60, done.append)], lambda: 5, clock)
    keeper.step()
    assert (keeper.failed, done) == ({"fold": "the disk is full"}, [5])
    broken.clear()
    clock.now_s += 60
    keeper.step()
    assert keeper.failed == {}


def test_what_cannot_be_undone_waits_while_the_clock_is_in_doubt() -> None:
    """And is done as soon as the clock is believed again; the rest goes on."""
    clock, done, wall_ms = Clock(), [], [0]
    todo = [
        Task("delete", 1, lambda _: done.append("delete"), for_good=True),
        Task("look", 1, lambda _: done.append("look")),
    ]
    keeper = Keeper(todo, lambda: int(clock() * 1000) + wall_ms[0], clock, Doubt(100_000, clock))
    keeper.step()
    wall_ms[0] = 365 * 86_400_000
    for _ in range(10):
        clock.now_s += 1
        keeper.step()
    assert (done.count("delete"), done.count("look")) == (1, 11)
    clock.now_s += DOUBT_S
    keeper.step()
    assert done.count("delete") == 2


def test_tasks_learn_what_time_it_is() -> None:
    times: list[int] = []
    Keeper([Task("look", 1, times.append)], lambda: 42, Clock()).step()
    assert times == [42]


def test_it_says_when_each_task_was_done_last_and_how_long_it_took() -> None:
    clock = Clock()

    def task(_now_ms: int) -> None:
        clock.now_s += 2.5
        raise StoreError("the disk is full")

    keeper = Keeper([Task("fold", 60, task)], lambda: 7, clock)
    [before] = keeper.runs()
    assert (before.ran_ms, before.took_s, before.failed) == (None, None, "")
    keeper.step()
    [after] = keeper.runs()
    assert (after.ran_ms, after.took_s, after.failed, after.every_s) == (7, 2.5, "the disk is full", 60)


def test_what_can_wait_waits_for_intakes_backlog_but_not_for_ever() -> None:
    clock, done = Clock(), []
    fold = Task("fold", 60, lambda _: done.append("fold"), put_off_s=120)
    keys = Task("keys", 1, lambda _: done.append("keys"))
    keeper = Keeper([fold, keys], lambda: 0, clock, backlog=lambda: True)
    keeper.step()
    assert done == ["keys"]
    clock.now_s += 119
    keeper.step()
    assert done == ["keys", "keys"]
    clock.now_s += 2
    keeper.step()
    assert done == ["keys", "keys", "fold", "keys"]


def test_a_long_task_gives_way_between_its_parts_and_goes_on_where_it_was() -> None:
    clock, done, behind_s = Clock(), [], [float("inf")]

    def fold(_now_ms: int) -> str | None:
        done.append("part")
        clock.now_s += 1
        return MORE if len(done) < 4 else None

    keeper = Keeper(
        [Task("fold", 60, fold, put_off_s=120)], lambda: 0, clock, backlog=lambda: clock.now_s > behind_s[0]
    )
    behind_s[0] = clock.now_s + 1.5  # a backlog comes while the second part is at work
    keeper.step()
    assert len(done) == 2
    clock.now_s += 10
    keeper.step()
    assert len(done) == 2, "the backlog is still there"
    clock.now_s += 120
    keeper.step()
    assert len(done) == 4, "it has waited long enough"
    keeper.step()
    assert len(done) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="niceness is a thread's own on Linux alone")
def test_the_keepers_thread_and_what_it_starts_leave_the_processors_to_others() -> None:
    found: list[tuple[str, int]] = []

    def look() -> None:
        found.append((Path(f"/proc/self/task/{threading.get_native_id()}/comm").read_text().strip(), os.nice(0)))

    def begin() -> None:
        look()
        inner = threading.Thread(target=look)
        inner.start()
        inner.join()

    before = os.nice(0)
    keeping = threading.Thread(target=behind, args=("keeper", begin))
    keeping.start()
    keeping.join()
    assert found == [("keeper", min(19, max(before, NICE)))] * 2
    assert os.nice(0) == before
