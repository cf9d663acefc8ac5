"""Checking on several cores: the same answers in the same order, and no more looked at than there is reason to."""

import threading
from pathlib import Path

import pytest
from shop import SENSOR, TENANT, SmallShop, at, sighting, window

from collector.admission.door import Reason, Refused
from collector.ingest.checking import SHARE_MIN, Checking
from collector.ingest.intake import AT_ONCE, Message
from collector.options.settings import Settings


@pytest.mark.parametrize("count", [0, 1, SHARE_MIN * 2 - 1, SHARE_MIN * 2, 100, 101])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_answers_stand_in_the_order_of_the_messages(count: int, threads: int) -> None:
    checking = Checking(lambda topic, _: Refused(Reason.BAD_TOPIC, topic), threads)
    found = checking.all([(str(place), b"") for place in range(count)])
    assert [one.says for one in found if isinstance(one, Refused)] == [str(place) for place in range(count)]


def test_many_are_checked_in_as_many_threads_as_asked_for_and_few_in_this_one() -> None:
    def check(_topic: str, payload: bytes) -> Refused:
        if payload:
            together.wait()  # until all three are here
        return Refused(Reason.BAD_TOPIC, threading.current_thread().name)

    together = threading.Barrier(3, timeout=30)
    found = Checking(check, 3).all([("", b"x")] * 3 + [("", b"")] * SHARE_MIN * 3)
    assert len({one.says for one in found if isinstance(one, Refused)}) == 3
    few = Checking(check, 3).all([("", b"")] * SHARE_MIN)
    assert {one.says for one in few if isinstance(one, Refused)} == {threading.current_thread().name}


def test_a_fault_in_another_thread_is_told() -> None:
    def check(_topic: str, payload: bytes) -> Refused:
        return Refused(Reason.BAD_TOPIC, "x" if payload else 1 / 0)  # type: ignore[arg-type]

    with pytest.raises(ZeroDivisionError):
        Checking(check, 2).all([("", bytes(place % 2 == 0)) for place in range(SHARE_MIN * 4)])


def test_of_a_flood_no_more_is_looked_at_than_one_turn_beyond_the_rate(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector", settings=Settings())
    shop.sensor()
    looked: list[str] = []
    inner = shop.intake._door.check

    def check(topic: str, payload: bytes) -> object:
        looked.append(topic)
        return inner(topic, payload)

    shop.intake._checking = Checking(check)  # type: ignore[arg-type]
    flood = [shop.message(window(at(11), [sighting(1)]), number=number) for number in range(3 * AT_ONCE)]
    shop.take(flood, at(12))
    assert shop.intake.refused == {"too_fast": 3 * AT_ONCE - 20}
    assert len(looked) == AT_ONCE


def test_forgeries_are_looked_at_up_to_their_limit(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector", settings=Settings())
    shop.sensor()
    good = shop.message(window(at(11), [sighting(1)]), number=0)
    forged = [
        Message(f"footfall/1/{TENANT}/{SENSOR}/batch", good.payload[:-2] + n.to_bytes(2, "big")) for n in range(500)
    ]
    shop.take(forged, at(12))
    assert shop.intake.refused == {"bad_signature": 200, "too_fast": 300}
