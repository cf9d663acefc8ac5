"""Delivery: every batch is waiting, committed, refused or lost, and is said to be so once."""

from pathlib import Path

import pytest

from footfall_sensor.delivery import Delivery
from footfall_sensor.sender import Sender
from footfall_sensor.spool import SEGMENT_BYTES, Key, Spool
from footfall_sensor.wire.messages import Acked
from footfall_sensor.wire.reports import EpochCount

BOOT, EARLIER = b"boot id.", b"earlier!"


class Bench:
    """A delivery on a spool in a folder, with a clock that is set by hand."""

    def __init__(self, folder: Path, boot: bytes = BOOT) -> None:
        self.now_s = 100.0
        sender = Sender(inflight_max=3, rate_per_s=0, ack_timeout_s=60)
        self.spool = Spool(folder, now_s=lambda: self.now_s)
        self.delivery = Delivery(boot, self.spool, sender, lambda: self.now_s)

    def put(self, count: int, size: int = 10, epoch: str = "today") -> None:
        for _ in range(count):
            self.delivery.put(self.delivery.next_number.to_bytes(size, "big"), 5, epoch)

    @property
    def numbers(self) -> list[int]:
        return [key.number for key in self.spool.waiting()]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "spool")


def test_batches_are_numbered_and_counted_as_they_are_made(bench: Bench) -> None:
    bench.put(3)
    totals = bench.delivery.totals
    assert (bench.numbers, totals.batches_emitted, totals.sightings_emitted) == ([0, 1, 2], 3, 15)


def test_no_more_is_in_flight_than_allowed_until_the_collector_speaks(bench: Bench) -> None:
    """Or the connection is lost, or a minute passes without a word."""
    bench.put(4)
    assert [int.from_bytes(sealed, "big") for sealed in bench.delivery.due()] == [0, 1, 2]
    assert list(bench.delivery.due()) == []
    bench.delivery.settle(Acked(BOOT, ((1, 1),)))
    assert [int.from_bytes(sealed, "big") for sealed in bench.delivery.due()] == [3]
    bench.delivery.nothing_in_flight()
    assert len(list(bench.delivery.due())) == 3
    bench.now_s += 60
    assert len(list(bench.delivery.due())) == 3


def test_what_is_committed_and_what_is_refused_are_counted_apart(bench: Bench) -> None:
    bench.put(6)
    bench.now_s = 107.0
    bench.delivery.settle(Acked(BOOT, ((0, 1), (4, 4)), ((2, 2),)))
    totals = bench.delivery.totals
    assert bench.numbers == [3, 5]
    assert (totals.batches_acked, totals.batches_dropped_refused, bench.delivery.last_ack_s) == (3, 1, 107.0)
    assert bench.delivery.books.epochs() == (EpochCount("today", 6, 2, 0, 1),)
    bench.delivery.settle(Acked(BOOT, ((0, 2),)))
    assert (bench.delivery.totals.batches_acked, bench.numbers) == (3, [3, 5]), "the same word twice counts once"


def test_what_an_earlier_start_left_is_carried_and_is_in_no_books_of_this_one(tmp_path: Path) -> None:
    Bench(tmp_path, EARLIER).put(2)
    bench = Bench(tmp_path)
    bench.put(2)
    bench.delivery.settle(Acked(EARLIER, ((0, 0),), ((1, 1),)))
    assert list(bench.spool.waiting()) == [Key(BOOT, 0), Key(BOOT, 1)]
    assert (bench.delivery.totals.batches_acked, bench.delivery.totals.batches_dropped_refused) == (1, 1)
    assert bench.delivery.books.epochs() == (EpochCount("today", 2, 2, 0, 0),)


def test_what_a_full_spool_drops_is_in_the_books(tmp_path: Path) -> None:
    """emitted = committed + waiting + dropped, for each epoch."""
    bench = Bench(tmp_path)
    bench.spool.bytes_max = 2 * SEGMENT_BYTES
    bench.put(3, 30_000, "yesterday")
    bench.put(9, 30_000)
    books = bench.delivery.books.epochs()
    assert sum(one.waiting for one in books) == len(bench.numbers) < 12
    assert [one.emitted - one.waiting for one in books] == [one.dropped_full for one in books]
    assert sum(one.dropped_full for one in books) == bench.spool.dropped_batches > 0


def test_damaged_batch_is_not_sent_and_counted_as_lost(bench: Bench) -> None:
    bench.put(1)
    (segment,) = bench.spool.folder.iterdir()
    segment.write_bytes(segment.read_bytes()[:-1] + b"\xff")
    assert list(bench.delivery.due()) == []
    assert bench.delivery.books.epochs() == (EpochCount("today", 1, 0, 1, 0),)


@pytest.mark.parametrize("ranges", [((2, 2), (4, 5)), ((4, 5), (2, 2), (2, 2)), ((2, 2), (4, 1 << 60))])
def test_a_word_of_a_few_numbers_and_one_of_a_wide_range_settle_alike(
    ranges: tuple[tuple[int, int], ...], bench: Bench
) -> None:
    bench.put(6)
    bench.delivery.settle(Acked(EARLIER, ((0, 1 << 60),), ((0, 0),)))
    bench.delivery.settle(Acked(BOOT, ranges, ((2, 2), (3, 3))))
    assert bench.numbers == [0, 1]
    totals = bench.delivery.totals
    assert (totals.batches_acked, totals.batches_dropped_refused) == (3, 1), "what is committed is not refused too"


def test_a_word_of_one_batch_does_not_look_through_all_that_wait(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full spool holds ten thousand small batches, and each is settled by a word of its own."""
    bench.put(6)
    monkeypatch.setattr(bench.spool, "waiting", lambda: pytest.fail("looked through"))
    bench.delivery.settle(Acked(BOOT, ((1, 2),), ((4, 4),)))
    assert (len(bench.spool), bench.delivery.totals.batches_acked) == (3, 2)
