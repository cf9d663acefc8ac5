"""Room: the messages in memory have a size in all, whatever the size of one."""

import threading

from collector.ingest.room import Room


def test_what_does_not_fit_waits_until_there_is_room() -> None:
    room = Room(100, 10)
    assert room.take(60, 0)
    assert not room.take(60, 0.01)
    taken = threading.Event()
    waiting = threading.Thread(target=lambda: room.take(60, 20) and taken.set())
    waiting.start()
    room.give(60)
    waiting.join(20)
    assert taken.is_set()
    assert room.taken == 60


def test_one_message_always_fits_where_nothing_else_is_there() -> None:
    room = Room(10, 10)
    assert room.take(1000, 0)
    assert not room.take(1, 0.01)


def test_small_messages_are_bounded_by_their_number() -> None:
    room = Room(100, 2)
    assert room.take(1, 0)
    assert room.take(1, 0)
    assert not room.take(1, 0.01)
    room.give(2, messages=2)
    assert (room.taken, room.messages) == (0, 0)
