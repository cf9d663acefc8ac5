"""The books: what a start made in each epoch is waiting, dropped or with the collector, and never two of these."""

from footfall_sensor.books import Books
from footfall_sensor.wire.reports import EPOCHS_MAX, EpochCount


def test_a_batch_is_in_the_books_of_its_epoch_whenever_it_goes() -> None:
    books = Books()
    for number in range(6):
        books.made(number, "monday" if number < 4 else "tuesday")
    books.committed(0)
    books.refused(1)
    books.lost(2)
    books.committed(4)
    assert books.epochs() == (EpochCount("monday", 4, 1, 1, 1), EpochCount("tuesday", 2, 1, 0, 0))


def test_a_batch_goes_once_however_often_the_collector_says_so() -> None:
    books = Books()
    books.made(0, "monday")
    for _ in range(2):
        books.committed(0)
    books.lost(0)
    assert books.epochs() == (EpochCount("monday", 1, 0, 0, 0),)


def test_only_the_newest_epochs_are_told_and_an_old_one_that_is_made_for_again_is_new() -> None:
    books = Books()
    for number, epoch in enumerate(["a", "b", "c", "d", "a"]):
        books.made(number, epoch)
    assert [one.epoch for one in books.epochs()] == ["c", "d", "a"]
    assert len(books.epochs()) == EPOCHS_MAX
    assert books.epochs()[-1].emitted == 2
